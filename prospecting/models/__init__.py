"""Lead generation: segment, list, route, sequence, touch, and the reply that ends it."""

from prospecting.models.enrollment import Enrollment, StageVisit
from prospecting.models.policy import Override, PolitenessPolicy
from prospecting.models.reply import Milestone, Reply
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
from prospecting.models.sequence import Sequence, SequenceVersion, Step, Template, TemplateVersion
from prospecting.models.touch import Attempt, Outgoing, Touch

__all__ = [
    "Attempt",
    "Enrollment",
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
    "Snapshot",
    "SnapshotEntry",
    "Stage",
    "StageVisit",
    "Step",
    "TargetList",
    "Template",
    "TemplateVersion",
    "Touch",
]
