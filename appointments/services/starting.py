"""What appointments needs before anything else; mirrors the data migration and may run at any time."""

from appointments.models import Benchmark, Checklist, Cost, MatrixRow, MeetingType, Question
from appointments.rules import matrix, sayings, starting_rows


def ensure_matrix() -> None:
    """The 17 rows, where they are missing; what an admin changed stays."""
    known = set(MatrixRow.objects.filter(segment=None).values_list("label", flat=True))
    MatrixRow.objects.bulk_create(
        MatrixRow(
            label=row.label, contact_action=row.contact, account_action=row.account, item_action=row.item,
            minutes=row.minutes, settings=dict(row.settings),
        )
        for row in matrix.ROWS
        if row.label not in known
    )  # fmt: skip


def ensure_checklist() -> Checklist:
    """The checklist for accounts whose segment has none of its own."""
    checklist = Checklist.objects.filter(segment=None).order_by("pk").first()
    if checklist:
        return checklist
    checklist = Checklist.objects.create(name=starting_rows.CHECKLIST_NAME)
    Question.objects.bulk_create(
        Question(checklist=checklist, order=order, score=score, required=required, text=text, **words_of(text))
        for order, (score, required, text) in enumerate(starting_rows.CHECKLIST, start=1)
    )
    return checklist


def words_of(question: str) -> dict[str, str]:
    """The phrases that answer one of our starting questions."""
    yes, no = sayings.starting(question)
    return {"yes_words": yes, "no_words": no}


def ensure_figures() -> None:
    """Benchmarks and costs to compare with; both are edited later."""
    for key, value in starting_rows.BENCHMARKS.items():
        Benchmark.objects.get_or_create(key=key, defaults={"value": value})
    for key, amount in starting_rows.COSTS.items():
        Cost.objects.get_or_create(key=key, defaults={"amount": amount})


def ensure_meeting_type() -> MeetingType:
    found = MeetingType.objects.order_by("pk").first()
    return found or MeetingType.objects.create(**starting_rows.MEETING_TYPE)


def ensure_starting() -> None:
    ensure_matrix()
    ensure_checklist()
    ensure_figures()
    ensure_meeting_type()
