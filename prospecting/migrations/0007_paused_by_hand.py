"""What a person paused goes on only when a person says so."""

from django.db import migrations, models


def paused_by_people(apps, schema_editor):
    """Open walks that nobody's message paused were paused by a person."""
    enrollment = apps.get_model("prospecting", "Enrollment")
    enrollment.objects.filter(state="paused", in_conversation=False).update(paused_by_hand=True)


class Migration(migrations.Migration):
    dependencies = [("prospecting", "0006_list_assets")]

    operations = [
        migrations.AddField(
            model_name="enrollment",
            name="paused_by_hand",
            field=models.BooleanField(default=False, help_text="Goes on only when a person says so."),
        ),
        migrations.RunPython(paused_by_people, migrations.RunPython.noop),
    ]
