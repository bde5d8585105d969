"""How seven languages name months, weekdays, spans and parts of the day, folded (no accents, lower case)."""

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar janvier janv enero januari gennaio gen janeiro jaenner janner",
            "february feb februar fevrier fevr febrero februari febbraio fevereiro",
            "march marz marz mars marzo maart marco maerz",
            "april apr avril abril aprile",
            "may mai mayo mei maggio maio",
            "june jun juni juin junio giugno junho",
            "july jul juli juillet juil julio luglio julho",
            "august aug aout agosto augustus",
            "september sept sep septembre septiembre settembre setembro setiembre",
            "october oct okt oktober octobre octubre ottobre outubro",
            "november nov novembre noviembre novembro",
            "december dec dez dezember decembre diciembre dicembre dezembro",
        ),
        1,
    )
    for name in names.split()
}

WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            "monday mon montag lundi lunes maandag lunedi segunda segunda-feira",
            "tuesday tue tues dienstag mardi martes dinsdag martedi terca terca-feira",
            "wednesday wed mittwoch mercredi miercoles woensdag mercoledi quarta quarta-feira",
            "thursday thu thur thurs donnerstag jeudi jueves donderdag giovedi quinta quinta-feira",
            "friday fri freitag vendredi viernes vrijdag venerdi sexta sexta-feira",
            "saturday samstag sonnabend samedi sabado zaterdag sabato",
            "sunday sonntag dimanche domingo zondag domenica",
        )
    )
    for name in names.split()
}

NEXT = [
    "next",
    "coming",
    "following",
    "nachsten",
    "nachster",
    "nachste",
    "nachstes",
    "kommenden",
    "kommende",
    "kommendes",
    "prochain",
    "prochaine",
    "proximo",
    "proxima",
    "volgende",
    "volgend",
    "komende",
    "komend",
    "prossimo",
    "prossima",
]

NUMBERS = {
    name: number
    for number, names in (
        (1, "one a an ein eine einem einer einen un une uno una een um uma"),
        (2, "two zwei deux dos twee due dois duas couple"),
        (3, "three drei trois tres drie tre"),
        (4, "four vier quatre cuatro quattro quatro"),
        (5, "five funf cinq cinco vijf cinque"),
        (6, "six sechs seis zes sei"),
        (8, "eight acht huit ocho otto oito"),
        (9, "nine neun neuf nueve negen nove"),
        (10, "ten zehn dix diez tien dieci dez"),
        (12, "twelve zwolf douze doce twaalf dodici doze"),
    )
    for name in names.split()
}

UNITS = {
    name: unit
    for unit, names in (
        ("day", "day days tag tage tagen jour jours dia dias dag dagen giorno giorni"),
        ("week", "week weeks woche wochen semaine semaines semana semanas weken settimana settimane"),
        ("month", "month months monat monate monaten mois mes meses maand maanden mese mesi"),
        ("quarter", "quarter quarters quartal quartale trimestre trimestres kwartaal"),
        ("year", "year years jahr jahre jahren an ans annee ano anos jaar anno anni"),
    )
    for name in names.split()
}

TODAY = ["today", "heute", "aujourd'hui", "hoy", "vandaag", "oggi", "hoje"]
TOMORROW = ["tomorrow", "morgen", "demain", "manana", "domani", "amanha"]
IN = ["in", "dans", "en", "over", "tra", "fra", "em", "daqui", "dentro", "binnen", "after", "nach"]

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
