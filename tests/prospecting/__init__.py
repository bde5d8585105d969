"""Promises of prospecting."""
