from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("crm", "0023_shorter_company_names")]
    operations = [
        migrations.AddField(
            model_name="message",
            name="reply_to",
            field=models.CharField(
                blank=True, db_default="", default="", help_text="Where they ask for answers, if not at their own address.", max_length=320
            ),
        )
    ]
