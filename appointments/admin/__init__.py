"""The right half for admins: replies and work, meetings, qualification, and the tables that steer them."""

from appointments.admin import calendars, learning, meetings, qualification, steering, work

__all__ = ["calendars", "learning", "meetings", "qualification", "steering", "work"]
