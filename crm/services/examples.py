"""One answer of each label, as a prospect would write it: for trying the product out in the sandbox."""

HUMAN, OUT_OF_OFFICE, AUTO, BOUNCE, LEFT = "human", "out_of_office", "auto", "bounce", "left"

# label: (how the mail is made, what it says)
EXAMPLES: dict[str, tuple[str, str]] = {
    "meeting_request": (HUMAN, "Tuesday works for me. Can you send an invite?"),
    "interested": (HUMAN, "This sounds good, we have been looking at exactly this. Could you send me some material first?"),
    "question": (HUMAN, "How does this work with two sites under one contract, and what does it cost per site?"),
    "referral": (HUMAN, "You want our operations manager for this, Petra Lindqvist. I have forwarded your note to her."),
    "wrong_person": (HUMAN, "I think you have the wrong person, I have nothing to do with this."),
    "not_now": (HUMAN, "The timing is bad, we are in the middle of a move. Please get in touch again in September."),
    "objection_price": (HUMAN, "We have no budget for this, it is far too expensive for a company our size."),
    "objection_competitor": (HUMAN, "We signed with another supplier in spring and are happy with them."),
    "objection_authority": (HUMAN, "I cannot decide this here, head office makes all such choices and we have no say in it."),
    "objection_other": (HUMAN, "We are only six people, I doubt that this fits a firm as small as ours."),
    "not_interested": (HUMAN, "Thanks, but this is not for us."),
    "unsubscribe": (HUMAN, "Please take me off your list and do not write to me again."),
    "other": (HUMAN, "Thank you for your message."),
    "left_company": (LEFT, "Thank you for your message. {name} no longer works here since last month."),
    "out_of_office": (OUT_OF_OFFICE, "I am out of the office until next Monday with limited access to mail. "
                      "In urgent cases please write to my colleague."),
    "auto_reply": (AUTO, "Thank you for contacting us. We have received your request and opened ticket #48213. "
                   "This is an automated message, please do not reply to it."),
    "bounce": (BOUNCE, "The address does not exist."),
}  # fmt: skip
