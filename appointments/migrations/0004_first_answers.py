"""The first answer stays the first; whether someone waits now is a fact of its own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("appointments", "0003_starting_rows")]

    operations = [
        migrations.AddField(
            model_name="workitem",
            name="answered_at",
            field=models.DateTimeField(blank=True, help_text="Empty while what they wrote last waits.", null=True),
        ),
        migrations.AddField(model_name="workitem", name="asked_at", field=models.DateTimeField(null=True)),
        migrations.RunSQL(
            "UPDATE appointments_workitem SET asked_at = LEAST(since, created_at), answered_at = first_answer_at",
            migrations.RunSQL.noop,
        ),
        migrations.AlterField(
            model_name="workitem",
            name="asked_at",
            field=models.DateTimeField(help_text="The message that opened it."),
        ),
    ]
