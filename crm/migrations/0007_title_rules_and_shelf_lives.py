"""The first rules for titles, and how long facts may be trusted."""

from django.db import migrations

from crm.rules.shelf_lives import SHELF_LIVES
from crm.rules.title_seeds import seeds


def add_rules(apps, schema_editor):
    """Written out: a later change of the services must not change what this migration did."""
    rule, role, age = (apps.get_model("crm", name) for name in ("TitleRule", "Role", "FieldAge"))
    if not rule.objects.exists():
        roles = dict(role.objects.values_list("slug", "pk"))
        rows = [(row, row.pop("role")) for row in seeds()]
        known = [(row, slug) for row, slug in rows if not slug or slug in roles]
        rule.objects.bulk_create([rule(**row, role_id=roles.get(slug)) for row, slug in known])
    for noun, field, days in SHELF_LIVES:
        age.objects.get_or_create(noun=noun, field=field, defaults={"days": days})


class Migration(migrations.Migration):
    dependencies = [("crm", "0006_answer_addresses")]

    operations = [migrations.RunPython(add_rules, migrations.RunPython.noop)]
