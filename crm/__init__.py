"""The shared record: who they are and what was said; also the Django project."""
