"""Names of companies on file lose the legal forms that were not known before; the next search for duplicates compares by them."""

from django.db import migrations

from crm.rules.companies import OWN_ENDS, normal_name

SIZE = 5_000


def renew(apps, schema_editor):
    """A batch a transaction: only a name whose normal form ends in such a form can be another now."""
    last = 0
    with schema_editor.connection.cursor() as cursor:
        while True:
            cursor.execute(
                "SELECT id, name, name_norm FROM crm_account WHERE id > %s AND substring(name_norm from '[^ ]+$') = ANY(%s) "
                "ORDER BY id LIMIT %s",
                [last, list(OWN_ENDS), SIZE],
            )
            rows = cursor.fetchall()
            if not rows:
                return
            last = rows[-1][0]
            ids, names, before = zip(*((pk, normal_name(name), norm) for pk, name, norm in rows), strict=True)
            cursor.execute(
                "UPDATE crm_account a SET name_norm = f.name FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS f (id, name, was) "
                "WHERE a.id = f.id AND a.name_norm = f.was AND f.name <> f.was",
                [list(ids), list(names), list(before)],
            )


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("crm", "0022_later_title_rules")]

    operations = [migrations.RunPython(renew, migrations.RunPython.noop)]
