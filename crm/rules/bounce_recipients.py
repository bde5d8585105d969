"""Recipients in reports that only speak to people, found by flufl.bounce, which knows the forms of thirty years."""

import logging
from email.parser import BytesParser
from email.policy import compat32

from flufl.bounce import all_failures

from crm.rules.charsets import clean
from crm.rules.mime import ParsedMail

_MAX_LINE = 400
_MAX_LINES = 600
_MAX_RECIPIENTS = 50

# Its log repeats every mail that one of its readers stumbles over; what it does not find we read ourselves.
logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL + 1)


def failed_recipients(mail: ParsedMail) -> list[str]:
    """Addresses the report names as failed or delayed; none when the form is unknown."""
    # It goes over all lines once for every form it knows, and its patterns cost the square of a line's length.
    lines = (line[:_MAX_LINE] for line in mail.beginning.splitlines()[:_MAX_LINES])
    try:
        delayed, failed = all_failures(BytesParser(policy=compat32).parsebytes(b"\n".join(lines)))
    except Exception:
        return []
    named = [clean(one.decode("ascii", "replace")).strip(" <>,;:\"'") for one in sorted(failed | delayed)]
    return [one[:320] for one in named if one.count("@") == 1 and " " not in one][:_MAX_RECIPIENTS]
