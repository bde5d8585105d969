"""Screens of lead generation."""
