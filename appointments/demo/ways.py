"""The four segments of the demonstration world, each with the history of its rule, its route and its letters."""

# A letter's line is as long as its sentence.

from dataclasses import dataclass

from appointments.rules.ways import FIT, OWNERSHIP, Attempt, Stop, Way, either, said, silence, start

HELLO = 'Hello {{first_name|fallback "there"}},\n\n'
BYE = "\n\nKind regards\n{{sender_first_name}}\n{{our_name}}"


@dataclass(frozen=True)
class Version:
    """A published rule: so many weeks after the world begins, why, and what was expected of it."""

    week: int
    rule: str
    reason: str = ""
    expected: str = ""
    when_rule: str = ""


@dataclass(frozen=True)
class Chapter:
    """A way of deciding as this organisation has come to know it."""

    way: Way
    versions: tuple[Version, ...]
    team: str
    kind: str
    variant: tuple[str, str, tuple[Stop, ...]] | None = None  # name, condition, the route walked instead


COLD = Way(
    key="cold",
    name="Cold-store operators",
    statement="The plant runs the cold and feels every leak; engineering and production agree on the answer, the director signs what both want.",
    rule="",
    route="Operations first",
    stops=(
        Stop("Whoever runs the plant", ("problem-owner", "champion"), start(), most=2),
        Stop(
            "Refrigeration",
            ("technical-evaluator",),
            either(said("referral", "wrong_person"), {"referral": {"role": "technical-evaluator"}}, silence(2, 4)),
        ),
        Stop("Whoever signs", ("approver",), either({"meeting_held": {}}, silence(1, 8))),
    ),
    sequence="Four sites, one logbook",
    attempts=(
        Attempt(
            "problem-owner",
            0,
            "Leak checks at {{company}}",
            HELLO
            + "{% if sites %}{{sites}} sites mean a lot of leak checks a year.{% end %} Who keeps the records together at {{company}}?\n\n"
            "We put leak checks, refrigerant logs and readings of all sites into one logbook that an inspector reads in ten minutes."
            + BYE,
        ),
        Attempt(
            "problem-owner",
            4,
            "",
            HELLO
            + "the question behind my first mail: when the inspector comes, how long does it take to find last spring's checks?"
            + BYE,
        ),
        Attempt("problem-owner", 4, call="Ring once before ten: is the logbook theirs?"),
        Attempt(
            "champion",
            0,
            "One logbook, less paper in {{city}}",
            HELLO + "your people note the temperatures anyway. Would it help if the notes were the record?" + BYE,
        ),
        Attempt(
            "technical-evaluator",
            0,
            "Which refrigerants do you run?",
            HELLO
            + "does your logbook take CO2 and ammonia beside the HFCs? Ours does; I can send the list of sensors."
            + BYE,
        ),
        Attempt(
            "approver",
            0,
            "What one leak costs at {{company}}",
            HELLO
            + "one leak found a month earlier usually pays for the year. May I show you the sum with your own figures?"
            + BYE,
        ),
    ),
    questions=(
        (FIT, "More than two sites"),
        (FIT, "A date that presses"),
        (OWNERSHIP, "Runs compliance, or knows who does"),
        (OWNERSHIP, "Knows who signs"),
    ),
    departments_out=("marketing", "hr"),
)

