"""Promises of appointments."""
