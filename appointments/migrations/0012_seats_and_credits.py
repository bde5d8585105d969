"""The seats and credits of what is there, and the trigger by which the database keeps seats true."""

from django.db import migrations

TAKE = "('pencilled', 'booked', 'held', 'no_show')"
FILL = f"""
INSERT INTO appointments_meetingseat (meeting_id, host_id, starts_at, busy_from, busy_until, takes_time, pencilled_until)
SELECT id, host_id, starts_at, busy_from, busy_until, state IN {TAKE}, pencilled_until FROM appointments_meeting;
INSERT INTO appointments_credit (meeting_type_id, host_id, meeting_id, why, amount, note, at)
SELECT meeting_type_id, host_id, id, 'booked', 1, '', created_at FROM appointments_meeting
WHERE state IN ('booked', 'held') AND created_at > now() - interval '30 days';
"""
KEEP = f"""
CREATE FUNCTION appointments_meeting_keeps_seats() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO appointments_meetingseat
            (meeting_id, host_id, starts_at, busy_from, busy_until, takes_time, pencilled_until)
        VALUES (NEW.id, NEW.host_id, NEW.starts_at, NEW.busy_from, NEW.busy_until, NEW.state IN {TAKE}, NEW.pencilled_until);
        RETURN NEW;
    END IF;
    UPDATE appointments_meetingseat SET
        host_id = CASE WHEN host_id = OLD.host_id THEN NEW.host_id ELSE host_id END,
        starts_at = NEW.starts_at, busy_from = NEW.busy_from, busy_until = NEW.busy_until,
        takes_time = NEW.state IN {TAKE}, pencilled_until = NEW.pencilled_until
    WHERE meeting_id = NEW.id;
    RETURN NEW;
END $$;
CREATE TRIGGER appointments_meeting_seats
    AFTER INSERT OR UPDATE OF host_id, starts_at, busy_from, busy_until, state, pencilled_until ON appointments_meeting
    FOR EACH ROW EXECUTE FUNCTION appointments_meeting_keeps_seats();
"""
LET_GO = """
DROP TRIGGER appointments_meeting_seats ON appointments_meeting;
DROP FUNCTION appointments_meeting_keeps_seats();
"""


class Migration(migrations.Migration):
    dependencies = [("appointments", "0011_meeting_types")]
    operations = [
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RunSQL(KEEP, LET_GO),
    ]
