"""What people and machines write back in the demonstration world, by label and language.

Fields: {sdr} our first name, {me} the writer's first name, {colleague} {colleague_first} {colleague_email} someone
else at the account, {day} a weekday, {back} the first day back, {month} a month to come, {company} their company.
"""

# A letter's line is as long as its sentence.

from appointments.demo.names import words

REPLIES: dict[str, dict[str, list[str]]] = {
    "meeting_request": {
        "en": [
            "Hi {sdr},\n\nTuesday works, can you send an invite?\n\n{me}",
            "Hi {sdr},\n\nHappy to talk. {day} after 14:00 works for me, or any morning the week after. Could you send an invitation?\n\nRegards\n{me}",
            "Yes, let's have a call. Half an hour next {day} would be fine, I am at my desk until five.\n\n{me}",
            "Could we say {day} at 10:30? Please send me an invite for a short call.\n\nBest\n{me}",
            "Send me a couple of times for a call next week and I will pick one.\n\n{me}",
        ],
        "de": [
            "Guten Tag,\n\ngern, lassen Sie uns telefonieren. {day} um 10 Uhr passt mir gut, können Sie mir eine Einladung schicken?\n\nMit freundlichen Grüßen\n{me}",
        ],
        "fr": [
            "Bonjour {sdr},\n\nOui, volontiers pour un appel. Pouvez-vous m'envoyer une invitation pour la semaine prochaine ?\n\nCordialement\n{me}",
        ],
        "nl": [
            "Beste {sdr},\n\nPrima, laten we bellen. Kun je me een uitnodiging sturen voor volgende week?\n\nGroet\n{me}",
        ],
        "es": [
            "Hola {sdr}:\n\nDe acuerdo, hablemos. ¿Puede enviarme una invitación para una llamada la semana que viene?\n\nSaludos\n{me}",
        ],
        "it": [
            "Buongiorno {sdr},\n\nvolentieri, sentiamoci. Può mandarmi un invito per una chiamata la prossima settimana?\n\nCordiali saluti\n{me}",
        ],
    },
    "interested": {
        "en": [
            "Hi {sdr},\n\nThis sounds interesting, please send me more information.\n\n{me}",
            "That is something we have been meaning to look at. Can you send some material I can pass round?\n\nThanks\n{me}",
            "Interesting. Please send over a brochure, I would like to know more.\n\n{me}",
        ],
        "de": [
            "Guten Tag,\n\ndas klingt interessant, bitte schicken Sie mir mehr Informationen.\n\nViele Grüße\n{me}",
        ],
        "fr": ["Bonjour,\n\nCela m'intéresse, pouvez-vous m'envoyer une documentation ?\n\n{me}"],
        "nl": ["Hallo {sdr},\n\nKlinkt interessant, stuur me graag meer informatie.\n\n{me}"],
        "it": ["Buongiorno,\n\nmi interessa, può inviarmi maggiori informazioni?\n\n{me}"],
    },
    "question": {
        "en": [
            "Does it work with transcritical CO2 plants, or only HFC?\n\n{me}",
            "What does this cost for three sites, and is the sensor calibration included?\n\n{me}",
            "Hi {sdr}, where did you get my address from, and who else in our trade uses this?\n\n{me}",
            "Can the logbook export what our inspector asks for? How long are the readings kept?\n\nRegards\n{me}",
        ],
        "de": ["Guten Tag,\n\nwas kostet das für vier Standorte, und ist die Kalibrierung enthalten?\n\n{me}"],
        "es": ["Buenos días:\n\n¿Cuánto cuesta para dos plantas y qué incluye?\n\n{me}"],
    },
    "referral": {
        "en": [
            "Hi {sdr},\n\nNot mine to decide. Please talk to {colleague}, who looks after this: {colleague_email}\n\n{me}",
            "You should contact {colleague} ({colleague_email}) about this, they are in charge of it here.\n\nRegards\n{me}",
            "I have forwarded your mail to our facilities department, they handle suppliers.\n\n{me}",
        ],
        "de": [
            "Guten Tag,\n\nbitte wenden Sie sich an {colleague} ({colleague_email}), dafür ist bei uns die Technik zuständig.\n\n{me}",
        ],
        "fr": ["Bonjour,\n\nC'est {colleague} qui s'en occupe : {colleague_email}. Contactez directement.\n\n{me}"],
        "nl": ["Beste {sdr},\n\nHiervoor moet je bij {colleague} zijn: {colleague_email}\n\nGroet\n{me}"],
    },
    "wrong_person": {
        "en": [
            "I think you have the wrong person, this is not my area.\n\n{me}",
            "I run the shops, not the plant. I am not the right person for this.\n\n{me}",
        ],
        "de": ["Guten Tag,\n\nich bin dafür nicht der richtige Ansprechpartner.\n\n{me}"],
    },
    "not_now": {
        "en": [
            "Nothing planned this year. Get back to me in {month}, please.\n\n{me}",
            "Bad timing, we are in the middle of an audit. Try me again next quarter.\n\n{me}",
            "Not right now. We are moving plants; maybe later in the year.\n\n{me}",
        ],
        "de": ["Guten Tag,\n\nim Moment passt es nicht, melden Sie sich bitte im {month} wieder.\n\n{me}"],
        "es": ["Hola:\n\nAhora no es buen momento, vuelva a escribirme en {month}.\n\n{me}"],
    },
    "objection_price": {
        "en": [
            "There is no budget for this, we have a spending freeze until the new year.\n\n{me}",
            "Looked at it, too expensive for us.\n\n{me}",
        ],
        "fr": ["Bonjour,\n\nNous n'avons pas de budget pour cela, c'est trop cher pour nous.\n\n{me}"],
    },
    "objection_competitor": {
        "en": [
            "We are with another supplier for this and quite happy.\n\n{me}",
            "We already use a system for that, our refrigeration contractor provides it.\n\n{me}",
        ],
        "nl": ["Hallo,\n\nWe werken al met een andere leverancier en zijn tevreden.\n\n{me}"],
        "de": ["Guten Tag,\n\nwir haben bereits einen Anbieter dafür und sind zufrieden.\n\n{me}"],
    },
    "objection_authority": {
        "en": [
            "I cannot decide that, purchases like this are made at headquarters.\n\n{me}",
            "That is not my decision, the board decides on anything of this kind.\n\n{me}",
        ],
        "it": ["Buongiorno,\n\nnon posso decidere io, decide la sede centrale.\n\n{me}"],
    },
    "objection_other": {
        "en": [
            "We are too small for that, two rooms and a fridge.\n\n{me}",
            "Our security people do not allow sensors from outside on the network.\n\n{me}",
        ],
    },
    "not_interested": {
        "en": [
            "Not interested, thanks.\n\n{me}",
            "No thank you, this is not for us.\n\n{me}",
            "Thanks, but we have no need for this.\n\n{me}",
        ],
        "de": ["Kein Interesse, danke.\n\n{me}"],
        "fr": ["Merci, mais nous ne sommes pas intéressés.\n\n{me}"],
        "es": ["Gracias, pero no nos interesa.\n\n{me}"],
        "it": ["Grazie, ma non siamo interessati.\n\n{me}"],
    },
    "unsubscribe": {
        "en": [
            "Please remove me from your list.\n\n{me}",
            "Stop emailing me, please.\n\n{me}",
            "Do not contact anyone at {company} again and delete our data.\n\n{me}",
        ],
        "de": ["Bitte keine weiteren E-Mails, nehmen Sie mich aus dem Verteiler.\n\n{me}"],
        "fr": ["Merci de me désinscrire de votre liste.\n\n{me}"],
    },
    "left_company": {
        "en": [
            "{me} is no longer with the company. Please update your records.",
            "I have left {company}, so please take this up with someone there.\n\n{me}",
        ],
        "de": ["{me} ist nicht mehr im Unternehmen tätig."],
    },
    "out_of_office": {
        "en": [
            "I am out of the office until {back} with limited access to e-mail.\n\nIn urgent cases please contact {colleague} ({colleague_email}).\n\n{me}",
            "Thank you for your message. I am on annual leave and will be back on {back}.\n\n{me}",
        ],
        "de": [
            "Ich bin bis {back} nicht im Büro. In dringenden Fällen wenden Sie sich bitte an {colleague_email}.\n\n{me}"
        ],
        "fr": ["Je suis absent du bureau jusqu'au {back}.\n\n{me}"],
        "nl": ["Ik ben afwezig tot {back}.\n\n{me}"],
    },
    "auto_reply": {
        "en": [
            "Thank you for contacting {company}. Your request has been received and given the number {number}. We will come back to you.",
            "This mailbox is not monitored. Please do not reply to this message.",
        ],
        "de": ["Vielen Dank für Ihre Nachricht. Ihre Anfrage wurde unter der Nummer {number} erfasst."],
    },
    "other": {
        "en": ["Thanks.\n\n{me}", "Ha, good subject line.\n\n{me}", "Noted.\n\nSent from my phone"],
    },
}

