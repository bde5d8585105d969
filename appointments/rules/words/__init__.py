"""Word lists of the classifier, one file a language; see `phrases` for how a phrase is written."""

from appointments.rules.words import de, en, es, fr, it, nl, pt

LISTS = {"en": en.PHRASES, "de": de.PHRASES, "fr": fr.PHRASES, "es": es.PHRASES, "nl": nl.PHRASES}
LISTS |= {"it": it.PHRASES, "pt": pt.PHRASES}
