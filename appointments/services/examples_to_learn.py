"""What there is to learn from: people's labels whose text is still there, and the examples that came with the product."""

import json
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.db.models import QuerySet

from appointments.models import Classification, ClassifierVersion
from appointments.rules import learning as rules

TRAINING = Path(__file__).resolve().parent.parent / "training"
MOST = 20_000
NO_WORDS = ("bounce", "complaint", "receipt", "calendar")  # decided by their MIME type, whatever they say
COLUMNS = ("pk", "reply_id", "label", "secondary", "at", "reply__message__newest", "reply__message__subject",
           "reply__message__at", "language")  # fmt: skip


@dataclass
class Examples:
    """Rows in the file form of `evaluate_classifier`, each part divided into what is learnt and what judges."""

    project: list[rules.Row]
    project_gold: list[rules.Row]
    team: list[rules.Row]
    team_gold: list[rules.Row]
    learnt: list[int] = field(default_factory=list)  # classifications, those that judge too
    mark: str = ""


def examples() -> Examples:
    """The texts are read anew each time: whoever was erased is in neither part any more."""
    given = [_row(found) for found in labelled().order_by("-pk").values(*COLUMNS)[:MOST]]
    team, team_gold = rules.divide_team(given)
    project, project_gold = rules.divide(_project())
    return Examples(project, project_gold, team, team_gold, sorted(row["pk"] for row in given), project_mark())


def labelled() -> QuerySet[Classification]:
    """What a person said a reply says, and nobody took back since, as far as its words may be learnt from."""
    said = Classification.objects.filter(decided_by="person", undone_at=None, learnable=True).exclude(label="bounce")
    return said.exclude(reply__message__newest="").exclude(reply__message__kind__in=NO_WORDS)


def _row(found: dict[str, Any]) -> dict[str, Any]:
    return {
        "pk": found["pk"], "reply": found["reply_id"], "id": f"reply-{found['reply_id']}", "author": f"reply-{found['reply_id']}",
        "subject": found["reply__message__subject"], "headers": {}, "received": found["reply__message__at"].isoformat(),
        "body": found["reply__message__newest"], "label": found["label"], "secondary": found["secondary"], "entities": {},
        "language": found["language"],
    }  # fmt: skip


def _project() -> list[rules.Row]:
    return [
        json.loads(line)
        for path in _files()
        for line in path.read_text(encoding="utf-8").split("\n")
        if line.strip()
    ]  # fmt: skip


def _files() -> list[Path]:
    return sorted(TRAINING.glob("*.jsonl"))


@lru_cache(maxsize=1)
def project_mark() -> str:
    """Read once for each process: a release replaces the files and starts anew."""
    return rules.mark_of(path.read_bytes() for path in _files())


# Since the last time ---------------------------------------------------------------------------------------------


def last() -> ClassifierVersion | None:
    """The newest that was learnt, whatever became of it: what was refused is not learnt again from the same."""
    done = ClassifierVersion.objects.exclude(state=ClassifierVersion.State.CANDIDATE).exclude(trained_at=None)
    return done.defer("head").order_by("-pk").first()


def unlearnt() -> int:
    """Labels of people that the last one was not learnt from."""
    before = last()
    return labelled().exclude(pk__in=before.learnt).count() if before else labelled().count()


def gone() -> int:
    """Labels that the last one was learnt from, and that may not be learnt from any more: somebody was erased."""
    before = last()
    if before is None or not before.learnt:
        return 0
    may = Classification.objects.filter(pk__in=before.learnt, learnable=True).exclude(reply__message__newest="")
    return len(before.learnt) - may.count()


def changed() -> bool:
    """Whether a release brought other examples than those the last one was learnt from."""
    before = last()
    return before is not None and before.project_mark != project_mark()


def known_now() -> dict[str, Any]:
    """What there was to learn from, kept beside a version that came to nothing, so that it is not tried for ever."""
    return {
        "learnt": list(labelled().order_by("pk").values_list("pk", flat=True)[:MOST]),
        "project_mark": project_mark(),
    }
