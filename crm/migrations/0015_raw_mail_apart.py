import django.db.models.deletion
from django.db import migrations, models

OVER = "INSERT INTO crm_rawmail (message_id, data) SELECT id, raw FROM crm_message"
BACK = "UPDATE crm_message SET raw = data FROM crm_rawmail WHERE message_id = id"


class Migration(migrations.Migration):
    dependencies = [("crm", "0014_mailbox_sign_in")]

    operations = [
        migrations.CreateModel(
            name="RawMail",
            fields=[
                (
                    "message",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name="+",
                        serialize=False, to="crm.message",
                    ),
                ),
                ("data", models.BinaryField()),
            ],
        ),
        # One and the other in one transaction, with no constraint left to be checked when the column goes.
        migrations.AlterField("message", "raw", models.BinaryField(default=b"")),
        migrations.RunSQL(OVER, BACK),
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", "SET CONSTRAINTS ALL IMMEDIATE"),
        migrations.RemoveField("message", "raw"),
    ]  # fmt: skip
