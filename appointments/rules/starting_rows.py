"""What a new installation of appointment setting begins with, beside the matrix."""

# score, required, question: need, timing, authority and budget in words a setter can ask
CHECKLIST = (
    ("fit", True, "Has the problem we solve"),
    ("fit", False, "Big enough for us to help"),
    ("fit", False, "A date that presses"),
    ("ownership", True, "Knows who decides"),
    ("ownership", False, "Decides, or is sent by who decides"),
    ("ownership", False, "Money is set aside, or can be"),
)
CHECKLIST_NAME = "Ready to meet?"
BENCHMARKS = {"reply_rate": 0.08, "reply_to_meeting_rate": 0.35}
COSTS = {"account_on_list": "6.00", "touch_sent": "1.50", "mailbox": "0.40", "risk": "0.80", "working_hour": "42.00"}
MEETING_TYPE = {"name": "Half an hour", "slug": "half-an-hour", "minutes": 30, "buffer_after": 10}
