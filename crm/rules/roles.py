"""The roles a new installation starts with; admins edit them later."""

# slug, name, what they do when the account decides
ROLES = [
    ("problem-owner", "Problem owner", "Feels the problem and wants it gone."),
    ("champion", "Champion", "Argues for us inside."),
    ("user", "User", "Works with the result every day."),
    ("technical-evaluator", "Technical evaluator", "Checks that it works and fits."),
    ("gatekeeper", "Gatekeeper or admin", "Decides who gets through, and routes vendors."),
    ("approver", "Approver", "Signs off."),
    ("budget-owner", "Budget owner or finance", "Pays for it."),
    ("procurement", "Procurement", "Runs the buying."),
    ("legal", "Legal", "Checks the terms."),
    ("executive", "Executive", "Sets the direction."),
    ("unknown", "Unknown", "We do not know yet; a weak guess stays here."),
]
