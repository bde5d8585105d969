"""Rules for titles that came after the first release, each before the rules it must precede; no rule on file is touched."""

from django.db import migrations

from crm.rules.title_seeds import KEY, key, later, seeds


def add_rules(apps, schema_editor):
    """A later rule stands just before the next of the first rules that is still as it came.

    Whoever wrote the whole list anew has no such rule, and keeps the list as it is.
    """
    rule, role = (apps.get_model("crm", name) for name in ("TitleRule", "Role"))
    roles, new = dict(role.objects.values_list("slug", "pk")), later()
    here = {tuple(said): order for order, *said in rule.objects.order_by("-order", "-id").values_list("order", *KEY)}
    added, before = [], None
    for row in reversed(seeds()):
        slug = row.pop("role")
        if key(row) not in new:
            before = max(0, here[key(row)] - 1) if key(row) in here else before
        elif key(row) not in here and before is not None and (not slug or slug in roles):
            added.append(rule(**{**row, "order": before}, role_id=roles.get(slug)))
    rule.objects.bulk_create(reversed(added))


class Migration(migrations.Migration):
    dependencies = [("crm", "0021_views_of_the_funnel")]

    operations = [migrations.RunPython(add_rules, migrations.RunPython.noop)]
