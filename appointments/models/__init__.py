"""Appointment setting: from the reply to a held, qualified meeting."""

from appointments.models.availability import (
    Availability,
    Benchmark,
    Cost,
    HoursException,
    MeetingHost,
    MeetingQuestion,
    MeetingType,
    Vacation,
)
from appointments.models.calendar import BusyTime, Calendar, CalendarConflict, CalendarEntry
from appointments.models.classification import Classification, MatrixRow, Reaction
from appointments.models.classifier import ClassifierVersion, OutsideModel, OutsideOpinion
from appointments.models.credit import Credit
from appointments.models.meeting import Meeting, Offer, Recovery, Reminder
from appointments.models.qualification import Answer, Checklist, Qualification, Question
from appointments.models.reminder import ReminderRule
from appointments.models.rsvp import CounterProposal, Rsvp
from appointments.models.seat import MeetingGuest, MeetingSeat
from appointments.models.work_item import AnswerDraft, AutoAnswerStop, Playbook, SetterTurn, WorkItem

__all__ = [
    "Answer",
    "AnswerDraft",
    "AutoAnswerStop",
    "Availability",
    "Benchmark",
    "BusyTime",
    "Calendar",
    "CalendarConflict",
    "CalendarEntry",
    "Checklist",
    "Classification",
    "ClassifierVersion",
    "Cost",
    "CounterProposal",
    "Credit",
    "HoursException",
    "MatrixRow",
    "Meeting",
    "MeetingGuest",
    "MeetingHost",
    "MeetingQuestion",
    "MeetingSeat",
    "MeetingType",
    "Offer",
    "OutsideModel",
    "OutsideOpinion",
    "Playbook",
    "Qualification",
    "Question",
    "Reaction",
    "Recovery",
    "Reminder",
    "ReminderRule",
    "Rsvp",
    "SetterTurn",
    "Vacation",
    "WorkItem",
]
