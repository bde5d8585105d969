"""Refusals in the user's words."""

# While the database is away; nobody can say whether what was on its way there just then was kept.
AWAY = "The database cannot be reached just now; what you sent may not have been kept. Try again in a minute."


class Refused(Exception):
    """An action the product declines; the text is one sentence a user can read.

    One place turns it into a message on the page (409) and a 409 in the API. `details` carries
    what the answer needs besides the sentence: nearest slots, field errors, a guard's reason.
    """

    def __init__(self, sentence: str, **details: object) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.details = details
