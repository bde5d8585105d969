"""Screens of the shared record."""
