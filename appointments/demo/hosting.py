"""When the demonstration world's hosts can be met: their weeks, other days, days away, limits, and kinds of meeting."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

from appointments.demo.setting_up import World
from appointments.models import Availability, MeetingHost, MeetingQuestion, MeetingType, Vacation
from appointments.services import hours
from crm.models import User
from crm.services import people

H = MeetingType.Hosting
Stretch = tuple[time, time]


@dataclass(frozen=True)
class Kind:
    """A kind of meeting; hosts by key with their weight."""

    slug: str
    name: str
    team: str
    minutes: int
    after: int
    hosts: tuple[tuple[str, int], ...]
    place: str
    hosting: str = H.TURNS
    description: str = ""


KINDS = (
    Kind(
        "logbook-tour", "Logbook tour", "Team North", 30, 10, (("noor", 1), ("sam", 1)),
        "https://meet.halden.example/tour", description="Half an hour with your own plant on the screen: how a check is found, and by whom.",
    ),
    Kind("site-walk", "Site walk by video", "Team North", 45, 15, (("sam", 1),), "https://meet.halden.example/walk"),
    Kind(
        "compliance-review", "Compliance review", "Team North", 60, 15, (("noor", 1), ("sam", 1)),
        "https://meet.halden.example/review", H.TOGETHER, "For sites with an inspection ahead. Two of us: one for the rules, one for the plant.",
    ),
    Kind("care-tour", "Ventilation tour", "Team South", 30, 10, (("tariq", 1),), "https://meet.halden.example/care"),
    Kind(
        "estates-round", "Estates round", "Team South", 45, 15, (("tariq", 1), ("gwen", 1)),
        "https://meet.halden.example/estates", H.TOGETHER,
    ),
)  # fmt: skip
TOGETHER = {"Team North": "compliance-review", "Team South": "estates-round"}

# Asked of the guest: the words in English, German, French, Spanish; and what guests answer.
QUESTIONS = {
    "logbook-tour": (
        ("How many plants would we look at?", "Wie viele Anlagen sehen wir uns an?", "Combien d’installations regardons-nous ?", "¿Cuántas instalaciones veríamos?"),
        ("What should we not miss?", "Was dürfen wir nicht auslassen?", "Que ne faut-il pas oublier ?", "¿Qué no debemos dejar de ver?"),
    ),
    "compliance-review": (
        ("When is your next inspection?", "Wann ist Ihre nächste Prüfung?", "Quand a lieu votre prochain contrôle ?", "¿Cuándo es su próxima inspección?"),
    ),
}  # fmt: skip
ANSWERS = {
    "How many plants would we look at?": ("Two to begin with", "All four", "Only the big one", "Three, one of them ammonia"),
    "What should we not miss?": ("Who sees an overdue check, and when", "How it works without a network", ""),
    "When is your next inspection?": ("In spring, no date yet", "End of the quarter", "They come unannounced"),
}  # fmt: skip


def nine(first: Stretch, *more: Stretch) -> list[Stretch]:
    return [first, *more]


# Each host's week, Monday first; an empty day is free.
WEEKS: dict[str, Sequence[Sequence[Stretch]]] = {
    "noor": [nine((time(9, 30), time(12, 30)), (time(13, 15), time(18)))] * 5,
    "sam": [*[nine((time(8, 30), time(17)))] * 4, nine((time(8, 30), time(13)))],
    "tariq": [*[nine((time(9), time(13, 30)), (time(14, 30), time(18)))] * 4, nine((time(9), time(14)))],
    "gwen": [[], nine((time(10), time(16))), nine((time(10), time(16))), nine((time(10), time(16))), []],
}
# Notice in hours, horizon in days, meetings a day.
LIMITS = {"noor": (2, 28, 4), "sam": (2, 28, 5), "tariq": (4, 35, 4), "gwen": (24, 35, 2)}
# Away: first and last day counted from the day the world is opened on, and why.
AWAY = {
    "noor": ((-72, -66, "Autumn leave"), (24, 28, "Leave")),
    "sam": ((-40, -38, "Trade fair, Hall 4"), (13, 15, "Customer visits in Norway")),
    "tariq": ((-55, -49, "Leave"), (17, 21, "Leave")),
}
# Other hours on one day: days from today, stretches (none: off), and why.
OTHER_DAYS: dict[str, tuple[tuple[int, Sequence[Stretch], str], ...]] = {
    "noor": ((-20, [(time(13), time(18))], "Dentist"), (6, [(time(13), time(18))], "Partner workshop in the morning")),
    "sam": ((-9, [], "Training"), (8, [(time(8, 30), time(12))], "Site visit in the afternoon"), (20, [], "Training")),
    "tariq": ((9, [(time(14, 30), time(20))], "Evening, for guests overseas"),),
}


def lay_kinds(world: World) -> None:
    """What can be booked, with what is asked of the guest."""
    for one in KINDS:
        kind = MeetingType.objects.create(
            name=one.name, slug=one.slug, team=world.teams[one.team], minutes=one.minutes, buffer_after=one.after,
            place=one.place, hosting=one.hosting, description=one.description,
        )  # fmt: skip
        world.meeting_types[one.slug] = kind
        for key, weight in one.hosts:
            MeetingHost.objects.create(meeting_type=kind, user=world.users[key], weight=weight)
        for order, (text, *others) in enumerate(QUESTIONS.get(one.slug, ()), start=1):
            languages = dict(zip(("de", "fr", "es"), others, strict=True))
            MeetingQuestion.objects.create(meeting_type=kind, order=order, text=text, in_languages=languages)


def lay_hours(world: World, today: date) -> None:
    """Each host's week and limits, and the days around the one the world is opened on."""
    for key, week in WEEKS.items():
        host = world.users[key]
        people.set_hours(host, [(day, start, end) for day, stretches in enumerate(week) for start, end in stretches])
        notice, horizon, most = LIMITS[key]
        Availability.objects.create(host=host, notice_hours=notice, horizon_days=horizon, daily_maximum=most)
        for first, last, reason in AWAY.get(key, ()):
            _away(host, today + timedelta(days=first), today + timedelta(days=last), reason)
        for days, stretches, reason in OTHER_DAYS.get(key, ()):
            hours.except_on(host, _working_day(today + timedelta(days=days)), list(stretches), reason=reason)


def _away(host: User, first: date, last: date, reason: str) -> None:
    Vacation.objects.create(host=host, first_day=first, last_day=last, reason=reason)


def _working_day(day: date) -> date:
    """That day, or the Monday after it."""
    return day + timedelta(days=7 - day.weekday()) if day.weekday() > 4 else day
