"""The first roles, and a timeline that cannot be rewritten."""

from django.db import migrations

from crm.rules.roles import ROLES

APPEND_ONLY = """
CREATE FUNCTION crm_event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('baton.maintenance', true) = 'on' THEN
        RETURN COALESCE(NEW, OLD);
    END IF;
    RAISE EXCEPTION 'The timeline is append-only.';
END $$;
CREATE TRIGGER crm_event_append_only BEFORE UPDATE OR DELETE ON crm_event
    FOR EACH ROW EXECUTE FUNCTION crm_event_is_append_only();
"""
REWRITABLE = "DROP TRIGGER crm_event_append_only ON crm_event; DROP FUNCTION crm_event_is_append_only();"


def add_roles(apps, schema_editor):
    role = apps.get_model("crm", "Role")
    for order, (slug, name, description) in enumerate(ROLES):
        role.objects.get_or_create(slug=slug, defaults={"name": name, "order": order, "description": description})


class Migration(migrations.Migration):
    dependencies = [("crm", "0001_initial")]

    operations = [
        migrations.RunPython(add_roles, migrations.RunPython.noop),
        migrations.RunSQL(APPEND_ONLY, REWRITABLE),
    ]
