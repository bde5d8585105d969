"""The right half for admins: replies and work, meetings, qualification, and the tables that steer them."""

from appointments.admin import learning, meetings, qualification, steering, work

__all__ = ["learning", "meetings", "qualification", "steering", "work"]