OFFICE = Way(
    key="office",
    name="Offices behind a front desk",
    statement="Suppliers are routed through the office manager: whoever writes past the front desk is sent back to it.",
    rule="",
    route="Front desk first",
    stops=(
        Stop("The front desk", ("gatekeeper",), start()),
        Stop(
            "Facilities",
            ("problem-owner",),
            either(said("referral", "interested", "question"), {"referral": {"role": "problem-owner"}}, silence(2, 6)),
        ),
        Stop("Whoever signs", ("approver",), either({"meeting_held": {}}, silence(2, 8))),
    ),
    sequence="Ask the front desk",
    attempts=(
        Attempt(
            "gatekeeper",
            0,
            "Who looks after the air in {{city}}?",
            HELLO + "how do suppliers reach the right person at {{company}}? I would rather ask you than guess.\n\n"
            "We measure the air on office floors, and people stop writing to the front desk about stuffy rooms." + BYE,
        ),
        Attempt("gatekeeper", 5, "", HELLO + "is there a supplier list or a form I should use instead?" + BYE),
        Attempt(
            "problem-owner",
            0,
            "Stuffy rooms at {{company}}",
            HELLO
            + "I asked at your front desk first. Which rooms do people complain about, and does anyone measure them?"
            + BYE,
        ),
        Attempt("problem-owner", 5, "", HELLO + "a short second note, and then I leave it with you." + BYE),
        Attempt(
            "approver",
            0,
            "Two figures about your floors",
            HELLO + "two figures, two minutes; your facilities people have seen them." + BYE,
        ),
    ),
    questions=(
        (FIT, "Looks after the floors themselves"),
        (FIT, "Complaints this year"),
        (OWNERSHIP, "The front desk has let us through"),
        (OWNERSHIP, "Knows who signs"),
    ),
)

CARE = Way(
    key="care",
    name="Care settings",
    statement="Estates owns the supplier list and decides who is heard; infection control may object; finance pays once both agree.",
    rule="",
    route="Estates first",
    stops=(
        Stop("Estates", ("problem-owner",), start()),
        Stop(
            "Infection control",
            ("technical-evaluator",),
            either(said("referral", "interested"), {"referral": {"role": "technical-evaluator"}}, silence(2, 6)),
        ),
        Stop("Finance", ("budget-owner",), either({"meeting_held": {}}, silence(1, 8))),
    ),
    sequence="Before the inspection",
    attempts=(
        Attempt(
            "problem-owner",
            0,
            "Ventilation records at {{company}}",
            HELLO + "inspectors now ask for ventilation and humidity by room. Do you have that in one place"
            "{% if sites %} for {{sites}} houses{% end %}?" + BYE,
        ),
        Attempt(
            "problem-owner", 4, "", HELLO + "if there is a supplier list, what does it take to be put on it?" + BYE
        ),
        Attempt(
            "technical-evaluator",
            0,
            "Humidity by room",
            HELLO + "estates has seen how we measure. Would you look at the thresholds before anyone decides?" + BYE,
        ),
        Attempt(
            "budget-owner",
            0,
            "A cost per bed",
            HELLO + "one figure: the cost per bed and year, all houses included." + BYE,
        ),
    ),
    questions=(
        (FIT, "An inspection within a year"),
        (FIT, "More than one house"),
        (OWNERSHIP, "Estates keeps the supplier list"),
        (OWNERSHIP, "Finance knows of it"),
    ),
)

PROJECT = Way(
    key="project",
    name="Refits with a date",
    statement="There is a project or there is nothing: inside the window the project manager buys, outside it nobody does.",
    rule="",
    route="Project manager first",
    stops=(
        Stop("Project", ("problem-owner",), start(), patience_days=6),
        Stop("Building services", ("technical-evaluator",), either(said("referral"), silence(2, 3)), patience_days=6),
        Stop("Whoever pays", ("budget-owner",), either({"meeting_held": {}}, silence(1, 6))),
    ),
    sequence="Before the ceiling closes",
    attempts=(
        Attempt(
            "problem-owner",
            0,
            "Sensors before the ceiling closes",
            HELLO
            + "once the ceiling is closed, every sensor costs three times as much. When does yours close at {{company}}?"
            + BYE,
        ),
        Attempt(
            "problem-owner",
            3,
            "",
            HELLO + "if the specification is still open, I can send the paragraph others use." + BYE,
        ),
        Attempt("problem-owner", 3, call="Ring the site office: is the specification still open?"),
        Attempt(
            "technical-evaluator",
            0,
            "A paragraph for your specification",
            HELLO + "here is what others put into theirs for air sensors. Would you change anything?" + BYE,
        ),
        Attempt(
            "budget-owner",
            0,
            "The price while the ceiling is open",
            HELLO + "one figure for now, one for after handover." + BYE,
        ),
    ),
    questions=(
        (FIT, "A project with a date"),
        (FIT, "Specification still open"),
        (OWNERSHIP, "The project manager buys"),
        (OWNERSHIP, "Knows who pays"),
    ),
    when_rule="window_open = True",
)