# What a guest says once times were offered, and what an answered question leads to.
ACCEPTS = [
    "Hi {sdr},\n\nThe second time works for me, please send the invite.\n\n{me}",
    "Thanks {sdr}. Clear answer, let's have a call about it next week, can you send an invite?\n\n{me}",
    "Good, that helps. Could we talk on {day}? An invite would be great.\n\n{me}",
]

# What setters write; the first word of the playbook is theirs.
ANSWERS = [
    "Hi {first},\n\nThank you, gladly. Three times are below; one call is enough to see all your sites in one logbook.",
    "Hi {first},\n\nGood question. Yes: the logbook takes any refrigerant, and the readings stay yours for ten years.",
    "Hi {first},\n\nThank you for writing back. Here is the short version, and I am happy to show it live.",
]

CLOSING_ANSWERS = {
    "objection_price": "Hi {first},\n\nUnderstood. Most sites earn it back with the second leak they catch; I will leave it there.",
    "objection_competitor": "Hi {first},\n\nUnderstood, no reason to change a running system. May I ask again before it renews?",
    "objection_authority": "Hi {first},\n\nThank you for saying so. I will not write to the board uninvited.",
    "objection_other": "Hi {first},\n\nThank you for the plain words. The gateway needs no place on your network; I can send the drawing.",
    "not_interested": "Hi {first},\n\nThank you for the clear answer. I will leave you in peace.",
    "other": "Hi {first},\n\nThank you for writing back.",
}

NOTES = [
    "Rang the switchboard: deliveries until eleven, best reached after lunch.",
    "Their inspection is in the autumn; wants it settled before.",
    "Two plants share one maintenance crew, so one logbook is the point.",
    "Prefers to see the export before talking about price.",
    "The front desk keeps a supplier list and reviews it once a quarter.",
    "Met at the trade fair; remembered the leak-check checklist.",
]

REFUSALS = [
    "Too early: no project and no date.",
    "Nobody with a budget in the call.",
    "One site only, below our smallest plan.",
]
CANCELLATIONS = [
    "They chose to do it themselves.",
    "The project was stopped.",
    "Could not find a new time this quarter.",
]

MONTHS: dict[str, tuple[str, ...]] = {
    "en": words("January February March April May June July August September October November December"),
    "de": words("Januar Februar März April Mai Juni Juli August September Oktober November Dezember"),
    "es": words("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"),
}
DAYS: dict[str, tuple[str, ...]] = {
    "en": words("Monday Tuesday Wednesday Thursday Friday"),
    "de": words("Montag Dienstag Mittwoch Donnerstag Freitag"),
}
