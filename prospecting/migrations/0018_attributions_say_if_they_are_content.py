"""An attribution says whether it gives away what somebody wrote; where nobody can tell of an older one, it does."""

import django.db.models.deletion
from django.db import migrations, models

# Sentences that tell nothing beyond what every member sees.
FREE = (
    r"^(Nobody was known for the role|The window was closed before anything left|It ended before anything left|"
    r"They answered, and no meeting was held|It rested until .+ when it was closed|\S+ mails? came back and none arrived|"
    r"\S+ touch(es)? to \S+ (person|people)(, and then nobody was known for the next role"
    r"|, no answer, and nobody else was known there|, and nobody answered))\.$"
)
CARRIED = [
    # A person who said something else than what happened had read or heard it.
    """UPDATE prospecting_attribution SET content = false
        WHERE team_id IS NULL AND because ~ %(free)s AND (confirmed_at IS NULL OR cause = proposed)""",
    # Of these alone no team was kept though there was one; a team that is gone gives its content to nobody.
    """UPDATE prospecting_attribution a SET team_id = u.team_id
         FROM prospecting_enrollment e JOIN crm_user u ON u.id = e.prospector_id
        WHERE a.enrollment_id = e.id AND a.team_id IS NULL AND (a.because ~ %(free)s OR a.because LIKE 'They waited %%')""",
    # The walk's prospector may be of another team than the mailbox that heard the replies.
    """UPDATE prospecting_attribution a SET team_id = NULL
        WHERE a.content AND EXISTS (SELECT 1 FROM prospecting_reply r
                                     WHERE r.enrollment_id = a.enrollment_id AND r.team_id <> a.team_id)""",
]


def carry(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        for statement in CARRIED:
            cursor.execute(statement, {"free": FREE})


class Migration(migrations.Migration):
    dependencies = [
        ("crm", "0021_views_of_the_funnel"),
        ("prospecting", "0017_teaching_back"),
    ]

    operations = [
        migrations.AddField(
            model_name="attribution",
            name="content",
            field=models.BooleanField(
                db_default=True, default=True, help_text="Gives away what somebody wrote or said: for the team alone."
            ),
        ),
        migrations.AlterField(
            model_name="attribution",
            name="team",
            field=models.ForeignKey(
                blank=True,
                help_text="Whose walk it was. Content of no team, or of several, is read by admins.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="crm.team",
            ),
        ),
        migrations.RunPython(carry, migrations.RunPython.noop),
    ]
