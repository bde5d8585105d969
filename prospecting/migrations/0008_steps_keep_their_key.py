"""Steps keep their key wherever they move; shared paragraphs, texts in several languages, and texts that never change."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


KEYS = """
SELECT set_config('baton.maintenance', 'on', true);
UPDATE prospecting_step SET key = "order";
SELECT set_config('baton.maintenance', '', true);
"""
STAYS = """
DROP TRIGGER prospecting_templateversion_stays ON prospecting_templateversion;
CREATE TRIGGER prospecting_templateversion_stays BEFORE UPDATE ON prospecting_templateversion FOR EACH ROW
    WHEN ((OLD.subject, OLD.body, OLD.variants) IS DISTINCT FROM (NEW.subject, NEW.body, NEW.variants))
    EXECUTE FUNCTION prospecting_text_stays();
CREATE TRIGGER prospecting_snippetversion_stays BEFORE UPDATE ON prospecting_snippetversion FOR EACH ROW
    WHEN ((OLD.body, OLD.variants) IS DISTINCT FROM (NEW.body, NEW.variants))
    EXECUTE FUNCTION prospecting_text_stays();
"""
BEFORE = """
DROP TRIGGER prospecting_snippetversion_stays ON prospecting_snippetversion;
DROP TRIGGER prospecting_templateversion_stays ON prospecting_templateversion;
CREATE TRIGGER prospecting_templateversion_stays BEFORE UPDATE ON prospecting_templateversion
    FOR EACH ROW WHEN (OLD.subject IS DISTINCT FROM NEW.subject OR OLD.body IS DISTINCT FROM NEW.body)
    EXECUTE FUNCTION prospecting_text_stays();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("crm", "0010_search_by_beginning"),
        ("prospecting", "0007_paused_by_hand"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Snippet",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.SlugField(help_text="As templates name it.", max_length=40, unique=True)),
                ("about", models.CharField(blank=True, help_text="What it is for.", max_length=200)),
                ("language", models.CharField(default="en", help_text="ISO 639-1.", max_length=2)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="SnippetVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("body", models.TextField()),
                ("variants", models.JSONField(blank=True, default=dict, help_text="Language (ISO 639-1) → its words.")),
                ("reason", models.CharField(blank=True, help_text="Why it was changed.", max_length=300)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["snippet", "-number"],
            },
        ),
        migrations.AddField(
            model_name="sequenceversion",
            name="reason",
            field=models.CharField(blank=True, help_text="Why this version was published.", max_length=300),
        ),
        migrations.AddField(
            model_name="step",
            name="key",
            field=models.PositiveSmallIntegerField(
                default=0,
                help_text="Stays with the step from version to version, wherever it moves: nobody gets a step twice.",
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="templateversion",
            name="variants",
            field=models.JSONField(
                blank=True,
                default=dict,
                help_text="Language (ISO 639-1) → {subject, body}; the template's own stands above.",
            ),
        ),
        migrations.AlterField(
            model_name="step",
            name="task",
            field=models.CharField(
                blank=True, help_text="What to do, for a call or task; its text is the script.", max_length=200
            ),
        ),
        # Until now a step was known by its place; from now on it may move and stays itself.
        migrations.RunSQL(KEYS, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="step",
            constraint=models.UniqueConstraint(
                models.F("version"), models.F("role"), models.F("key"), name="step_key_once"
            ),
        ),
        migrations.AddField(
            model_name="snippetversion",
            name="by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="snippetversion",
            name="snippet",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="versions", to="prospecting.snippet"
            ),
        ),
        migrations.AddField(
            model_name="sequenceversion",
            name="snippets",
            field=models.ManyToManyField(
                blank=True,
                help_text="The shared paragraphs as they stood when this was published.",
                related_name="sequence_versions",
                to="prospecting.snippetversion",
            ),
        ),
        migrations.AddConstraint(
            model_name="snippetversion",
            constraint=models.UniqueConstraint(
                models.F("snippet"), models.F("number"), name="snippet_version_number_once"
            ),
        ),
        migrations.RunSQL(STAYS, BEFORE),
    ]