COLD_TRADES = '("Cold storage", "Food production", "Dairy", "Seafood", "Bakery", "Frozen food")'
OFFICE_TRADES = '("Law", "Accounting", "Architecture", "Consulting", "Insurance")'
CARE_TRADES = '("Care home group", "Clinic group", "Dental group", "Hospice")'
PROJECT_TRADES = '("Construction", "Property development", "Hotel", "Museum")'

CHAPTERS = (
    Chapter(
        COLD,
        (
            Version(0, f"industry in {COLD_TRADES} and employees >= 250"),
            Version(
                7,
                f"industry in {COLD_TRADES} and employees >= 90",
                "Plants of ninety people run the same checks as large ones.",
                "Twice the list at the same reply rate.",
            ),
            Version(
                19,
                f'industry in {COLD_TRADES} and employees >= 90 and title_known ~ "manager"',
                "Where no manager is known by name, nobody answers.",
                "A few leave; the reply rate rises by a point.",
            ),
        ),
        "Team North",
        "cold",
    ),
    Chapter(
        OFFICE,
        (
            Version(0, f"industry in {OFFICE_TRADES} and employees >= 120"),
            Version(
                12,
                f'industry in {OFFICE_TRADES} and employees >= 50 and role_filled = "Gatekeeper or admin"',
                "Small firms have a front desk too, and the front desk answers.",
                "More accounts, fewer mails to partners.",
            ),
        ),
        "Team North",
        "office",
        (
            "Large firms have a facilities department",
            "employees >= 500",
            (
                Stop("Facilities", ("problem-owner",), start()),
                Stop("The front desk", ("gatekeeper",), either(said("wrong_person"), silence(2, 5))),
                Stop("Whoever signs", ("approver",), either({"meeting_held": {}}, silence(2, 8))),
            ),
        ),
    ),
    Chapter(
        CARE,
        (
            Version(0, f'industry in {CARE_TRADES} and regulated = "care" and sites >= 3'),
            Version(
                16,
                f'industry in {CARE_TRADES} and regulated = "care" and (sites >= 2 or employees >= 120)',
                "A single large house buys like a small group.",
                "A third more accounts, no change in who decides.",
            ),
        ),
        "Team South",
        "care",
    ),
    Chapter(
        PROJECT,
        (
            Version(0, f'industry in {PROJECT_TRADES} and tag = "refit"', when_rule=""),
            Version(
                10,
                f'industry in {PROJECT_TRADES} and tag = "refit" and window_until != None',
                "Without a date there is no project.",
                "Nobody is written to outside the window.",
                "window_open = True",
            ),
        ),
        "Team North",
        "project",
    ),
)

PLAYBOOKS = {
    "meeting_request": "Gladly. Any of these three works on our side; one call is enough to see all your sites in one logbook.",
    "interested": "Thank you. The two pages are below, and these three times are free if you would rather see it live.",
    "question": "Good question. In short: yes. The logbook takes any refrigerant, calibration is included, and the readings stay yours.",
    "referral": "Thank you for the name. I will write to your colleague and mention that I asked you first.",
    "objection_price": "Understood. Most sites earn it back with the second leak they catch; I will leave that thought here.",
    "objection_competitor": "Understood, no reason to change a running system. May I ask again before it renews?",
    "objection_authority": "Thank you for saying so. Who would you ask in my place?",
    "objection_other": "Thank you for the plain words. The gateway needs no place on your network; shall I send the drawing?",
    "not_interested": "Thank you for the clear answer. I will leave you in peace.",
    "other": "Thank you for writing back.",
}
