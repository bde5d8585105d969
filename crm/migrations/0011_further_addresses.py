import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("crm", "0010_search_by_beginning")]

    operations = [
        migrations.CreateModel(
            name="ContactAddress",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("email", models.CharField(max_length=320)),
                ("email_norm", models.CharField(help_text="Dedupe key of the address.", max_length=320)),
                ("source", models.CharField(blank=True, db_default="", max_length=120)),
                (
                    "contact",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="addresses", to="crm.contact"
                    ),
                ),
            ],
            options={
                "verbose_name": "further address",
                "verbose_name_plural": "further addresses",
                "constraints": [models.UniqueConstraint(fields=("email_norm",), name="contact_address_once")],
            },
        ),
    ]
