"""What a guest reads on the booking pages, in four languages; days and months included."""

import datetime as dt

LANGUAGES = {"en": "English", "de": "Deutsch", "fr": "Français", "es": "Español"}

_ROWS: dict[str, tuple[str, str, str, str]] = {
    # key: en, de, fr, es
    "title": ("Choose a time with {host}", "Einen Termin mit {host} wählen", "Choisir un horaire avec {host}", "Elija una hora con {host}"),
    "title_any": ("Choose a time", "Einen Termin wählen", "Choisir un horaire", "Elija una hora"),
    "greeting": ("{minutes} minutes, {name}?", "{minutes} Minuten, {name}?", "{minutes} minutes, {name} ?", "¿{minutes} minutos, {name}?"),
    "greeting_any": ("Choose a time", "Wählen Sie einen Termin", "Choisissez un horaire", "Elija una hora"),
    "asked_by": ("{by} asked {host} to meet you.", "{by} hat {host} gebeten, Sie zu treffen.", "{by} a proposé un rendez-vous avec {host}.", "{by} ha pedido a {host} que se reúna con usted."),
    "minutes": ("{n} minutes", "{n} Minuten", "{n} minutes", "{n} minutos"),
    "same_link": ("Move or cancel with one link", "Mit einem Link verschieben oder absagen", "Déplacer ou annuler avec un seul lien", "Cambiar o anular con un solo enlace"),
    "video": ("Video call", "Videogespräch", "Appel vidéo", "Videollamada"),
    "zone": ("Time zone", "Zeitzone", "Fuseau horaire", "Zona horaria"),
    "zone_now": ("{zone}, now {hour}", "{zone}, jetzt {hour}", "{zone}, il est {hour}", "{zone}, son las {hour}"),
    "change_zone": ("Show in this zone", "In dieser Zone zeigen", "Afficher dans ce fuseau", "Mostrar en esta zona"),
    "language": ("Language", "Sprache", "Langue", "Idioma"),
    "day": ("Day", "Tag", "Jour", "Día"),
    "time": ("Time", "Uhrzeit", "Heure", "Hora"),
    "offered": ("Offered to you", "Ihnen vorgeschlagen", "Proposés pour vous", "Propuestas para usted"),
    "more_times": ("More times", "Weitere Zeiten", "Autres horaires", "Más horas"),
    "no_times": ("There is no free time in the next days. Answer the message this link came with, and we will find one.", "In den nächsten Tagen ist nichts frei. Antworten Sie auf die Nachricht mit diesem Link, dann finden wir einen Termin.", "Aucun horaire n’est libre ces prochains jours. Répondez au message qui contenait ce lien, et nous en trouverons un.", "No hay horas libres en los próximos días. Responda al mensaje que traía este enlace y encontraremos una."),
    "your_name": ("Your name", "Ihr Name", "Votre nom", "Su nombre"),
    "your_email": ("Your e-mail address", "Ihre E-Mail-Adresse", "Votre adresse e-mail", "Su correo electrónico"),
    "email_help": ("The invitation goes here, and nothing else.", "Hierhin geht die Einladung, sonst nichts.", "L’invitation y sera envoyée, rien d’autre.", "Aquí llega la invitación y nada más."),
    "note": ("Anything we should know?", "Sollen wir etwas vorab wissen?", "Quelque chose à nous signaler ?", "¿Algo que debamos saber?"),
    "optional": ("optional", "freiwillig", "facultatif", "opcional"),
    "book": ("Book this time", "Diesen Termin buchen", "Réserver cet horaire", "Reservar esta hora"),
    "book_at": ("Book {when}", "{when} buchen", "Réserver {when}", "Reservar {when}"),
    "no_account": ("No account needed. You can move or cancel at any time.", "Kein Konto nötig. Sie können jederzeit verschieben oder absagen.", "Aucun compte nécessaire. Vous pouvez déplacer ou annuler à tout moment.", "No hace falta cuenta. Puede cambiar o anular cuando quiera."),
    "taken": ("{time} was taken while you were reading.", "{time} wurde vergeben, während Sie lasen.", "{time} vient d’être pris pendant votre lecture.", "Las {time} se ocuparon mientras leía."),
    "taken_any": ("This time is gone.", "Dieser Termin ist vergeben.", "Cet horaire n’est plus libre.", "Esta hora ya no está libre."),
    "nearest": ("Nothing is lost: these are free and close to it.", "Nichts ist verloren: diese Termine liegen nahe daran und sind frei.", "Rien n’est perdu : voici les horaires libres les plus proches.", "No se ha perdido nada: estas horas cercanas están libres."),
    "pick_one": ("Choose a time first.", "Bitte zuerst einen Termin wählen.", "Choisissez d’abord un horaire.", "Elija primero una hora."),
    "need_name": ("Please tell us your name.", "Bitte nennen Sie Ihren Namen.", "Indiquez votre nom.", "Indique su nombre."),
    "need_email": ("This does not look like an e-mail address.", "Das sieht nicht wie eine E-Mail-Adresse aus.", "Cela ne ressemble pas à une adresse e-mail.", "Esto no parece una dirección de correo."),
    "need_answer": ("Please answer this.", "Bitte beantworten Sie das.", "Répondez à cette question.", "Responda a esta pregunta."),
    "look_again": ("Almost there. Please look at what is marked below.", "Fast geschafft. Bitte sehen Sie sich an, was unten markiert ist.", "Presque terminé. Regardez ce qui est signalé ci-dessous.", "Ya casi está. Revise lo que está marcado abajo."),
    "guests": ("Who else should come?", "Wer soll noch dabei sein?", "Qui d’autre doit venir ?", "¿Quién más debería venir?"),
    "guests_help": ("E-mail addresses, one a line, at most {n}. They get the invitation, nothing else.", "E-Mail-Adressen, eine je Zeile, höchstens {n}. Sie bekommen die Einladung, sonst nichts.", "Adresses e-mail, une par ligne, {n} au plus. Elles recevront l’invitation, rien d’autre.", "Direcciones de correo, una por línea, {n} como máximo. Recibirán la invitación y nada más."),
    "need_guests": ("These should be e-mail addresses, at most {n}.", "Das sollten E-Mail-Adressen sein, höchstens {n}.", "Il faut des adresses e-mail, {n} au plus.", "Deben ser direcciones de correo, {n} como máximo."),
    "slow": ("One moment, please", "Einen Moment, bitte", "Un instant, s’il vous plaît", "Un momento, por favor"),
    "slow_do": ("That was many tries in a short time. Wait a minute, then it works again.", "Das waren viele Versuche in kurzer Zeit. Warten Sie eine Minute, dann geht es wieder.", "Cela fait beaucoup d’essais en peu de temps. Attendez une minute, puis réessayez.", "Han sido muchos intentos en poco tiempo. Espere un minuto y vuelva a probar."),
    "and_also": ("Also invited", "Ebenfalls eingeladen", "Également invités", "También invitados"),
    "booked": ("It is booked", "Der Termin steht", "C’est réservé", "Está reservado"),
    "booked_lead": ("The invitation is on its way to {email}.", "Die Einladung ist unterwegs an {email}.", "L’invitation est en route vers {email}.", "La invitación va de camino a {email}."),
    "booked_before": ("You have booked already: this is the time that stands. You can move it below.", "Sie haben schon gebucht: Dieser Termin gilt. Sie können ihn unten verlegen.", "Vous avez déjà réservé : cet horaire est le bon. Vous pouvez le déplacer ci-dessous.", "Ya ha reservado: esta es la hora que vale. Puede cambiarla más abajo."),
    "your_meeting": ("Your meeting", "Ihr Termin", "Votre rendez-vous", "Su reunión"),
    "with": ("With", "Mit", "Avec", "Con"),
    "when": ("When", "Wann", "Quand", "Cuándo"),
    "where": ("Where", "Wo", "Où", "Dónde"),
    "how_long": ("How long", "Dauer", "Durée", "Duración"),
    "state": ("State", "Stand", "État", "Estado"),
    "confirmed": ("You said you will come. Thank you.", "Sie haben zugesagt. Danke.", "Vous avez confirmé. Merci.", "Ha confirmado que vendrá. Gracias."),
    "confirm_question": ("Does this still suit you?", "Passt es noch?", "Cela vous convient-il toujours ?", "¿Le sigue viniendo bien?"),
    "confirm": ("Yes, I will be there", "Ja, ich bin dabei", "Oui, je serai là", "Sí, allí estaré"),
    "move": ("Move to another time", "Auf einen anderen Termin legen", "Déplacer", "Cambiar la hora"),
    "move_do": ("Move it here", "Hierhin verlegen", "Déplacer à cet horaire", "Cambiar a esta hora"),
    "moved": ("It has moved", "Der Termin ist verlegt", "C’est déplacé", "Se ha cambiado"),
    "cancel": ("I cannot make it", "Ich kann nicht", "Je ne peux pas venir", "No puedo asistir"),
    "cancel_do": ("Cancel the meeting", "Termin absagen", "Annuler le rendez-vous", "Anular la reunión"),
    "keep": ("Keep it", "Dabei bleiben", "Le garder", "Mantenerla"),
    "cancel_why": ("Would you tell us why?", "Sagen Sie uns, warum?", "Pouvez-vous nous dire pourquoi ?", "¿Nos dice por qué?"),
    "cancelled": ("The meeting is cancelled", "Der Termin ist abgesagt", "Le rendez-vous est annulé", "La reunión está anulada"),
    "cancelled_lead": ("Nothing else to do. If another time suits you better, answer our message.", "Sie müssen nichts weiter tun. Wenn ein anderer Termin besser passt, antworten Sie auf unsere Nachricht.", "Il n’y a rien d’autre à faire. Si un autre horaire vous convient, répondez à notre message.", "No tiene que hacer nada más. Si prefiere otra hora, responda a nuestro mensaje."),
    "over": ("This meeting is over.", "Dieser Termin ist vorbei.", "Ce rendez-vous est passé.", "Esta reunión ya ha pasado."),
    "broken": ("This link does not work", "Dieser Link funktioniert nicht", "Ce lien ne fonctionne pas", "Este enlace no funciona"),
    "broken_do": ("It may have been cut off when it was copied, or it is too old. Answer the message it came with, and we will send a new one.", "Vielleicht wurde er beim Kopieren abgeschnitten, oder er ist zu alt. Antworten Sie auf die Nachricht, dann senden wir einen neuen.", "Il a peut-être été coupé lors de la copie, ou il est trop ancien. Répondez au message, et nous en enverrons un nouveau.", "Quizá se cortó al copiarlo o es demasiado antiguo. Responda al mensaje y le enviaremos uno nuevo."),
    "today": ("today", "heute", "aujourd’hui", "hoy"),
    "not_saved": ("That did not work. Nothing was changed.", "Das hat nicht geklappt. Es wurde nichts geändert.", "Cela n’a pas fonctionné. Rien n’a été modifié.", "No ha funcionado. No se ha cambiado nada."),
}  # fmt: skip

DAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "de": ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
}
SHORT_DAYS = {
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "de": ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"),
    "fr": ("lun", "mar", "mer", "jeu", "ven", "sam", "dim"),
    "es": ("lun", "mar", "mié", "jue", "vie", "sáb", "dom"),
}
MONTHS = {
    "en": "January February March April May June July August September October November December".split(),
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split(),
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split(),
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split(),
}


def choose(*wishes: str) -> str:
    """The first of the wished languages that we speak (`de`, `de-AT`), else English."""
    for wish in wishes:
        code = (wish or "").replace("_", "-").split("-")[0].lower()
        if code in LANGUAGES:
            return code
    return "en"


def accepted(header: str) -> list[str]:
    """The languages of an Accept-Language header, best first (RFC 9110 §12.5.4)."""
    ranked = []
    for order, part in enumerate(header.split(",")[:12]):
        code, _, quality = part.strip().partition(";q=")
        try:
            ranked.append((-float(quality or 1), order, code))
        except ValueError:
            continue
    return [code for _, _, code in sorted(ranked) if code]


def table(language: str) -> dict[str, str]:
    """Every word of one language by its key; what holds a value is formatted by the view."""
    column = list(LANGUAGES).index(language)
    return {key: row[column] for key, row in _ROWS.items()}


def long_day(date: dt.date, language: str) -> str:
    """`Tuesday 16 June`, `Dienstag, 16. Juni`, `mardi 16 juin`, `martes 16 de junio`."""
    day, month = DAYS[language][date.weekday()], MONTHS[language][date.month - 1]
    if language == "de":
        return f"{day}, {date.day}. {month}"
    return f"{day} {date.day} {'de ' if language == 'es' else ''}{month}"


def moment(local: dt.datetime, language: str) -> str:
    """`Tuesday 16 June, 14:30` in the zone the moment carries."""
    return f"{long_day(local.date(), language)}, {local:%H:%M}"
