"""Two indexes of milestones that others begin with: what is written with each event is written to fewer places."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('crm', '0024_message_reply_to'),
        ('prospecting', '0018_attributions_say_if_they_are_content'),
    ]

    operations = [
        migrations.AlterField(
            model_name='milestone',
            name='account',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='crm.account'),
        ),
        migrations.AlterField(
            model_name='milestone',
            name='enrollment',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='milestones', to='prospecting.enrollment'),
        ),
    ]
