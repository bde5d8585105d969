"""Promises of crm."""
