"""The matrix, the starter checklist, benchmarks, costs and one kind of meeting."""

from django.db import migrations

from appointments.rules import matrix, starting_rows


def add_rows(apps, schema_editor):
    row = apps.get_model("appointments", "MatrixRow")
    row.objects.bulk_create(
        row(
            label=one.label, contact_action=one.contact, account_action=one.account, item_action=one.item,
            minutes=one.minutes, settings=dict(one.settings),
        )
        for one in matrix.ROWS
    )
    checklist = apps.get_model("appointments", "Checklist").objects.create(name=starting_rows.CHECKLIST_NAME)
    question = apps.get_model("appointments", "Question")
    question.objects.bulk_create(
        question(checklist=checklist, order=order, score=score, required=required, text=text)
        for order, (score, required, text) in enumerate(starting_rows.CHECKLIST, start=1)
    )
    for key, value in starting_rows.BENCHMARKS.items():
        apps.get_model("appointments", "Benchmark").objects.create(key=key, value=value)
    for key, amount in starting_rows.COSTS.items():
        apps.get_model("appointments", "Cost").objects.create(key=key, amount=amount)
    apps.get_model("appointments", "MeetingType").objects.create(**starting_rows.MEETING_TYPE)


class Migration(migrations.Migration):
    dependencies = [("appointments", "0002_initial")]

    operations = [migrations.RunPython(add_rows, migrations.RunPython.noop)]
