"""Every field a text may use: what it is called on screens, what it means, an example, and where it is filled in."""

from dataclasses import dataclass

PERSON, ACCOUNT, SENDER = "the person", "the account", "us"


@dataclass(frozen=True)
class MergeField:
    name: str
    words: str
    about: str
    example: str
    of: str
    sometimes: bool = False  # often empty: a fallback belongs to it


ALL = (
    MergeField("first_name", "First name", "The person's first name.", "Joost", PERSON, True),
    MergeField("last_name", "Last name", "The person's last name.", "Dekker", PERSON, True),
    MergeField("title", "Title", "Their job title, as it is on their page.", "Facility manager", PERSON, True),
    MergeField("referrer", "Who named them", "Who at the account named them, if that may be said.", "Willem Maas", PERSON, True),
    MergeField("company", "Account", "The name of the account.", "Maas Dekker", ACCOUNT),
    MergeField("city", "City", "The city of the account.", "Rotterdam", ACCOUNT, True),
    MergeField("country", "Country", "The country of the account, two letters.", "NL", ACCOUNT, True),
    MergeField("industry", "Industry", "The industry of the account.", "Cold storage", ACCOUNT, True),
    MergeField("sites", "Number of sites", "How many sites the account has; empty when it has one, or none is known.", "4", ACCOUNT, True),
    MergeField("employees", "Number of people", "How many people work at the account.", "320", ACCOUNT, True),
    MergeField("regulated", "Regulated categories", "What the account is regulated for, with commas.", "F-gas", ACCOUNT, True),
    MergeField("sender_name", "Sender's name", "Whoever the mail leaves from.", "Ada Mensah", SENDER),
    MergeField("sender_first_name", "Sender's first name", "Their first name.", "Ada", SENDER),
    MergeField("our_name", "Our organisation", "Our name, as it is in the settings.", "Halden Air", SENDER),
)  # fmt: skip
BY_NAME = {row.name: row for row in ALL}
WORDS = {row.name: row.words for row in ALL}
EXAMPLES: dict[str, object] = {row.name: row.example for row in ALL}


def groups() -> list[tuple[str, list[MergeField]]]:
    return [(of, [row for row in ALL if row.of == of]) for of in (PERSON, ACCOUNT, SENDER)]


def where_to_fill_in(names: tuple[str, ...]) -> str:
    """On whose page the missing facts belong, in words."""
    places = dict.fromkeys(BY_NAME[name].of for name in names if name in BY_NAME)
    pages = {PERSON: "the person's page", ACCOUNT: "the account's page", SENDER: "the settings"}
    return " and ".join(pages[place] for place in places)
