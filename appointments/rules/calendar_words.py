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
# Hours in words, folded, as English, German, French and Spanish say them after one of AT.
HOURS = {
    word: hour
    for hour, words in enumerate(
        (
            "", "eins una", "two zwei deux dos", "three drei trois tres", "four vier quatre cuatro", "five funf cinq cinco",
            "six sechs seis", "seven sieben sept siete", "eight acht huit ocho", "nine neun neuf nueve", "ten zehn dix diez",
            "eleven elf onze once", "twelve zwolf doce",
        )
    )
    for word in words.split()
}  # fmt: skip
AT = ["at", "um", "a", "a", "las", "alle", "as", "om"]
