"""Who works at Halden Air, what they send from, and what they meet for."""

from dataclasses import dataclass

DOMAIN = "halden.example"
PASSWORD = "halden-demo-2026"  # noqa: S105 - printed on purpose: the demonstration world's log-in
ORGANISATION = "Halden Air"
POSTAL_ADDRESS = "Halden Air Ltd\n12 Relay Street\nLeeds LS1 4AB\nUnited Kingdom"


@dataclass(frozen=True)
class Person:
    key: str
    name: str
    job: str
    team: str
    zone: str = "Europe/London"
    country: str = "GB"

    @property
    def email(self) -> str:
        return f"{self.key}@{DOMAIN}"


TEAMS = ("Team North", "Team South")

PEOPLE = (
    Person("edda", "Edda Lorenz", "admin", ""),
    Person("ada", "Ada Mensah", "sdr", "Team North"),
    Person("ben", "Ben Castellanos", "sdr", "Team North"),
    Person("noor", "Noor Haddad", "executive", "Team North"),
    Person("sam", "Sam Whitlock", "executive", "Team North"),
    Person("ruth", "Ruth Lindgren", "lead", "Team North"),
    Person("isla", "Isla Moreno", "sdr", "Team South"),
    Person("tariq", "Tariq Nasser", "executive", "Team South", "Europe/Madrid", "ES"),
    Person("gwen", "Gwen Powell", "lead", "Team South"),
)

SENDERS = ("ada", "ben", "isla")
SHARED_MAILBOXES = (("hello@" + DOMAIN, "Halden Air, Team North", "Team North"),)
INTERNAL_MAILBOX = "baton@" + DOMAIN

BENCHMARKS = {"reply_rate": 0.12, "reply_to_meeting_rate": 0.35}
COSTS = {"account_on_list": "6.00", "touch_sent": "0.30", "mailbox": "0.40", "risk": "0.80", "working_hour": "42.00"}
