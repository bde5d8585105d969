"""Published versions of segments, routes and sequences never change; a first politeness policy."""

import datetime as dt

from django.db import migrations

TABLES = ("prospecting_segmentversion", "prospecting_routeversion", "prospecting_sequenceversion")
FUNCTION = """
CREATE FUNCTION prospecting_published_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'published' AND current_setting('baton.maintenance', true) IS DISTINCT FROM 'on' THEN
        RAISE EXCEPTION 'A published version never changes; make a new one.';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;
"""
TRIGGER = """
CREATE TRIGGER {table}_published_stays BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION prospecting_published_stays();
"""
DROP = "".join(f"DROP TRIGGER {table}_published_stays ON {table};" for table in TABLES)


def add_policy(apps, schema_editor):
    policy = apps.get_model("prospecting", "PolitenessPolicy")
    policy.objects.get_or_create(
        number=1,
        defaults={
            "cool_off": {"not_interested": 10, "objection_other": 10, "wrong_person": 2, "objection_authority": 2},
            "created_at": dt.datetime.now(dt.UTC),
        },
    )


class Migration(migrations.Migration):
    dependencies = [("prospecting", "0001_initial")]

    operations = [
        migrations.RunPython(add_policy, migrations.RunPython.noop),
        migrations.RunSQL(
            FUNCTION + "".join(TRIGGER.format(table=table) for table in TABLES),
            DROP + "DROP FUNCTION prospecting_published_stays();",
        ),
    ]
