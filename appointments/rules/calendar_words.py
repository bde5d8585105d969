"""How seven languages name parts of the day, and what stands before an hour; folded (no accents, lower case)."""

MORNING = ["morning", "vormittag", "vormittags", "matin", "manana", "ochtend", "mattina", "manha"]
AFTERNOON = ["afternoon", "nachmittag", "nachmittags", "apres-midi", "tarde", "middag", "pomeriggio"]

AFTER = [
    "after",
    "from",
    "past",
    "ab",
    "nach",
    "apres",
    "partir",
    "despues",
    "na",
    "vanaf",
    "dopo",
    "dalle",
    "depois",
    "since",
]
BEFORE = [
    "before",
    "until",
    "till",
    "by",
    "vor",
    "bis",
    "avant",
    "jusqu'a",
    "antes",
    "hasta",
    "voor",
    "tot",
    "prima",
    "entro",
    "ate",
]
AT = ["at", "um", "a", "a", "las", "alle", "as", "om"]
