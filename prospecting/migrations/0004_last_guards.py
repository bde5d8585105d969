"""What a published version consists of never changes, and no attempt is made to a suppressed address."""

from django.db import migrations, models

PARTS = """
CREATE FUNCTION prospecting_part_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE published boolean;
BEGIN
    IF current_setting('baton.maintenance', true) = 'on' THEN
        RETURN COALESCE(NEW, OLD);
    END IF;
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I WHERE id = $1 AND state = ''published'')', TG_ARGV[0])
       INTO published USING COALESCE(OLD.version_id, NEW.version_id);
    IF published THEN
        RAISE EXCEPTION 'A published version never changes; make a new one.';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;
CREATE TRIGGER prospecting_stage_stays BEFORE UPDATE OR DELETE OR INSERT ON prospecting_stage
    FOR EACH ROW EXECUTE FUNCTION prospecting_part_stays('prospecting_routeversion');
CREATE TRIGGER prospecting_step_stays BEFORE UPDATE OR DELETE OR INSERT ON prospecting_step
    FOR EACH ROW EXECUTE FUNCTION prospecting_part_stays('prospecting_sequenceversion');
CREATE FUNCTION prospecting_text_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('baton.maintenance', true) IS DISTINCT FROM 'on' THEN
        RAISE EXCEPTION 'A saved text never changes; save a new version.';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;
CREATE TRIGGER prospecting_templateversion_stays BEFORE UPDATE ON prospecting_templateversion
    FOR EACH ROW WHEN (OLD.subject IS DISTINCT FROM NEW.subject OR OLD.body IS DISTINCT FROM NEW.body)
    EXECUTE FUNCTION prospecting_text_stays();
"""
DROP_PARTS = """
DROP TRIGGER prospecting_stage_stays ON prospecting_stage;
DROP TRIGGER prospecting_step_stays ON prospecting_step;
DROP FUNCTION prospecting_part_stays();
DROP TRIGGER prospecting_templateversion_stays ON prospecting_templateversion;
DROP FUNCTION prospecting_text_stays();
"""
SUPPRESSED = """
CREATE FUNCTION prospecting_attempt_is_allowed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM crm_suppression WHERE value_hash = NEW.address_hash AND lifted_at IS NULL) THEN
        RAISE EXCEPTION 'This address is suppressed.';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER prospecting_attempt_allowed BEFORE INSERT ON prospecting_attempt
    FOR EACH ROW WHEN (NEW.address_hash <> '') EXECUTE FUNCTION prospecting_attempt_is_allowed();
"""
DROP_SUPPRESSED = """
DROP TRIGGER prospecting_attempt_allowed ON prospecting_attempt;
DROP FUNCTION prospecting_attempt_is_allowed();
"""


class Migration(migrations.Migration):
    dependencies = [("prospecting", "0003_conversation_and_departments"), ("crm", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="attempt",
            name="address_hash",
            field=models.CharField(
                blank=True,
                default="",
                help_text="Keyed; a trigger refuses an attempt to a suppressed address.",
                max_length=64,
            ),
            preserve_default=False,
        ),
        migrations.RunSQL(PARTS, DROP_PARTS),
        migrations.RunSQL(SUPPRESSED, DROP_SUPPRESSED),
    ]
