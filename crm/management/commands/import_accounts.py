"""Imports accounts from a CSV file."""

from crm.management.arguments import ImportCommand


class Command(ImportCommand):
    help = "Imports accounts from a CSV file; the same file again changes nothing."
    kind = "accounts"
