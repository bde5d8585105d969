"""The right half for admins: replies and work, meetings, qualification, and the tables that steer them."""

from appointments.admin import meetings, qualification, steering, work

__all__ = ["meetings", "qualification", "steering", "work"]
