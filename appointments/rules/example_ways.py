"""Three ways of deciding to start from: ops-led, IT-led, admin-first. Every text is meant to be rewritten."""

# A letter's line is as long as its sentence.

from appointments.rules.ways import FIT, OWNERSHIP, Attempt, Stop, Way, either, said, silence, start

HELLO = 'Hello {{first_name|fallback "there"}},\n\n'
BYE = "\n\nKind regards\n{{sender_first_name}}\n{{our_name}}"

OPS_LED = Way(
    key="ops-led",
    name="Ops-led example",
    statement="Whoever runs the work feels the problem and picks the answer; the director signs when two of them agree.",
    rule='sites >= 2 and role_filled = "Problem owner"',
    route="Ops-led",
    stops=(
        Stop("Whoever runs the work", ("problem-owner",), start()),
        Stop(
            "Whoever checks that it works",
            ("technical-evaluator",),
            either(said("referral"), {"referral": {"role": "technical-evaluator"}}, silence(2, 5)),
        ),
        Stop("Whoever signs", ("approver",), either({"meeting_held": {}}, silence(2, 8))),
    ),
    sequence="Ops-led",
    attempts=(
        Attempt(
            "problem-owner",
            0,
            "One place for all your sites?",
            HELLO
            + "who at {{company}} keeps the records{% if sites %} of all {{sites}} sites{% end %} together? "
            + "We help people who run several sites to have them in one place. Is that your job?"
            + BYE,
        ),
        Attempt(
            "problem-owner", 4, "", HELLO + "a short second note: twenty minutes would show whether this fits." + BYE
        ),
        Attempt("problem-owner", 3, call="Ring once, before ten: is this theirs?"),
        Attempt(
            "technical-evaluator",
            0,
            "Would this work in your plants?",
            HELLO + "would you look at how this works before anyone asks you to? One page, no brochure." + BYE,
        ),
        Attempt("technical-evaluator", 5, "", HELLO + "shall I send the page with the measurements?" + BYE),
        Attempt(
            "approver",
            0,
            "What your colleagues looked at",
            HELLO + "your colleagues have seen how this works. May I show you the two figures that matter?" + BYE,
        ),
        Attempt("approver", 6, "", HELLO + "one line is enough: yes, no, or ask me later." + BYE),
    ),
    questions=(
        (FIT, "More than one site"),
        (FIT, "A date that presses"),
        (OWNERSHIP, "Runs the work themselves"),
        (OWNERSHIP, "Knows who signs"),
    ),
)

IT_LED = Way(
    key="it-led",
    name="IT-led example",
    statement="IT decides what may be connected; the business says what it wants; finance pays after both.",
    rule='employees >= 100 and role_filled = "Technical evaluator"',
    route="IT-led",
    stops=(
        Stop("Whoever says what may be connected", ("technical-evaluator",), start()),
        Stop("Whoever wants it", ("problem-owner",), either(said("referral", "interested"), silence(2, 6))),
        Stop("Whoever pays", ("budget-owner",), {"meeting_held": {}}),
    ),
    sequence="IT-led",
    attempts=(
        Attempt(
            "technical-evaluator",
            0,
            "What would it connect to?",
            HELLO + "before anyone at {{company}} asks you to connect us: here is what it touches, and what not." + BYE,
        ),
        Attempt("technical-evaluator", 4, "", HELLO + "shall I send the security questionnaire, filled in?" + BYE),
        Attempt(
            "problem-owner",
            0,
            "Your IT has seen this",
            HELLO + "your colleagues in IT have what they need. Is the problem still yours?" + BYE,
        ),
        Attempt("problem-owner", 4, "", HELLO + "a short second note, in case the first one drowned." + BYE),
        Attempt(
            "budget-owner",
            0,
            "One figure",
            HELLO + "after the meeting with your colleagues: one page with the cost." + BYE,
        ),
    ),
    questions=(
        (FIT, "Nothing has to be installed on site"),
        (FIT, "A project with a name"),
        (OWNERSHIP, "IT agrees"),
        (OWNERSHIP, "Knows who pays"),
    ),
)

ADMIN_FIRST = Way(
    key="admin-first",
    name="Admin-first example",
    statement="Suppliers go through the front desk: whoever writes past it is sent back to it.",
    rule='role_filled = "Gatekeeper or admin"',
    route="Admin-first",
    stops=(
        Stop("The front desk", ("gatekeeper",), start()),
        Stop(
            "Whoever has the problem",
            ("problem-owner",),
            either(said("referral", "interested", "question"), {"referral": {"role": "problem-owner"}}, silence(2, 8)),
        ),
        Stop("Whoever signs", ("approver",), either({"meeting_held": {}}, silence(2, 10))),
    ),
    sequence="Admin-first",
    attempts=(
        Attempt(
            "gatekeeper",
            0,
            "Who looks after this at {{company}}?",
            HELLO + "how do suppliers reach the right person at {{company}}? I would rather ask you than guess." + BYE,
        ),
        Attempt("gatekeeper", 5, "", HELLO + "is there a supplier list or a form I should use?" + BYE),
        Attempt(
            "problem-owner",
            0,
            "Your front desk said I may ask",
            HELLO + "we asked at your front desk first. Is this yours, and is now a bad time?" + BYE,
        ),
        Attempt("problem-owner", 5, "", HELLO + "a short second note, and then I leave it with you." + BYE),
        Attempt(
            "approver", 0, "Two minutes", HELLO + "your colleagues have seen this. Two figures, two minutes?" + BYE
        ),
    ),
    questions=(
        (FIT, "Looks after the building themselves"),
        (FIT, "A reason to change this year"),
        (OWNERSHIP, "The front desk has let us through"),
        (OWNERSHIP, "Knows who signs"),
    ),
)

EXAMPLES = {way.key: way for way in (OPS_LED, IT_LED, ADMIN_FIRST)}

# Drafts for answering, by label.
PLAYBOOKS = {
    "meeting_request": "Thank you, gladly. Here are three times; thirty minutes is enough.",
    "interested": "Thank you for writing back. The short version is below, and I can show you the rest in half an hour.",
    "question": "Good question. The short answer first, the longer one whenever you like.",
    "referral": "Thank you for pointing me to the right person. I will write to them and leave you in peace.",
    "objection_price": "Understood. One figure that others found useful, then I leave it with you.",
    "objection_competitor": "Understood, there is no reason to change what works. May I ask again before it renews?",
    "objection_authority": "Thank you for saying so. Who would be the right person to ask?",
    "objection_other": "Thank you for the plain words. May I answer that one point?",
    "not_interested": "Thank you for the clear answer. I will not write again about this.",
    "other": "Thank you for writing back.",
}
