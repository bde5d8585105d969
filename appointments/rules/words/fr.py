"""What French replies say."""

PHRASES = {
    "neutral": """
ne me désinscrivez pas
pas de souci
pas de problème
ne (me|nous) (retirez|supprimez|désinscrivez|désabonnez|enlevez) (pas|surtout pas)
(je|j'ai) (pense|pensais|cru) (que|) c'est (du|) spam
(filtre anti-spam|dossier spam|antispam)
""",
    "bounce": """
n'a pas pu être (remis|distribué|délivré)
échec de la remise
""",
    "unsubscribe": """
(désinscrire|désinscrivez|désabonner|désabonnez|désinscription|désabonnement|désabonne)
(retirez|supprimez|enlevez|retirer|supprimer|enlever|effacez|effacer) (moi|nous|-moi|mon|mes|notre|nos|cette) …
(retirez|supprimez|enlevez|rayez|effacez|ôtez)-(moi|nous)
de (votre|vos) (liste|listes|base|fichier|fichiers|mailing|newsletter)
(ne|merci de ne) (plus|pas|plus jamais) (me|nous|m') (contacter|écrire|envoyer|solliciter|relancer|démarcher|adresser|appeler|importuner)
ne (me|nous) (contactez|écrivez|envoyez|sollicitez|relancez|adressez|appelez) plus
(ne|n') (souhaite|souhaitons|veux|voulons|désire) (plus|pas) (recevoir|être contacté|être contactés|être sollicité|être démarché)
(plus|aucun) (de mail|de mails|d'e-mail|d'emails|de message|de messages|mail|message|d'email)
(arrêtez|cessez|stoppez) (de|vos|ces|tout|immédiatement)
(laissez|fichez|foutez)-(moi|nous) (tranquille|tranquilles|la paix)
(droit d'opposition|droit à l'effacement|droit d'accès|m'oppose)
(article|art) (15|17|21)
(cnil|mon avocat|notre avocat|poursuites|plainte|mise en demeure)
(c'est du|ceci est du|spam) (spam|harcèlement)
(courrier|mail|message|e-mail) (indésirable|non sollicité)
~spam
~stop
""",
    "left_company": """
(ne|n') (travaille|fait|est|exerce) plus (dans|partie|chez|pour|au|à|parmi|en poste|avec|ici)
(a quitté|a quitte|ai quitté|a pris sa retraite|est parti à la retraite|est à la retraite|est partie à la retraite)
(quitté) (la société|l'entreprise|l'organisation|le groupe|ses fonctions|mes fonctions|son poste)
(est|suis) (à la retraite|retraité|retraitée|décédé|décédée)
""",
    "out_of_office": """
(absent|absente|absents|en déplacement)
(en|actuellement en) (congé|congés|vacances|arrêt maladie|arrêt|congé maternité|congé parental|formation)
(hors|absent) du bureau
(de retour|serai de retour|retour) (le|au bureau|à partir|lundi|mardi|mercredi|jeudi|vendredi)
(accès limité|accès restreint|pas accès) à (ma|mes|mon)
(bureaux|société|entreprise) … (fermés|fermée|fermé) (du|jusqu|pour|pendant)
message d'absence
réponse automatique d'absence
""",
    "auto_reply": """
réponse automatique
message automatique
(ceci est un|courriel) (message|courriel) (automatique|généré)
(votre) (demande|message|mail) (a bien été|a été|est bien) (reçu|reçue|enregistré|enregistrée|prise|pris)
nous avons bien reçu votre
(numéro de|n° de) (ticket|dossier|demande)
accusé de (réception|lecture)
(boîte|adresse) (n'est|n'est pas|n'est plus) (pas|plus|) (surveillée|consultée|lue|utilisée)
ne pas répondre à ce (message|mail|courriel)
(ma|notre) nouvelle adresse
""",
    "meeting_request": """
(prendre|fixer|convenir|caler|planifier|organiser|prévoir|programmer|fixons|calons|organisons) (un|d'un|une|ce) (rendez-vous|rdv|appel|créneau|réunion|call|visio|échange|démo|démonstration|entretien)
(un|le|notre) (rendez-vous|rdv|créneau|appel) (le|la|lundi|mardi|mercredi|jeudi|vendredi|semaine|serait|est|me|à|téléphonique)
(appelez|rappelez|téléphonez|joindre|joignez)-(moi|nous|me)
(vous pouvez|pouvez-vous) (m'appeler|me joindre|me rappeler|me contacter au|m'envoyer une invitation|nous appeler)
(êtes-vous|seriez-vous|je suis|nous sommes|je serais|serais) (disponible|disponibles|libre|dispo)
(me|nous) (convient|conviendrait|va|irait) (bien|parfaitement|très bien|)
(lundi|mardi|mercredi|jeudi|vendredi) … (convient|me va|serait|possible)
(quand|quelles) (êtes-vous|seriez-vous|pouvons-nous|peut-on|sont vos disponibilités|sont vos dispos)
(envoyez|envoyer|envoyez-moi|merci de m'envoyer) … (invitation|lien)
(discutons|parlons|échangeons|voyons)-(en|nous) …
(en discuter|en parler|échanger) (de vive voix|par téléphone|au téléphone|lundi|mardi|mercredi|jeudi|vendredi|la semaine)
~(mon numéro|mon portable|ma ligne)
(à|on se parle) (lundi|mardi|mercredi|jeudi|vendredi|demain)
~rendez-vous
~rdv
~disponible
""",
    "referral": """
(c'est|voyez avec|contactez|adressez-vous à|rapprochez-vous de|parlez-en à|écrivez à|voir avec) (mon|ma|notre|nos|monsieur|madame|m|mme|le|la) (collègue|responsable|directeur|directrice|chef|dsi|daf|service|département|collaborateur|acheteur|directions|monsieur|madame)
(merci|veuillez|prière|vous pouvez) (de|) (contacter|écrire à|voir avec|vous adresser à|vous rapprocher de) (mon|ma|notre|nos|le|la) (collègue|responsable|directeur|directrice|dsi|daf|service|département|équipe|direction)
(s'en|qui s'en|s') (occupe|occupent|charge)
qui (gère|gèrent|s'occupe|est responsable|est en charge|pilote|décide) …
(est|sont) (en charge|responsable|l'interlocuteur|la personne|le bon interlocuteur|votre interlocuteur|chargé|chargée) …
(bon|bonne|meilleur|votre) (interlocuteur|interlocutrice|contact|personne) (est|serait|sur ce)
(je|nous) (transmets|transfère|fais suivre|transférons|transmettons|le mets|la mets|mets|vous mets|vous redirige|redirige|l'ai transmis)
(transmis|transféré|fait suivre) (à|au|votre|votre mail|votre message|en interne)
(en copie|en cc)
(adressez|tournez|rapprochez|orientez)-vous
~contacter
""",
    "wrong_person": """
(pas|suis pas|n'est pas) (la bonne personne|le bon interlocuteur|la bonne interlocutrice|mon domaine|de mon ressort|concerné|concernée|mon périmètre)
(mauvaise|mauvais) (personne|interlocuteur|adresse|destinataire|contact)
(erreur|trompez) de (personne|destinataire|interlocuteur)
(vous faites erreur|rien à voir avec)
ne (m'occupe|suis) pas (de ce|de ces|de cela|en charge|responsable)
""",
    "not_now": """
(pas|pas pour) (maintenant|l'instant|le moment|le bon moment|d'actualité|avant|cette année|ce trimestre)
(pour le moment|pour l'instant|actuellement|en ce moment) (nous|je|ce|non|pas|c'est|il|ne)
(recontactez|relancez|revenez|rappelez|reparlons|recontacter|reprenez contact) … (en|dans|après|plus tard|à|au|l'année|vers|courant|le|septembre|janvier)
(recontactez|relancez)-(moi|nous)
(revenez|revenir) vers (moi|nous)
(l'année prochaine|l'an prochain|au prochain trimestre|le trimestre prochain|après l'été|après les vacances|à la rentrée|plus tard dans)
(trop|très|débordé|débordée|débordés) (occupé|occupée|occupés|jusqu|en ce moment)
(pas|n'est pas) (une|notre|la) priorité
(d'ici|dans) (quelques|deux|trois|quatre|six|2|3|6) (mois|semaines)
~plus tard
~pour le moment
~pour l'instant
""",
    "objection_price": """
(trop|beaucoup trop|bien trop) (cher|chère|chers|coûteux|onéreux|élevé)
(pas|plus|aucun|pas de|pas le|plus de) (de|le|) (budget|budgets|moyens)
budget (est|a été|serré|limité|épuisé|gelé|bouclé|insuffisant)
(hors|gel) (de|du|des|) (budget|budgets|dépenses)
(prix|tarif|tarifs|coût) (est|sont) … (élevé|élevés|trop)
(moins cher)
~budget
~prix
""",
    "objection_competitor": """
~(avons|travaillons|utilisons|disposons|sommes|ai|utilise|travaille) (déjà) …
(déjà) (un|une|équipé|équipés|équipée|en place|notre|avec|prestataire|fournisseur) …
(satisfait|satisfaits|satisfaite|contents|content) (de|avec) (notre|nos|mon)
(autre|actuel|notre) (prestataire|fournisseur|solution|partenaire|outil)
(en interne)
(sous|engagés par|notre) contrat
(venons de) (signer|choisir|renouveler|changer)
""",
    "objection_authority": """
(siège|direction|groupe|maison mère|conseil d'administration|direction générale) (qui|décide|décident|prend|tranche|doit|impose)
(pas|n'est pas) (moi qui|à moi de|ma décision|décisionnaire|décideur|habilité) …
(ne|n') (décide|peux pas décider|ai pas le pouvoir)
(appel d'offres|appels d'offres|marché public|marchés publics)
""",
    "objection_other": """
(trop) (petit|petite|petits|grand|grande|gros)
(ne|n') … (correspond|convient|adapté|adaptée|s'applique) pas
(mauvaise|mauvaises) (expérience|expériences)
(pas|peu) (compatible|adapté|adaptée|convaincu|convaincue|convaincus|conforme)
~(sceptique|doute|doutes)
(raisons de|politique de) sécurité
""",
    "not_interested": """
(pas|pas du tout|plus) (intéressé|intéressée|intéressés|intéressées|intéressant pour)
(ne|n') (m'|nous|me) (intéresse|intéressent) pas
~(pas|aucun|pas de|plus) (de|) (besoin|besoins|intérêt)
non merci
merci non
(ne|n') (donnerons|donnerai|donnons|donne) pas suite
~(pas) (pour|fait pour) (nous|moi)
~(décline|déclinons)
sans suite
""",
    "question": """
(combien|quel|quelle|quels|quelles) (coûte|coûterait|est|sont|seraient|serait|ça|cela|de|prix|tarif|tarifs|différence|solutions|clients|références) …
(comment) (ça|cela|fonctionne|marche|avez-vous|se|vous|est-ce|gérez-vous|votre)
(est-ce que|est-ce) (vous|votre|c'est|cela|ça|compatible|que)
(pouvez-vous|pourriez-vous|peux-tu) (m'expliquer|me dire|préciser|nous dire|me préciser|nous préciser|expliquer|détailler|me confirmer)
(d'où|où) (avez-vous|tenez-vous|vient)
(proposez-vous|avez-vous|gérez-vous|travaillez-vous|êtes-vous)
(une|quelques|deux) (question|questions)
~question
""",
    "interested": """
(pas contre|ne serais pas contre)
(suis|sommes|serais|serions) (très|vivement|potentiellement|tout à fait|) (intéressé|intéressée|intéressés|intéressées)
(ça|cela|ceci|votre offre|votre solution|le sujet) (m'|nous|a l'air|semble|me) (intéresse|intéressant|paraît intéressant)
~(m'intéresse|nous intéresse|m'intéresserait|nous intéresserait)
(semble|c'est|paraît|très|a l'air) (très|vraiment|) (intéressant|prometteur|pertinent)
(envoyez|envoyer|transmettez|adressez|envoie)(-moi|-nous|) (votre|une|plus|de la|la|un|des|davantage|vos|plus d'|) (documentation|plaquette|brochure|présentation|informations|infos|doc|dossier|détails|d'informations|d'infos)
(plus|davantage) (d'informations|d'infos|de détails|de renseignements)
(en savoir|savoir) plus
~(oui|volontiers|avec plaisir)
~intéressant
~intéressée
""",
    "other": """
~merci
""",
    "legal": """
(cnil|mon avocat|notre avocat|avocat|poursuites|mise en demeure|action en justice|tribunal)
(article|art) (15|17|21)
(droit à l'effacement|droit d'accès|droit d'opposition)
(conformément au|au titre du) (rgpd|règlement)
""",
    "hostile": """
(connard|connards|merde|foutez|harcèlement|honte|escroc|escrocs|imbécile)
""",
    "complaint": """
(signaler|signale|signalé|signalerai) … (spam|cnil|abus|indésirable)
(porter|dépose|déposer|porterai) plainte
""",
    "company": """
(toutes|tous) (nos|les) (adresses|collaborateurs|salariés|employés|emails|boîtes)
(toute|l'ensemble de) (notre|la|l') (société|entreprise|domaine)
personne (chez nous|ici|dans notre)
""",
}
