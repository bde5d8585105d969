"""What German replies say."""

PHRASES = {
    "neutral": """
nicht abmelden
keine ahnung
kein problem
keine sorge
(bitte|) nicht (löschen|austragen|abbestellen|streichen|entfernen)
(nehmen|streichen|löschen|tragen) sie (mich|uns) (bitte|) nicht (aus|von|ab)
(schutz vor|vor|gegen) spam
(spam-filter|spamfilter|spam filter|spam-ordner|spam-verdacht)
zum newsletter abmelden
""",
    "bounce": """
(konnte|konnten) nicht zugestellt werden
unzustellbar
zustellung fehlgeschlagen
""",
    "unsubscribe": """
abmelden
(abbestellen|austragen|abmeldung|abbestellung)
(aus|von) (ihrem|ihren|dem|ihrer|eurem|eurer|euren|deinem|deiner|diesem|dieser|der) (verteiler|verteilerliste|mailingliste|newsletter|datenbank|adressliste|kartei)
(aus|von) (ihrer|eurer|deiner|dieser) liste
(mich|uns|meine|unsere) … (aus|von) der liste
~(aus|von) der liste
(keine|keinerlei) (weiteren|weitere|mehr) (mails|e-mails|emails|nachrichten|mail|werbung|kontaktaufnahme|anfragen|werbemails)
(keine|keinerlei) (werbung|mails|e-mails|emails|nachrichten|werbemails) mehr
nicht (mehr|weiter|) (nachfassen|nachhaken|nachzuhaken|nachzufassen)
(keine|keinen) … mehr … (erhalten|bekommen|kontakt|zusenden|schicken|senden)
nicht (mehr|weiter|noch einmal) (kontaktieren|anschreiben|schreiben|anmailen|melden|anrufen|belästigen)
(unterlassen|unterlasst) sie
(löschen|entfernen|streichen) (sie|) (mich|uns|meine|unsere|diese|umgehend|bitte|alle|sofort) …
(meine|unsere) (daten|adresse|e-mail-adresse|mailadresse) … (löschen|entfernen|streichen)
(hören|hör|hört) (sie|) (bitte|) (auf|damit)
(lassen sie|lass|lasst) (mich|uns) in ruhe
(widerspreche|widerspruch)
(art|artikel) (15|17|21) (dsgvo|abs)
auskunft nach … dsgvo
dsgvo auskunft
(anwalt|rechtsanwalt|abmahnung|abmahnen|anzeige|unterlassungserklärung|datenschutzbehörde)
(unerwünschte|unerlaubte|unaufgeforderte) (werbung|mail|mails|e-mail|e-mails)
(das|dies) ist spam
verschonen sie
(schreiben|kontaktieren|mailen|schicken|senden|rufen) sie (mir|mich|uns) (bitte|) (nicht|keine) … mehr
(schreiben|kontaktieren|mailen) sie (mir|mich|uns) nicht
~spam
~stopp
""",
    "left_company": """
nicht mehr (bei|für|in|im|hier|unter) … (tätig|beschäftigt|angestellt|arbeitet|unternehmen|firma|haus|uns)
arbeitet nicht mehr
(ausgeschieden|in rente|in den ruhestand|pensioniert|im ruhestand)
(hat|habe) (das unternehmen|die firma|unser haus|uns|unser unternehmen|das haus) … verlassen
nicht mehr (im unternehmen|im haus|bei uns|in der firma|tätig)
verstorben
""",
    "out_of_office": """
(nicht|derzeit nicht|momentan nicht) im (büro|haus|hause|dienst)
außer haus
ausser haus
(im|in) (urlaub|elternzeit|mutterschutz|krankenstand|ferien|betriebsferien)
abwesend
(abwesenheit|abwesenheitsnotiz|abwesenheitsnachricht)
(bin|ab) … (wieder erreichbar|wieder im büro|wieder da|zurück im büro|wieder zurück|wieder für sie da)
(nicht|nur eingeschränkt|nur unregelmäßig|nur sporadisch|eingeschränkt) erreichbar
~(krank|krankgeschrieben|erkrankt)
(auf|in) (dienstreise|geschäftsreise|reisen)
unser büro (ist|bleibt) geschlossen
betriebsurlaub
""",
    "auto_reply": """
automatische (antwort|nachricht|e-mail|mail|rückmeldung|eingangsbestätigung)
automatisch (generierte|erzeugte|generiert|erzeugt|erstellt)
(postfach|adresse|e-mail-adresse) wird nicht (gelesen|überwacht|mehr verwendet|mehr abgerufen|abgerufen)
(ihre|deine) (anfrage|nachricht|e-mail|mail) ist … eingegangen
(wir haben ihre|vielen dank für ihre) (anfrage|nachricht) … erhalten
(ticketnummer|vorgangsnummer|ticket-nr|eingangsbestätigung|lesebestätigung)
meine neue (e-mail-adresse|mailadresse|adresse) lautet
neue e-mail-adresse
""",
    "meeting_request": """
(termin|gespräch|telefonat|call|meeting) (vereinbaren|machen|ausmachen|abstimmen|finden|einstellen|vorschlagen|am|nächste|diese|gerne|wäre|passt|verschieben)
~(einen|ein|für einen|für ein|zu einem|den) (termin|kurzes gespräch|kurzen termin|telefonat|kurzes telefonat|call|videocall|demo|telefontermin|kennenlernen)
(rufen|ruf) (sie|) (mich|uns) (gerne|bitte|einfach|doch|mal|unter|am|morgen|) (an|unter|am)
(können|können wir|könnten|wollen|sollen) (wir|) (telefonieren|sprechen|treffen|uns unterhalten|uns treffen)
(lassen sie|lass|lasst) uns (telefonieren|sprechen|treffen|reden|austauschen|einen)
~(passt|würde passen|passen würde|ginge|geht) (mir|bei mir|uns|bei uns|es|gut|am|der|auch)
(würde|ginge|geht|passt) … (montag|dienstag|mittwoch|donnerstag|freitag) …
(montag|dienstag|mittwoch|donnerstag|freitag) … (passt|ginge|geht|würde|hätte ich zeit|um)
wann (passt|hätten sie|haben sie|können|ginge|wäre)
(hätte|habe) (ich|am|) … zeit
(kalendereinladung|termineinladung|einladung) (schicken|senden|bitte|zu)
(schicken|senden) (sie|) (mir|uns) … (einladung|termin|kalender)
~(unter der|meine) (nummer|durchwahl|telefonnummer|handynummer|mobilnummer)
(bis dann|wir sprechen uns) (dann|morgen|dienstag|montag|mittwoch|donnerstag|freitag|)
~bis (morgen|dienstag|montag|mittwoch|donnerstag|freitag)
~termin
~telefonieren
""",
    "referral": """
(wenden|richten) sie sich (bitte|) (an|direkt an)
(ansprechpartner|ansprechpartnerin|zuständig|verantwortlich|zuständige|verantwortliche) … (ist|wäre|dafür|hierfür|für)
(ist|sind|wäre) … (zuständig|verantwortlich|ansprechpartner|ansprechpartnerin|der richtige|die richtige)
(zuständig|verantwortlich) (ist|dafür|hierfür)
(darum|dafür|das|damit) (kümmert|macht|betreut|verantwortet|befasst) (sich|bei uns|unser|unsere|mein|meine|frau|herr|)
(leite|gebe|habe) … (weiter|weitergeleitet|weitergegeben)
~(weitergeleitet|weitergegeben)
~(in cc|in kopie|im cc)
(kontaktieren|schreiben|sprechen|fragen) sie (bitte|) (meinen|meine|unseren|unsere|frau|herrn|dazu|hierzu|mit) (kollegen|kollegin|chef|einkauf|geschäftsführer|geschäftsführung|it|abteilung|leiter|leiterin|vorgesetzten|frau|herrn)
(mein|meine|meinen|unser|unsere|unseren) (kollege|kollegin|kollegen|chef|einkauf|einkaufsabteilung|einkaufsleiter) … (zuständig|kümmert|entscheidet|übernimmt|ansprechpartner|weiter|helfen)
""",
    "wrong_person": """
(nicht|nicht der|nicht die) (der|die|) (richtige|zuständig|verantwortlich|ansprechpartner|richtiger)
falsche (person|adresse|ansprechpartner|ansprechpartnerin|stelle)
falscher (ansprechpartner|adressat|empfänger)
(nicht|nichts) (mein|in mein|in meinen|mit mir|damit) (bereich|zuständigkeitsbereich|aufgabengebiet|zuständigkeit|zu tun)
(habe|hab) (damit|hiermit) nichts zu tun
verwechseln sie
""",
    "not_now": """
~(derzeit|momentan|aktuell|zurzeit|im moment|gerade|jetzt|im augenblick) (nicht|kein|keine|keinen|passt|leider|haben wir keine|habe ich keine|ist es|sind wir|ist das kein)
(nicht|kein|keine) (jetzt|der richtige zeitpunkt|guter zeitpunkt|passender zeitpunkt|priorität)
(melden|schreiben|kontaktieren|kommen|fragen|versuchen) sie (sich|mich|uns|mir|es|) (gerne|bitte|doch|einfach|) (wieder|nochmal|noch einmal|noch mal|erneut|im|ab|in|nach|nächstes|später)
(kommen|komm) (sie|) (gerne|bitte|) (im|in|nach|nächstes|später|wieder) … (auf mich zu|auf uns zu|zurück|wieder)
~(nächstes|kommendes|im nächsten|im kommenden|erst nächstes|erst im) (jahr|quartal|herbst|frühjahr|sommer|monat)
(erst|wieder) (im|ab|nach|in) (januar|februar|märz|april|mai|juni|juli|august|september|oktober|november|dezember|herbst|frühjahr|sommer|winter|nächsten|neuen|zwei|drei|sechs|q1|q2|q3|q4)
(zu einem|zum) späteren (zeitpunkt)
(später|in einigen monaten|in ein paar monaten) (wieder|nochmal|noch einmal|erneut|gerne)
(land unter|keine zeit|viel zu tun|wenig zeit)
auf wiedervorlage
~später
~derzeit
~aktuell
""",
    "objection_price": """
(zu|sehr|recht|leider zu|viel zu) teuer
(kein|keinen|keine|nicht das|ohne) (budget|geld|mittel|budgets)
budget (ist|wurde|für) … (ausgeschöpft|gekürzt|eingefroren|verplant|gestrichen|aufgebraucht)
(sparmaßnahmen|sparkurs|budgetstopp|ausgabenstopp|budgetsperre|haushaltssperre|investitionsstopp)
(preis|preise|kosten) (ist|sind) … (zu hoch|hoch)
(nicht|können wir uns nicht) leisten
rechnet sich … nicht
~(günstiger|billiger)
~budget
~preis
""",
    "objection_competitor": """
(haben|nutzen|arbeiten|verwenden|setzen|sind) (wir|) (bereits|schon) … (anbieter|lösung|partner|lieferanten|dienstleister|system|tool|software|versorgt|im einsatz|zusammen|mit|ein|eine|einen)
(bereits|schon) … (anbieter|lösung|partner|lieferanten|dienstleister|system|tool|software|versorgt|im einsatz|abgedeckt)
(zufrieden) mit (unserem|unserer|dem|unseren|der|unsrem)
(mit unserem|mit unserer|mit dem) … zufrieden
(anderen|anderer|bestehenden|aktuellen|jetzigen|festen) (anbieter|lieferanten|dienstleister|partner|lösung|vertrag)
(intern|inhouse|selbst|hauseigen|im haus|in eigenregie) (gelöst|gemacht|entwickelt|abgedeckt|erledigt)
(machen|lösen|erledigen|entwickeln) (wir|das) (das|) (intern|selbst|inhouse)
(vertrag|vertraglich) … (gebunden|läuft|laufzeit|bis)
""",
    "objection_authority": """
(nicht|kann ich nicht|darf ich nicht) … entscheiden
(entscheidet|entscheiden|entschieden) … (zentrale|geschäftsführung|vorstand|konzern|mutterkonzern|muttergesellschaft|chef|konzernzentrale|hauptverwaltung|einkauf|geschäftsleitung)
(zentrale|geschäftsführung|vorstand|konzern|mutterkonzern|muttergesellschaft|konzernzentrale|hauptverwaltung|geschäftsleitung|konzernmutter) (entscheidet|entschieden|vorgegeben|gibt|trifft|muss)
(ausschreibung|ausgeschrieben|vergabeverfahren|vergaberecht)
(nicht|keine) (entscheidungsbefugt|befugt|entscheidungsbefugnis|meine entscheidung|in meiner hand)
""",
    "objection_other": """
(zu|leider zu|viel zu) (klein|groß)
(passt|passen) … nicht (zu|für|in|auf)
(nicht|keine) (kompatibel|geeignet|relevant für|dsgvo-konform|konform|anwendbar)
schlechte (erfahrung|erfahrungen)
(sicherheitsbedenken|sicherheitsrichtlinien|bedenken|datenschutzgründen|datenschutzbedenken|sicherheitsgründen)
(nicht überzeugt|skeptisch|bezweifle|bezweifeln)
""",
    "not_interested": """
kein (interesse|bedarf|thema)
(keinen|keine) (bedarf|verwendung|notwendigkeit)
(nicht|nicht daran|daran nicht) interessiert
nein danke
danke nein
~(brauchen|benötigen) (wir|) (das|) (nicht|so etwas nicht)
(nichts|nicht|nicht das richtige) für uns
kommt für uns nicht (in frage|infrage)
(lehnen|lehne) … ab
(leider|müssen) (absagen|ablehnen)
""",
    "question": """
(was|wie viel|wieviel|wie teuer) (kostet|kosten|würde|genau|ist|sind|macht|bedeutet)
(wie|womit|wodurch|worin) (funktioniert|läuft|unterscheidet|lange|viele|hoch|sieht|lässt|wird|kommen|sind sie)
~(können|könnten) sie (mir|uns|) (sagen|erklären|erläutern|mitteilen|das|auch|bitte|mehr)
(gibt|ist|sind|lässt|kann|hat|haben|bieten|unterstützt|unterstützen|funktioniert) (es|das|die|sich|man|ihr|sie|ihre) … (schnittstelle|integration|kompatibel|möglich|zertifiziert|referenzen|dsgvo|anbindung|schon)
woher haben sie
(welche|welcher|welches) (kosten|preise|kunden|referenzen|funktionen|schnittstellen|systeme|vorteile|unternehmen)
(eine|folgende|einige|ein paar|noch eine) (frage|fragen)
~frage
""",
    "interested": """
~nicht (uninteressiert|uninteressant|abgeneigt)
(klingt|hört sich|finde ich|ist|sieht) (sehr|wirklich|durchaus|doch|ganz|) (interessant|spannend|gut an|gut, bitte|vielversprechend)
(sind|bin|wären|wäre) (wir|ich|) (sehr|grundsätzlich|durchaus|generell|) (interessiert|daran interessiert)
(haben|habe|hätten|hätte|besteht) (wir|ich|) (grundsätzlich|großes|durchaus|auf jeden fall|) interesse
(schicken|senden|lassen|mailen) sie (mir|uns) (bitte|gerne|doch|einfach|) (mehr|weitere|nähere|ihre|etwas|einige|die|ein paar|gerne|mal|) (informationen|infos|unterlagen|material|info|details|broschüre|präsentation|preisliste|angebot)
(mehr|weitere|nähere) (informationen|infos|details|unterlagen) (bitte|zu|dazu|gerne|wäre|über|erfahren)
(mehr|gerne mehr) (erfahren|wissen|hören)
(ja|gerne|sehr gerne|klar), (bitte|gerne)
~interessant
~interesse
~gerne
""",
    "other": """
~danke
""",
    "legal": """
(anwalt|rechtsanwalt|abmahnung|abmahnen|anzeige|unterlassungserklärung|unterlassung|datenschutzbehörde|rechtliche schritte|klage)
(art|artikel) (15|17|21) (dsgvo|abs)
dsgvo auskunft
auskunft nach … dsgvo
gemäß … dsgvo
""",
    "hostile": """
(arschloch|scheiß|scheiße|verpiss|idiot|idioten|frechheit|unverschämt|unverschämtheit|belästigung)
""",
    "complaint": """
(melde|melden|meldung) … (spam|bundesnetzagentur|behörde)
beschwerde
""",
    "company": """
(alle|aller|sämtliche) (adressen|mitarbeiter|kollegen|e-mail-adressen|mailadressen)
(gesamte|gesamten|ganze|unser ganzes|unsere gesamte) (domain|firma|unternehmen|unternehmens)
niemand (bei uns|in unserem|hier)
""",
}
