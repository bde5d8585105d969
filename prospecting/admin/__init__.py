"""Segments, routes, sequences and who walks them, for admins."""

from prospecting.admin import account_actions, enrollments, lists, role_templates, routes, sending, sequences

__all__ = ["account_actions", "enrollments", "lists", "role_templates", "routes", "sending", "sequences"]
