"""What a guest reads in mail about a meeting, in the four languages of the booking pages."""

from datetime import datetime

from appointments.rules.guest_words import LANGUAGES, MONTHS, SHORT_DAYS

_ROWS: dict[str, tuple[str, str, str, str]] = {
    # key: en, de, fr, es
    "hello": ("Hello,", "Guten Tag,", "Bonjour,", "Hola:"),
    "hello_name": ("Hello {first},", "Guten Tag {name},", "Bonjour {name},", "Hola, {first}:"),
    "where": ("Where: {place}", "Wo: {place}", "Où : {place}", "Dónde: {place}"),
    "booked_subject": ("Booked: {when}", "Ihr Termin: {when}", "Votre rendez-vous : {when}", "Su reunión: {when}"),
    "booked": ("Thank you. We meet on {when}, {minutes} minutes, with {host}.", "Vielen Dank. Der Termin steht: {when}, {minutes} Minuten, mit {host}.", "Merci. Le rendez-vous est fixé : {when}, {minutes} minutes, avec {host}.", "Gracias. La reunión queda fijada: {when}, {minutes} minutos, con {host}."),
    "change": ("If the time no longer suits you, move or cancel it here: {link}", "Wenn der Termin nicht mehr passt, können Sie ihn hier verlegen oder absagen: {link}", "Si l’horaire ne vous convient plus, vous pouvez le déplacer ou l’annuler ici : {link}", "Si la hora ya no le viene bien, puede cambiarla o anularla aquí: {link}"),
    "change_short": ("Move or cancel: {link}", "Verlegen oder absagen: {link}", "Déplacer ou annuler : {link}", "Cambiar o anular: {link}"),
    "moved_subject": ("New time: {when}", "Neuer Termin: {when}", "Nouvel horaire : {when}", "Nueva hora: {when}"),
    "moved": ("The new time is {when}, with {host}. The invitation in your calendar changes by itself.", "Der neue Termin: {when}, mit {host}. Die Einladung in Ihrem Kalender ändert sich von selbst.", "Le nouvel horaire : {when}, avec {host}. L’invitation dans votre agenda se met à jour d’elle-même.", "La nueva hora: {when}, con {host}. La invitación de su calendario se actualiza sola."),
    "cancelled_subject": ("Cancelled: {when}", "Abgesagt: {when}", "Annulé : {when}", "Anulada: {when}"),
    "cancelled": ("The meeting on {when} is cancelled. The entry in your calendar goes away by itself.", "Der Termin ist abgesagt: {when}. Der Eintrag in Ihrem Kalender verschwindet von selbst.", "Le rendez-vous est annulé : {when}. Il disparaît de votre agenda de lui-même.", "La reunión queda anulada: {when}. Desaparece sola de su calendario."),
    "zone_subject": ("The hour stays: {when}", "Die Uhrzeit bleibt: {when}", "L’heure ne change pas : {when}", "La hora no cambia: {when}"),
    "zone": ("The rules for the clock in {city} have changed. We still meet on {when}, with {host}, which is another moment than before ({before} UTC, now {now} UTC). The invitation in your calendar changes by itself.", "Die Regeln für die Uhrzeit in {city} haben sich geändert. Es bleibt bei {when}, mit {host}; das ist ein anderer Zeitpunkt als bisher ({before} UTC, jetzt {now} UTC). Die Einladung in Ihrem Kalender ändert sich von selbst.", "Les règles de l’heure à {city} ont changé. Nous gardons {when}, avec {host} ; c’est un autre moment qu’avant ({before} UTC, désormais {now} UTC). L’invitation dans votre agenda se met à jour d’elle-même.", "Las reglas horarias en {city} han cambiado. Mantenemos {when}, con {host}; es otro momento que antes ({before} UTC, ahora {now} UTC). La invitación de su calendario se actualiza sola."),
    "zone_change": ("If that does not suit you, move or cancel it here: {link}", "Wenn das nicht passt, können Sie den Termin hier verlegen oder absagen: {link}", "Si cela ne vous convient pas, vous pouvez le déplacer ou l’annuler ici : {link}", "Si no le viene bien, puede cambiarla o anularla aquí: {link}"),
    "counter_subject": ("We keep {when}", "Es bleibt bei {when}", "Nous gardons {when}", "Mantenemos {when}"),
    "counter": ("{other} does not work for us, I am sorry. We keep {when}, with {host}.", "{other} geht bei uns leider nicht. Es bleibt bei {when}, mit {host}.", "{other} n’est pas possible pour nous, désolé. Nous gardons {when}, avec {host}.", "{other} no nos es posible, lo siento. Mantenemos {when}, con {host}."),
    "counter_change": ("All times that are free, and the way to cancel, are here: {link}", "Alle freien Termine und die Absage finden Sie hier: {link}", "Tous les horaires libres, et de quoi annuler, sont ici : {link}", "Todas las horas libres, y cómo anular, están aquí: {link}"),
    "reminder_subject": ("Our meeting: {when}", "Unser Termin: {when}", "Notre rendez-vous : {when}", "Nuestra reunión: {when}"),
    "early": ("A short reminder: we meet on {when}, with {host}.", "Eine kurze Erinnerung an unseren Termin: {when}, mit {host}.", "Un petit rappel de notre rendez-vous : {when}, avec {host}.", "Un breve recordatorio de nuestra reunión: {when}, con {host}."),
    "today": ("Today we meet: {when}, with {host}.", "Heute ist unser Termin: {when}, mit {host}.", "C’est aujourd’hui : {when}, avec {host}.", "Nos vemos hoy: {when}, con {host}."),
    "tomorrow": ("Tomorrow we meet: {when}, with {host}.", "Morgen ist unser Termin: {when}, mit {host}.", "C’est demain : {when}, avec {host}.", "Nos vemos mañana: {when}, con {host}."),
    "in_an_hour": ("In an hour: {when}, with {host}.", "In einer Stunde: {when}, mit {host}.", "Dans une heure : {when}, avec {host}.", "Dentro de una hora: {when}, con {host}."),
    "soon": ("We meet soon: {when}, with {host}.", "Bald ist unser Termin: {when}, mit {host}.", "C’est bientôt : {when}, avec {host}.", "Nos vemos pronto: {when}, con {host}."),
    "asks": ("Does the time still suit you?\n- Yes: {link}\n- Another time: {link}#move\n- I cannot come: {link}#cancel", "Passt der Termin noch?\n- Ja: {link}\n- Ein anderer Termin: {link}#move\n- Ich kann nicht: {link}#cancel", "L’horaire vous convient-il toujours ?\n- Oui : {link}\n- Un autre horaire : {link}#move\n- Je ne peux pas venir : {link}#cancel", "¿Le sigue viniendo bien la hora?\n- Sí: {link}\n- Otra hora: {link}#move\n- No puedo asistir: {link}#cancel"),
    "something": ("If something came up: {link}", "Falls etwas dazwischengekommen ist: {link}", "En cas d’empêchement : {link}", "Si le ha surgido algo: {link}"),
    "again_subject": ("Another time for us", "Ein neuer Termin", "Un autre horaire pour nous", "Otra hora para nosotros"),
    "missed_guest": ("We missed each other on {when}. That happens; shall we find another time?", "Wir haben uns verpasst: {when}. Das kommt vor; finden wir einen neuen Termin?", "Nous nous sommes manqués : {when}. Cela arrive ; trouvons-nous un autre horaire ?", "No coincidimos: {when}. Son cosas que pasan; ¿buscamos otra hora?"),
    "missed_host": ("We were not there on {when}. That was our fault, and I am sorry. May we find another time?", "Wir waren nicht da: {when}. Das war unser Fehler, und es tut mir leid. Dürfen wir einen neuen Termin finden?", "Nous n’étions pas là : {when}. C’est notre faute, et je vous prie de nous en excuser. Pouvons-nous trouver un autre horaire ?", "No estuvimos allí: {when}. Fue culpa nuestra y lo siento. ¿Podemos buscar otra hora?"),
    "missed_technical": ("The line failed us on {when}. Shall we find another time?", "Die Leitung hat uns im Stich gelassen: {when}. Finden wir einen neuen Termin?", "La ligne nous a fait défaut : {when}. Trouvons-nous un autre horaire ?", "Nos falló la línea: {when}. ¿Buscamos otra hora?"),
    "free": ("These are free:\n{times}", "Diese Zeiten sind frei:\n{times}", "Ces horaires sont libres :\n{times}", "Estas horas están libres:\n{times}"),
    "one_click": ("One click here: {link}", "Ein Klick genügt: {link}", "Un clic suffit : {link}", "Basta un clic: {link}"),
    "along_subject": ("Invitation: {when}", "Einladung: {when}", "Invitation : {when}", "Invitación: {when}"),
    "along": ("{guest} asks you to join: {when}, {minutes} minutes, with {whom}. The invitation goes into your calendar by itself.", "{guest} bittet Sie dazu: {when}, {minutes} Minuten, mit {whom}. Die Einladung kommt von selbst in Ihren Kalender.", "{guest} vous propose de vous joindre : {when}, {minutes} minutes, avec {whom}. L’invitation se place d’elle-même dans votre agenda.", "{guest} le invita a unirse: {when}, {minutes} minutos, con {whom}. La invitación entra sola en su calendario."),
    "along_off": ("The meeting on {when} with {whom} is cancelled.", "Der Termin mit {whom} ist abgesagt: {when}.", "Le rendez-vous avec {whom} est annulé : {when}.", "La reunión con {whom} queda anulada: {when}."),
    "and": ("{one} and {other}", "{one} und {other}", "{one} et {other}", "{one} y {other}"),
}  # fmt: skip


def say(key: str, language: str, **values: object) -> str:
    """One sentence in a language of the booking pages; English where it is none of them."""
    column = list(LANGUAGES).index(language) if language in LANGUAGES else 0
    return _ROWS[key][column].format(**values)


def keys() -> list[str]:
    return list(_ROWS)


def moment(local: datetime, zone: str, language: str = "en") -> str:
    """`Tue 16 June, 14:30 (Europe/Berlin)`, `Di, 16. Juni, 14:30 Uhr (…)`, `mar 16 juin, 14:30 (…)`, `mar 16 de junio, 14:30 (…)`."""
    language = language if language in LANGUAGES else "en"
    day, month = SHORT_DAYS[language][local.weekday()], MONTHS[language][local.month - 1]
    date = {"de": f"{day}, {local.day}. {month}", "es": f"{day} {local.day} de {month}"}
    hour = f"{local:%H:%M} Uhr" if language == "de" else f"{local:%H:%M}"
    return f"{date.get(language, f'{day} {local.day} {month}')}, {hour} ({zone})"
