"""Lead generation: segment, list, route, sequence, touch, and the reply that ends it."""

from prospecting.models.attribution import Attribution, EnrolledFacts
from prospecting.models.call import Call
from prospecting.models.enrollment import Enrollment, Skip, StageVisit
from prospecting.models.intake import EnrollOrder, Intake, IntakeDay
from prospecting.models.milestone import Milestone, Standing
from prospecting.models.policy import Override, PolitenessPolicy
from prospecting.models.reply import Reply
from prospecting.models.route import Route, RouteVariant, RouteVersion, Stage
from prospecting.models.segment import (
    ListEntry,
    ListRefresh,
    Pin,
    Segment,
    SegmentRole,
    SegmentVersion,
    Snapshot,
    SnapshotEntry,
    TargetList,
)
from prospecting.models.sequence import (
    Sequence,
    SequenceVersion,
    Snippet,
    SnippetVersion,
    Step,
    Template,
    TemplateVersion,
)
from prospecting.models.touch import Attempt, Draft, Outgoing, Touch

__all__ = [
    "Attempt",
    "Attribution",
    "Call",
    "Draft",
    "EnrollOrder",
    "EnrolledFacts",
    "Enrollment",
    "Intake",
    "IntakeDay",
    "ListEntry",
    "ListRefresh",
    "Milestone",
    "Outgoing",
    "Override",
    "Pin",
    "PolitenessPolicy",
    "Reply",
    "Route",
    "RouteVariant",
    "RouteVersion",
    "Segment",
    "SegmentRole",
    "SegmentVersion",
    "Sequence",
    "SequenceVersion",
    "Skip",
    "Snapshot",
    "SnapshotEntry",
    "Snippet",
    "SnippetVersion",
    "Stage",
    "StageVisit",
    "Standing",
    "Step",
    "TargetList",
    "Template",
    "TemplateVersion",
    "Touch",
]
