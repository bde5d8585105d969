"""Milestones are never changed, and the standing of a walk is kept from them; what was there before is carried over."""

from django.db import migrations

KEPT = """
CREATE FUNCTION prospecting_milestone_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('baton.maintenance', true) = 'on' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'A milestone is never changed: what takes it back is a row of its own.';
END $$;
CREATE TRIGGER prospecting_milestone_kept BEFORE UPDATE ON prospecting_milestone FOR EACH ROW
    WHEN ((OLD.enrollment_id, OLD.rung, OLD.at, OLD.voids, OLD.turn, OLD.segment_version_id, OLD.route_version_id,
           OLD.sequence_version_id, OLD.enrolled_at, OLD.step_id)
          IS DISTINCT FROM
          (NEW.enrollment_id, NEW.rung, NEW.at, NEW.voids, NEW.turn, NEW.segment_version_id, NEW.route_version_id,
           NEW.sequence_version_id, NEW.enrolled_at, NEW.step_id))
    EXECUTE FUNCTION prospecting_milestone_is_kept();
"""

# One place for all writers, so that no figure can differ from the rows it is counted from.
STANDS = """
CREATE FUNCTION prospecting_stand(m prospecting_milestone) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF m.rung = 'targeted' OR NOT EXISTS (
        SELECT 1 FROM prospecting_standing WHERE enrollment_id = m.enrollment_id AND until IS NULL
    ) THEN
        INSERT INTO prospecting_standing (enrollment_id, account_id, segment_version_id, route_version_id,
                                          sequence_version_id, prospector_id, enrolled_at, since)
        SELECT e.id, m.account_id, COALESCE(m.segment_version_id, e.segment_version_id),
               COALESCE(m.route_version_id, e.route_version_id), COALESCE(m.sequence_version_id, e.sequence_version_id),
               COALESCE(m.prospector_id, e.prospector_id), e.started_at, e.started_at
          FROM prospecting_enrollment e WHERE e.id = m.enrollment_id
        ON CONFLICT (enrollment_id) WHERE until IS NULL DO NOTHING;
    END IF;
    IF m.rung = 'targeted' OR m.rung = 'not_accepted' THEN
        RETURN;
    END IF;
    IF m.voids THEN
        UPDATE prospecting_standing SET until = m.at WHERE enrollment_id = m.enrollment_id AND until IS NULL;
        INSERT INTO prospecting_standing (enrollment_id, account_id, segment_version_id, route_version_id,
                                          sequence_version_id, prospector_id, setter_id, enrolled_at, contacted_at,
                                          engaged_at, in_hand_at, qualified_at, booked_at, held_at, accepted_at, since)
        SELECT enrollment_id, account_id, segment_version_id, route_version_id, sequence_version_id, prospector_id,
               setter_id, enrolled_at, CASE m.rung WHEN 'contacted' THEN NULL ELSE contacted_at END,
               CASE m.rung WHEN 'engaged' THEN NULL ELSE engaged_at END, in_hand_at,
               CASE m.rung WHEN 'qualified' THEN NULL ELSE qualified_at END,
               CASE m.rung WHEN 'booked' THEN NULL ELSE booked_at END,
               CASE m.rung WHEN 'held' THEN NULL ELSE held_at END,
               CASE m.rung WHEN 'accepted' THEN NULL ELSE accepted_at END, m.at
          FROM prospecting_standing WHERE enrollment_id = m.enrollment_id AND until IS NOT NULL
         ORDER BY id DESC LIMIT 1;
        RETURN;
    END IF;
    UPDATE prospecting_standing SET
        contacted_at = CASE m.rung WHEN 'contacted' THEN m.at ELSE contacted_at END,
        engaged_at = CASE m.rung WHEN 'engaged' THEN m.at ELSE engaged_at END,
        in_hand_at = CASE m.rung WHEN 'in_hand' THEN m.at ELSE in_hand_at END,
        setter_id = CASE m.rung WHEN 'in_hand' THEN m.setter_id ELSE setter_id END,
        qualified_at = CASE m.rung WHEN 'qualified' THEN m.at ELSE qualified_at END,
        booked_at = CASE m.rung WHEN 'booked' THEN m.at ELSE booked_at END,
        held_at = CASE m.rung WHEN 'held' THEN m.at ELSE held_at END,
        accepted_at = CASE m.rung WHEN 'accepted' THEN m.at ELSE accepted_at END
     WHERE enrollment_id = m.enrollment_id AND (until IS NULL OR until > m.at);  -- written down late, it held before too
END $$;
CREATE FUNCTION prospecting_milestone_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM prospecting_stand(NEW);
    RETURN NULL;
END $$;
CREATE TRIGGER prospecting_milestone_stands AFTER INSERT ON prospecting_milestone FOR EACH ROW
    WHEN (NEW.enrollment_id IS NOT NULL) EXECUTE FUNCTION prospecting_milestone_stands();
"""

