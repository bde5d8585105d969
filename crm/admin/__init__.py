"""Master data and the workflow for admins: the same verbs as the pages, nothing written past them."""

from crm.admin import accounts, contacts, duplicates, imports, mail, organisation, records, title_rules, webhooks

__all__ = [
    "accounts",
    "contacts",
    "duplicates",
    "imports",
    "mail",
    "organisation",
    "records",
    "title_rules",
    "webhooks",
]
