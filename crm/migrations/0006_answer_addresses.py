"""Answers find their thread by the address they go to, where a mailbox's server knows plus addresses."""

from django.conf import settings
from django.db import migrations, models

from crm.rules.hashing import keyed


def seal_threads(apps, schema_editor):
    conversation = apps.get_model("crm", "Conversation")
    rows = []
    for row in conversation.objects.only("pk", "team_id", "root_message_id").iterator():
        row.tag = keyed(settings.SECRET_KEY, f"conversation:{row.team_id}:{row.root_message_id}")[:32]
        rows.append(row)
    conversation.objects.bulk_update(rows, ["tag"], batch_size=1000)


class Migration(migrations.Migration):
    dependencies = [("crm", "0005_assets")]

    operations = [
        migrations.AddField(
            model_name="mailbox",
            name="plus_addresses",
            field=models.BooleanField(
                default=False,
                help_text="Its server delivers name+tag@… to name@…; answers then find their thread without any reference.",
            ),
        ),
        migrations.AddField(
            model_name="conversation",
            name="tag",
            field=models.CharField(
                blank=True, default="", help_text="Sealed; stands in the address answers go to.", max_length=32
            ),
            preserve_default=False,
        ),
        migrations.RunPython(seal_threads, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(condition=models.Q(("tag", ""), _negated=True), fields=["tag"], name="conversation_by_tag"),
        ),
    ]
