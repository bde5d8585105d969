"""The REST API of prospecting: the same nouns and verbs as the pages."""
