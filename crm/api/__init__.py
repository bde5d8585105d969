"""The REST API of crm: the same nouns and verbs as the pages."""
