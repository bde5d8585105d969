"""The REST API of appointments: the same nouns and verbs as the pages."""
