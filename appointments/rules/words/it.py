"""What Italian replies say."""

PHRASES = {
    "neutral": """
basta (così|cosi) poco
basta con (que|un|una|il|la|poco)
non mi cancelli
nessun problema
non c'è problema
e basta
(mi|ci|gli|vi|le|ti|a noi|non) basta
basta (una|un|uno|che|il|la|lo|poco|solo|pensare|vedere|guardare|chiamare|chiedere)
(dire|dica|dico) basta
non (mi|ci) (cancelli|cancellate|cancelli|tolga|togliete|rimuova) …
""",
    "bounce": """
non (è stato possibile|può essere) (recapitare|recapitato|consegnato)
""",
    "unsubscribe": """
(disiscrivere|disiscrivermi|disiscrivetemi|disiscrivimi|disiscrizione|cancellarmi|cancellatemi|cancellami|rimuovetemi|rimuovermi|rimuovimi|toglietemi|toglimi|mi tolga|mi cancelli|mi rimuova|cancellateci|rimuoveteci)
(cancellare|rimuovere|eliminare|cancellate|eliminate|cancelli|rimuova|elimini) (il|la|i|le|) (mio|mia|miei|nostro|nostra|nostri|tutti|questo|indirizzo|nominativo|nome|contatto|dati|mail|email) …
~(cancellare|rimuovere|eliminare|cancellate|eliminate|cancelli|rimuova|elimini) (il|la|i|le)
dalla (vostra|sua|tua|lista|mailing|newsletter) …
(non|non voglio|non desidero|non vogliamo|non desideriamo) (più|) (ricevere|essere contattato|essere contattata|essere contattati|email|mail|comunicazioni) …
(non|di non) (contattatemi|scrivetemi|contattarmi|scrivermi|mi contatti|mi contattate|mi scriva|mi scrivete|inviatemi|inviarmi|mandatemi|mi mandi|contattateci|contattarci) (più|)
(smettete|smetta|smettetela|smettila|finitela) (di|con|mail|email|messaggi|)
basta (di|con|mail|email|messaggi|così|pubblicità|spam|scrivere|scrivermi|per favore)
adesso basta
~basta
(lasciatemi|lasciami|mi lasci|lasciateci) (in pace|stare)
(diritto) (all'oblio|alla cancellazione|di opposizione|di accesso)
(articolo|art) (15|17|21)
(il mio|il nostro|al mio|dal mio|al nostro|nostro) avvocato
(garante|vie legali|denuncia|diffida)
~avvocato
(questo è|è) spam
(posta|email|mail|messaggi) (indesiderata|indesiderate|non richiesta|non richieste|non richiesti|indesiderati)
~spam
""",
    "left_company": """
non (lavora|lavoro|fa|è|opera|collabora) più (in|con|per|presso|qui|parte|nella|da|alle) …
non lavora più
(ha|ho) lasciato (l'azienda|la società|l'organizzazione|il gruppo|l'incarico)
(in pensione|è andato in pensione|deceduto|deceduta|è mancato)
""",
    "out_of_office": """
(fuori|assente) (ufficio|dall'ufficio|sede|fino|dal|per)
(in|sono in|sarò in) (ferie|vacanza|malattia|maternità|congedo|trasferta)
(sarò|sono) assente
~(rientro|rientrerò|torno|tornerò|di ritorno|sarò di ritorno) (il|in|a|lunedì|martedì|dal) …
(accesso limitato) (alla|alle|al)
(uffici|azienda|ufficio) (resteranno|resterà|saranno|sarà|è|rimarranno|rimarrà) chius*
""",
    "auto_reply": """
(risposta|messaggio|email|mail) (automatica|automatico|generata|generato)
(abbiamo ricevuto) (la|il) (sua|tua|vostra|suo|tuo|vostro) …
(la sua|la tua|la vostra) (richiesta|segnalazione) è stata (ricevuta|registrata|presa)
(numero di|numero) (ticket|pratica|segnalazione)
(conferma di lettura|ricevuta di ritorno)
(questa casella|questo indirizzo) non (è|viene) …
non rispondere a (questa|questo)
(il mio|nuovo) (nuovo|) indirizzo (email|mail|di posta|è)
""",
    "meeting_request": """
(fissare|fissiamo|organizzare|organizziamo|programmare|programmiamo|prendere|pianificare|concordare|fare|facciamo|sentirci|vederci) (un|una|per|la|l') (appuntamento|incontro|call|chiamata|riunione|videochiamata|demo|telefonata)
(un|una|l') (appuntamento|incontro|call|chiamata|videochiamata) (per|il|lunedì|martedì|mercoledì|giovedì|venerdì|la|breve|conoscitiva|settimana) …
(mi chiami|chiamami|chiamatemi|mi può chiamare|può chiamarmi|mi telefoni|richiamatemi|mi richiami)
(possiamo|potremmo) (sentirci|vederci|parlarne|incontrarci|fissare|fare|risentirci) …
~(ci sentiamo|sentiamoci|ci vediamo|vediamoci) …
(mi va|va|andrebbe|mi andrebbe|per me va) bene (lunedì|martedì|mercoledì|giovedì|venerdì|alle|il|per|domani|la)
(lunedì|martedì|mercoledì|giovedì|venerdì) … (va bene|andrebbe|posso|sarei|sono libero|sono disponibile|alle)
(quando|che) (siete|sarebbe|possiamo|giorni|orari|disponibilità) (disponibile|disponibili|liberi|libero|possibile|sentirci|vederci|avete|ha|preferite) …
(sono|sarei|siamo) (disponibile|libero|libera|disponibili|liberi) …
(mandi|mandami|mi mandi|inviatemi|mi invii|inviami|invii|mandatemi) … (invito|link)
(il mio numero|il mio cellulare)
~appuntamento
~disponibile
""",
    "referral": """
(contatti|contattare|contattate|si rivolga|rivolgetevi|rivolgersi|parli|scriva|scrivete|sentire|senta) (il|la|il mio|la mia|al|alla|con|a|direttamente|l'|i) (collega|responsabile|direttore|direttrice|nostro|nostra|mio|mia|ufficio|dottor|dott|signor|sig|reparto|cfo|it) …
(se ne|che se ne|che si) (occupa|occupano) …
(si occupa di) …
(è|sono|sarebbe) (il|la|i) (responsabile|referente|persona giusta|persona di riferimento|contatto|persona) …
(referente|responsabile|persona giusta|persona corretta) (è|sarebbe|per) …
(inoltro|ho inoltrato|giro|ho girato|inoltrato|passo|ho passato|inoltrerò) (la|il|la sua|la tua|questa|al|alla|ai|tutto|a) …
(in copia|in cc)
""",
    "wrong_person": """
(non sono|non è) (la persona|il referente|il responsabile|la responsabile|io|di mia|il mio|mia) …
(persona|indirizzo|destinatario|contatto) (sbagliata|sbagliato|errata|errato)
(ha|avete) sbagliato (persona|indirizzo|destinatario)
(non c'entro|non me ne occupo|non mi occupo) …
""",
    "not_now": """
~(al momento|per ora|adesso|ora|in questo momento|per il momento|attualmente) (non|no|siamo|sono)
non (è il|ora|adesso|è un|in questo|per ora|è una) (momento|buon|priorità|giusto|) …
(ricontatti|ricontattatemi|ricontattami|mi ricontatti|ricontattateci|risentiamoci|ci risentiamo|riscriva|riscrivetemi|mi riscriva|ne riparliamo|riparliamone|scrivetemi|mi scriva) … (a|tra|dopo|più avanti|in|nel|il|da|verso|fra|settembre|gennaio)
(più avanti|il prossimo anno|l'anno prossimo|il prossimo trimestre|dopo l'estate|dopo le ferie|nel nuovo anno)
(tra|fra) (qualche|due|tre|quattro|sei|2|3|6) mesi
(troppo|molto) (impegnato|impegnata|impegnati|occupato|presi)
~più avanti
~al momento
~per ora
""",
    "objection_price": """
(troppo|molto|decisamente) (caro|cara|costoso|costosa|alto|onerosa)
(non|senza|non c'è|non abbiamo|nessun) (abbiamo|c'è|) (il|) budget
budget (è|esaurito|limitato|bloccato|ridotto)
(blocco|taglio|tagli) (delle|dei|di|del|alle) (spese|costi|budget)
(prezzo|prezzi|costo|costi) (è|sono) … (alto|alti|elevato|elevati|troppo)
(più economico|più economica)
~budget
~prezzo
""",
    "objection_competitor": """
~(abbiamo|usiamo|utilizziamo|lavoriamo|siamo|ho|uso) già …
già (un|una|coperti|un fornitore|con|in uso|in essere|serviti) …
(soddisfatti|contenti|soddisfatto) (del|della|dei|di|con) (nostro|nostra|nostri|quello|nostro attuale|l'attuale)
(altro|attuale|nostro) (fornitore|partner|sistema)
~(lo facciamo|lo gestiamo|gestito|internamente) (internamente|in casa|interno|)
(abbiamo appena|appena) (firmato|scelto|rinnovato|cambiato)
""",
    "objection_authority": """
(sede centrale|casa madre|direzione|consiglio|capogruppo|gruppo|sede) (decide|decidono|a decidere|stabilisce|deve)
(decide|decidono|viene deciso|deciso) (la|dalla|il|dal|in) (sede centrale|casa madre|direzione|consiglio|capogruppo|gruppo|sede) …
(non|non posso) (decido|decidere|dipende da me|spetta a me|è una mia decisione)
(gara|gare) (d'appalto|di appalto|pubblica|pubbliche)
""",
    "objection_other": """
(troppo) (piccoli|piccola|piccolo|grandi|grande)
~non (è adatto|è adatta|è compatibile|si adatta|si applica|fa al caso|risponde|siamo convinti|sono convinto) …
(brutta|brutte|cattiva|cattive|pessima) (esperienza|esperienze)
(scettico|scettica|dubbi|perplessità)
(motivi|ragioni|policy) di sicurezza
""",
    "not_interested": """
non (sono|siamo|mi|ci|) (interessato|interessata|interessati|interessa|interessate|interessano)
(non|nessun|nessuna) (abbiamo|ho|c'è|) (bisogno|interesse|necessità|esigenza)
no grazie
grazie, ma no
non (ci serve|ne abbiamo bisogno|mi serve|fa per noi)
(decliniamo|declino)
""",
    "question": """
(quanto|quali|qual|quale) (costa|costerebbe|è|sono|sarebbe|costi|vantaggi|differenza|viene|tempo) …
(come) (funziona|si|avete|ha avuto|ha|lavora|gestite) …
(può|potrebbe|potete|puoi|potreste) (spiegare|spiegarmi|dirmi|chiarire|chiarirmi|indicarmi|confermare|confermarmi|spiegarci|dirci|precisare)
~(avete|offrite|supportate|si integra|è compatibile|siete) … (integrazione|certificazione|con|certificati|gdpr|iso|referenze|esperienza)
(dove|da dove) (avete|ha) (preso|trovato|avuto|ottenuto)
(una|alcune|qualche|un paio di) (domanda|domande)
~domanda
""",
    "interested": """
(sono|siamo|sarei|saremmo) (molto|) (interessato|interessata|interessati|interessate)
(mi|ci) (interessa|interesserebbe|sembra interessante|piacerebbe sapere|piacerebbe ricevere)
(sembra|è|pare|molto) (molto|) (interessante|promettente)
(mandi|mandami|mi mandi|inviatemi|mi invii|inviami|invii|mandatemi|può inviarmi|potete inviarmi|inviateci|inviare) … (informazioni|info|materiale|brochure|presentazione|documentazione|dettagli|catalogo)
(maggiori|ulteriori|più|altre) (informazioni|info|dettagli)
(saperne|sapere) di più
(sì|certo|volentieri|certamente), (grazie|volentieri|certo|mi|per favore)
~interessante
""",
    "other": """
~grazie
""",
    "legal": """
(garante|avvocato|vie legali|diffida|tribunale)
(articolo|art) (15|17|21)
diritto (all'oblio|alla cancellazione|di opposizione|di accesso)
""",
    "hostile": """
(stronzo|stronzi|merda|vaffanculo|idiota|vergogna|vergognatevi|truffatori|molestie)
""",
    "complaint": """
(segnalare|segnalo|segnalerò|segnalazione) … (spam|garante)
(presentare|presenterò) (reclamo|denuncia)
""",
    "company": """
(tutti|tutte) (i|le) (nostri|nostre) (indirizzi|dipendenti|colleghi|caselle)
(tutta|intera|intero) (la nostra|l'|) (azienda|società|dominio)
nessuno (qui|da noi|in azienda)
""",
}
