"""No attempt is made, and nothing gets in flight, to an address that is suppressed by itself, its domain or its account."""

import django.contrib.postgres.fields
from django.db import migrations, models

ALLOWED = """
DROP TRIGGER prospecting_attempt_allowed ON prospecting_attempt;
CREATE OR REPLACE FUNCTION prospecting_attempt_is_allowed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM crm_suppression
                WHERE value_hash = ANY(NEW.barred_by || NEW.address_hash) AND lifted_at IS NULL) THEN
        RAISE EXCEPTION 'This address is suppressed.';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER prospecting_attempt_allowed BEFORE INSERT ON prospecting_attempt
    FOR EACH ROW WHEN (NEW.address_hash <> '' OR cardinality(NEW.barred_by) > 0)
    EXECUTE FUNCTION prospecting_attempt_is_allowed();

CREATE FUNCTION prospecting_flight_is_allowed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE barred varchar[];
BEGIN
    EXECUTE format('SELECT barred_by || address_hash FROM prospecting_attempt WHERE %I = $1 ORDER BY id DESC LIMIT 1',
                   TG_ARGV[0]) INTO barred USING NEW.id;
    IF EXISTS (SELECT 1 FROM crm_suppression WHERE value_hash = ANY(barred) AND lifted_at IS NULL) THEN
        RAISE EXCEPTION 'This address is suppressed.';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER prospecting_touch_allowed BEFORE UPDATE OF state ON prospecting_touch
    FOR EACH ROW WHEN (NEW.state = 'in_flight' AND OLD.state <> 'in_flight')
    EXECUTE FUNCTION prospecting_flight_is_allowed('touch_id');
CREATE TRIGGER prospecting_outgoing_allowed BEFORE UPDATE OF state ON prospecting_outgoing
    FOR EACH ROW WHEN (NEW.state = 'in_flight' AND OLD.state <> 'in_flight')
    EXECUTE FUNCTION prospecting_flight_is_allowed('outgoing_id');
"""
BEFORE = """
DROP TRIGGER prospecting_outgoing_allowed ON prospecting_outgoing;
DROP TRIGGER prospecting_touch_allowed ON prospecting_touch;
DROP FUNCTION prospecting_flight_is_allowed();
DROP TRIGGER prospecting_attempt_allowed ON prospecting_attempt;
CREATE OR REPLACE FUNCTION prospecting_attempt_is_allowed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM crm_suppression WHERE value_hash = NEW.address_hash AND lifted_at IS NULL) THEN
        RAISE EXCEPTION 'This address is suppressed.';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER prospecting_attempt_allowed BEFORE INSERT ON prospecting_attempt
    FOR EACH ROW WHEN (NEW.address_hash <> '') EXECUTE FUNCTION prospecting_attempt_is_allowed();
"""


class Migration(migrations.Migration):
    dependencies = [("prospecting", "0010_list_times_never_overlap"), ("crm", "0014_mailbox_sign_in")]

    operations = [
        migrations.AddField(
            model_name="attempt",
            name="barred_by",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=64),
                blank=True,
                db_default=[],
                default=list,
                help_text="Keyed marks of its address, domains and account; the same trigger looks for each of them.",
                size=None,
            ),
        ),
        migrations.RunSQL(ALLOWED, BEFORE),
    ]
