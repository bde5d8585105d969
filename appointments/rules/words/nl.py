"""What Dutch replies say."""

PHRASES = {
    "neutral": """
niet afmelden
geen probleem
geen zorgen
(haal|schrijf|meld|verwijder|schrap) (me|mij|ons) (nog|vooral|aub|) niet (uit|van|af|)
(haal|verwijder|schrap) (me|mij|ons) (nog|vooral|aub|) niet (uit|van) (je|uw|jullie|de|deze) (lijst|mailinglijst|bestand|database)
(in de|de|uw|je|mijn|onze) (spambox|spamfilter|spam map|spam folder)
""",
    "bounce": """
kon niet (worden|) (bezorgd|afgeleverd)
""",
    "unsubscribe": """
(uitschrijven|afmelden|schrijf me uit|meld me af|uitschrijving|afmelding)
(schrijf|meld|haal|verwijder|schrap|wis) (mij|me|ons|mijn|onze|dit|alle) …
(uit|van) (uw|jullie|je|de|deze) (lijst|mailinglijst|bestand|database|maillijst|verzendlijst|adressenbestand)
(geen) (mails|mail|e-mails|berichten|reclame|mailtjes|e-mail) meer
(geen) … meer … (ontvangen|krijgen|sturen|toesturen)
niet (meer|langer|nog eens|opnieuw) (mailen|benaderen|contacteren|schrijven|benaderd|lastigvallen|lastig vallen|bellen|sturen)
(stop|hou op|houd op) (met|hiermee|ermee|nu|a.u.b|aub)
(laat|laten) (me|mij|ons) met rust
(verwijder|wis) … (gegevens|adres|data)
(recht op|maak bezwaar|bezwaar tegen) (vergetelheid|verwijdering|inzage|het gebruik|verwerking|)
(artikel|art) (15|17|21)
(advocaat|juridische stappen|autoriteit persoonsgegevens|klacht indienen|doe aangifte|aangifte doen)
(dit|dat) is spam
(ongevraagde|ongewenste) (mail|mails|e-mail|e-mails|reclame|berichten)
~spam
~stop
""",
    "left_company": """
(niet meer|niet langer) (werkzaam|in dienst|bij|actief|verbonden) …
(werkt|werk) (niet meer|hier niet meer|niet langer) …
(heeft|heb) (ons|het bedrijf|de organisatie|onze organisatie) … verlaten
~(uit dienst|met pensioen|gepensioneerd|overleden)
""",
    "out_of_office": """
(niet op|niet in|afwezig van|uit) (kantoor|het kantoor)
(met|op) (vakantie|verlof|zwangerschapsverlof|ouderschapsverlof|zakenreis)
(afwezig|afwezigheid)
(weer|terug) (op kantoor|aanwezig|bereikbaar)
(beperkt|niet|slecht) (bereikbaar|beschikbaar)
(ziek|ziekgemeld|met ziekteverlof)
(kantoor|bedrijf) is gesloten
""",
    "auto_reply": """
(automatisch|automatische) (antwoord|bericht|gegenereerd|reactie|e-mail|ontvangstbevestiging)
(wij hebben|we hebben|hebben) uw (bericht|mail|e-mail|aanvraag|vraag) … ontvangen
uw (bericht|aanvraag|vraag|melding) is (ontvangen|geregistreerd)
(ticketnummer|zaaknummer|meldingsnummer|leesbevestiging|ontvangstbevestiging)
(mailbox|adres|postvak) wordt niet (gelezen|beheerd|meer gebruikt|gemonitord)
(mijn|ons) nieuwe (e-mailadres|mailadres|adres)
""",
    "meeting_request": """
(afspraak|gesprek|call|meeting|overleg|demo) (inplannen|maken|plannen|prikken|op|volgende|maandag|dinsdag|woensdag|donderdag|vrijdag|is goed|verzetten)
(een|die|de) (afspraak|belafspraak|kennismaking|telefoongesprek|demo|videocall) …
~(bel|bellen) (me|mij|ons|gerust|maar|even) …
(kunnen|zullen|laten) we (even|eens|dan|) (bellen|afspreken|praten|spreken|inplannen|overleggen|een)
(komt|past|schikt|komt het) (mij|me|ons|goed|prima|dinsdag|uit) …
(maandag|dinsdag|woensdag|donderdag|vrijdag) … (past|schikt|kan ik|komt|lukt|is goed|om)
wanneer (kunt|kan|schikt|past|komt|heeft|kunnen) …
(stuur|stuurt) (me|mij|maar|gerust|u|) … (uitnodiging|agendaverzoek|invite)
(ben|heb) (ik|) … (beschikbaar|tijd|vrij) (op|om|maandag|dinsdag|woensdag|donderdag|vrijdag|morgen)
(mijn nummer|mijn mobiel|mijn telefoonnummer)
(tot|spreek je) (dan|dinsdag|maandag|woensdag|donderdag|vrijdag|morgen)
~afspraak
~bellen
""",
    "referral": """
(neem|neemt|kunt|kan) (u|je|) (contact op|contact opnemen|het beste contact|terecht) (met|bij) …
(gaat|doet|regelt|behandelt|beheert) (hierover|daarover|dit|dat|deze|hier over) …
(is|zijn) (hiervoor|daarvoor|hier|voor) (verantwoordelijk|de juiste|de aangewezen|dit) …
(verantwoordelijk|aanspreekpunt|contactpersoon) (is|voor|hiervoor|daarvoor) …
(juiste|aangewezen|beste) (persoon|contactpersoon|aanspreekpunt|collega) (is|hiervoor) …
(stuur|heb|zet|ik stuur) … (doorgestuurd|door naar|doorgezet|door aan|doorgegeven)
~(doorgestuurd|doorgezet|doorgegeven|doorsturen)
~(in cc|in de cc|in kopie)
mijn collega … (gaat|is|kan|regelt|over|verantwoordelijk)
""",
    "wrong_person": """
(niet de|verkeerde|onjuiste) (juiste persoon|juiste|persoon|contactpersoon|afdeling|adres|contact)
(ga|gaat) (ik|) (hier|daar) niet over
(niet mijn|niets mee) (afdeling|verantwoordelijkheid|vakgebied|te maken|gebied|terrein)
(verwart|vergist) (mij|u|zich)
""",
    "not_now": """
~(nu|momenteel|op dit moment|voorlopig|vooralsnog) (niet|geen|even niet|nog niet|is het)
niet (nu|op dit moment|het juiste moment|het goede moment|aan de orde|dit jaar|dit kwartaal)
(neem|mail|bel|benader|kom|probeer|stuur|vraag) … (over|na|in|later|volgend|begin|eind|vanaf|rond) (een paar|twee|drie|zes|de zomer|januari|februari|maart|april|mei|juni|juli|augustus|september|oktober|november|december|jaar|kwartaal|het|nog|weer|contact|2|3|6) …
(volgend|komend|in het nieuwe) (jaar|kwartaal|najaar|voorjaar)
(na de|na het) (zomer|vakantie|jaareinde|kwartaal)
(te druk|erg druk|heel druk|geen tijd)
geen prioriteit
~later
~momenteel
""",
    "objection_price": """
(te|veel te|erg) (duur|kostbaar|prijzig)
(geen|niet het|onvoldoende|beperkt) budget
budget is (op|bevroren|vergeven|beperkt)
(bezuinigingen|bezuinigen|budgetstop)
(prijs|prijzen|kosten) (is|zijn) … (hoog|te)
(goedkoper)
~budget
~prijs
""",
    "objection_competitor": """
(hebben|werken|gebruiken|zijn|heb|maken) (we|wij|) (al|reeds) …
(al|reeds) (een|voorzien|met|een vaste|tevreden|in gebruik) …
tevreden (met|over) (onze|ons|de|het|wat)
(andere|huidige|vaste|onze) (leverancier|aanbieder|partij|partner|oplossing)
(doen|maken|regelen) (we|wij|dit|dat) (dit|dat|het|) (zelf|intern|in eigen beheer|inhouse)
(net|zojuist|pas) … (getekend|gekozen|overgestapt|verlengd)
(contract) (loopt|tot|met)
""",
    "objection_authority": """
(hoofdkantoor|directie|bestuur|moederbedrijf|raad van bestuur|groep) (beslist|bepaalt|besluit|gaat|moet)
(beslist|bepaald|besloten) (door|op) (het|de|ons|onze) (hoofdkantoor|directie|bestuur|moederbedrijf|groep)
(niet|kan ik niet) (beslissen|beslissingsbevoegd|bevoegd|mijn beslissing)
(aanbesteding|aanbesteden)
""",
    "objection_other": """
te (klein|groot)
(past|werkt|voldoet) niet (bij|voor|in|aan)
(niet) (geschikt|compatibel|relevant|toepasbaar|overtuigd)
slechte (ervaring|ervaringen)
(sceptisch|twijfel|beveiligingseisen|veiligheidsbeleid)
""",
    "not_interested": """
geen (interesse|behoefte|belangstelling)
niet geïnteresseerd
(nee|neen), (dank|bedankt|dank je|dank u)
(hebben|heb) (we|ik|) (dit|het|dat|) niet nodig
(niets|niet) voor (ons|mij)
(zien|zie) (we|ik|) (er|hier|) (van af|vanaf)
""",
    "question": """
(wat|hoeveel) (kost|kosten|zijn|is|bedoelt|houdt|maakt|doet) …
hoe (werkt|komt|komen|lang|veel|zit|kan|gaat|verhoudt) …
(kunt|kan|kun) (u|je) (mij|me|ons|) (vertellen|uitleggen|toelichten|aangeven|zeggen)
(is|zijn|heeft|hebben|kunnen|ondersteunt|werkt) (het|jullie|dit|u|er) … (integratie|koppeling|mogelijk|koppelen|gecertificeerd|referenties|ervaring|avg)
(waar|hoe) (heeft|heb|hebben|komt) (u|je|jullie) (mijn|aan)
welke (kosten|klanten|referenties|systemen|voordelen)
(een|nog een|enkele|paar) (vraag|vragen)
~vraag
""",
    "interested": """
niet ongeïnteresseerd
(klinkt|lijkt|is|vind) (me|mij|erg|heel|best|) (interessant|goed, stuur|leuk)
(ben|zijn) (ik|we|wij|) (zeker|erg|wel|) geïnteresseerd
(interesse) (in|hebben|heb|om)
(stuur|mail|zend) (me|mij|ons|maar|gerust|u|) … (informatie|info|brochure|documentatie|presentatie|details)
meer (informatie|info|weten|details|horen)
(ja|graag|zeker), (graag|stuur|prima)
~interessant
~graag
""",
    "other": """
~bedankt
~dank
""",
    "legal": """
(advocaat|juridische stappen|autoriteit persoonsgegevens|aangifte|rechtszaak)
(artikel|art) (15|17|21)
recht op (vergetelheid|verwijdering|inzage)
""",
    "hostile": """
(klootzak|kut|rot op|flikker op|idioot|schandalig|oplichters)
""",
    "complaint": """
(meld|melden|rapporteer|gemeld) … (spam|autoriteit)
klacht (indienen|in)
""",
    "company": """
(alle|al onze) (adressen|medewerkers|collega's|mailadressen)
(hele|gehele) (bedrijf|domein|organisatie)
niemand (hier|bij ons)
""",
}
