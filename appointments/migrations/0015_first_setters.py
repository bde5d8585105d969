"""Who had the replies of a walk first, as far as it is known of the time before."""

from django.db import migrations

FIRST = """
WITH first AS (
    SELECT DISTINCT ON (r.enrollment_id) r.enrollment_id, e.account_id, w.contact_id, w.setter_id, w.created_at AS at,
           e.segment_version_id, e.route_version_id, e.sequence_version_id, e.started_at, e.prospector_id
      FROM appointments_workitem w
      JOIN prospecting_reply r ON r.id = w.reply_id AND r.counts
      JOIN prospecting_enrollment e ON e.id = r.enrollment_id
     WHERE w.setter_id IS NOT NULL
     ORDER BY r.enrollment_id, w.created_at, w.id
), told AS (
    INSERT INTO crm_event (at, kind, account_id, contact_id, actor_name, why, facts, subject_type, subject_id)
    SELECT at, 'walk.in_hand', account_id, contact_id, 'the matrix', '', jsonb_build_object(
               'at', at, 'turn', 0, 'enrolled_at', started_at, 'segment_version', segment_version_id,
               'route_version', route_version_id, 'sequence_version', sequence_version_id,
               'prospector', prospector_id, 'setter', setter_id),
           'prospecting.enrollment', enrollment_id
      FROM first
)
INSERT INTO prospecting_milestone (enrollment_id, account_id, contact_id, rung, at, voids, turn, setter_id, enrolled_at,
                                   segment_version_id, route_version_id, sequence_version_id, prospector_id)
SELECT enrollment_id, account_id, contact_id, 'in_hand', at, false, 0, setter_id, started_at,
       segment_version_id, route_version_id, sequence_version_id, prospector_id
  FROM first
"""


class Migration(migrations.Migration):
    dependencies = [("appointments", "0014_reminder_plans"), ("prospecting", "0016_ladder_stands")]

    operations = [migrations.RunSQL(FIRST, migrations.RunSQL.noop)]