CARRIED = """
UPDATE prospecting_touch t SET bounced_at = e.at FROM crm_event e
 WHERE e.subject_type = 'prospecting.touch' AND e.subject_id = t.id AND e.kind = 'touch.bounced' AND t.state = 'bounced';
SELECT set_config('baton.maintenance', 'on', true);
UPDATE prospecting_milestone m
   SET segment_version_id = e.segment_version_id, route_version_id = e.route_version_id,
       sequence_version_id = e.sequence_version_id, enrolled_at = e.started_at, prospector_id = e.prospector_id
  FROM prospecting_enrollment e WHERE e.id = m.enrollment_id;
UPDATE prospecting_milestone m SET step_id = t.step_id, mailbox_id = t.mailbox_id, role_id = s.role_id
  FROM prospecting_touch t JOIN prospecting_step s ON s.id = t.step_id
 WHERE m.rung = 'contacted' AND NOT m.voids AND t.enrollment_id = m.enrollment_id AND t.contact_id = m.contact_id
   AND t.sent_at = m.at;
SELECT prospecting_stand(m)
  FROM (SELECT * FROM prospecting_milestone WHERE enrollment_id IS NOT NULL ORDER BY at, id) m;
WITH told AS (
    SELECT id, account_id, kind, row_number() OVER (PARTITION BY account_id, kind ORDER BY id) AS n
      FROM crm_event WHERE kind LIKE 'ladder.%'
), dated AS (
    SELECT m.*, row_number() OVER (PARTITION BY account_id, rung, voids ORDER BY id) AS n FROM prospecting_milestone m
)
UPDATE crm_event e
   SET subject_type = CASE WHEN d.enrollment_id IS NULL THEN e.subject_type ELSE 'prospecting.enrollment' END,
       subject_id = COALESCE(d.enrollment_id, e.subject_id), contact_id = d.contact_id, actor_id = d.by_id,
       facts = e.facts || jsonb_strip_nulls(jsonb_build_object(
           'at', d.at, 'turn', d.turn, 'enrolled_at', d.enrolled_at,
           'segment_version', d.segment_version_id, 'route_version', d.route_version_id,
           'sequence_version', d.sequence_version_id, 'prospector', d.prospector_id, 'setter', d.setter_id,
           'role', d.role_id, 'step', d.step_id, 'mailbox', d.mailbox_id))
  FROM told JOIN dated d ON d.account_id = told.account_id AND d.n = told.n
   AND told.kind = 'ladder.' || d.rung || CASE WHEN d.voids THEN '_voided' ELSE '' END
 WHERE e.id = told.id;
SELECT set_config('baton.maintenance', '', true);
"""

GONE = """
DROP TRIGGER prospecting_milestone_stands ON prospecting_milestone;
DROP FUNCTION prospecting_milestone_stands();
DROP FUNCTION prospecting_stand(prospecting_milestone);
DROP TRIGGER prospecting_milestone_kept ON prospecting_milestone;
DROP FUNCTION prospecting_milestone_is_kept();
TRUNCATE prospecting_standing;
"""


class Migration(migrations.Migration):
    dependencies = [("prospecting", "0015_ladder_facts"), ("crm", "0019_webhooks")]

    operations = [
        migrations.RunSQL(KEPT + STANDS, GONE),
        migrations.RunSQL(CARRIED, migrations.RunSQL.noop),
    ]
