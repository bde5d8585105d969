"""Words that stand before and after the name of a person to turn to, and those that are no names, in many languages."""

import re

HONORIFIC = re.compile(
    r"\b(?:mr|mrs|ms|miss|dr|prof|ing|frau|fr|herrn?|hr|monsieur|madame|mme|mlle|m|senor|senora|sr|sra|don|dona|d|meneer|mevrouw|dhr|mw|mevr|signora?|sig|sig\.ra|dott|dott\.ssa|"
    r"dottor|dottoressa|geom|geometra|avv|rag|smt|shri|pan|pana|panu|pani|kolega|kolezanka|domnul|doamna|dna|dl|fru|ir|eng|lic|arq|ingeniero|licenciada|doctora?|doutora?|"
    r"servidora?|senhora?|kollege|kollegen|kollegin|collega|collegue|colega|kollega|kolleg\w*|colleague|pane|kolegyni|kolegu)\.? $"
)
REFERRING = (
    "contact|ask|to|with|cc|cc'ing|cc'd|copying|copied|looping in|loop in|forwarded to|forward to|colleague|manager|boss|is|frau|herr|herrn|"
    "by|name|named|called|try|email|write|speak to|speak with|talk to|ring|call|phone|text|want|see|meet|tell|through|over to|via|belongs to|that's for|one for|reach|hit up|adding|added|add|get|"
    "an|an den|an die|mit|bei|macht|ist|beim|fragen sie|frag|uber|die|der|d|hat|vertritt mich|unsere|unser|meine|mein|gehort zu|"
    "avec|a|chez|c'est|est|par|contacter|voyez avec|voir avec|demandez|copie|ajoute|notre|mon|ma|madame|monsieur|demander a|ecrivez a|joindre|"
    "con|a la|es|al|el|la|hable con|contacte a|contactar a|copio a|lo lleva|lleva|escriba a|llame a|pregunte por|consulta con|nuestro|nuestra|"
    "met|bij|naar|aan|vraag|bel|mijn|onze|via|is|mail|contacteer|contact op met|neemt|door|"
    "il|lo|alla|al|dal|da|dalla|e|chiami|senta|scriva a|contatti|contattare|sostituto|chieda a|parli con|sentire|"
    "com|o|fale com|falar com|procure|contate|contacte|ver com|pro|pra|ao|do|da|"
    "chef|directeur|cfo|cto|cio|ceo|coo|copie de|hos|til|till|kontakt|kontakta|prata med|tala med|snakk med|tal med|fraga|spor|vastaa|ota yhteytta|"
    "do|z|ze|na|k|s|proszę o kontakt z|prosim|je|kolega|hozza|keresse|la|pe|catre|"
    "do urgent|urgent|dringend|urgente|urgence|urgences|spoed|emergencies|questions|queries|handy|successor|nachfolger\\w*|nachfolge|successeur|remplacant\\w*|sucesor\\w*|sustitut\\w*|opvolger|successore|sucessor\\w*|"
    "looping|it's|that'd be|that would be|get hold of|grab|chase|ping|bother|attn|attention|voyez|voir|lo ve|la ve|los ve|las ve|eso lo ve|preguntale a|dile a|"
    "senta|chiedi a|senti|veja com|fala com|spreek met|vragen aan|ligt bij|liegt bei|sprechen sie mit|sprich mit|"
    "mitarbeiter\\w*|assistant\\w*|->|>|stellvertret\\w*|vertretung|ansprechpartner\\w*"
)
BEFORE_NAME = re.compile(
    rf"(?:(?:\b(?:{REFERRING})|[:>@(+]|->)[ ]{{1,2}}(?:(?:mr|mrs|ms|miss|dr|frau|herrn?|mme|m|sr|sra|sig|dott|mevrouw|meneer|smt|the|den|la|le|el|d|our|big)\.? )?|(?:^|[\s,(])[@+])$"
)
AFTER_NAME = re.compile(
    r"^(?:'s|’s)?[ ,(]{0,3}(?:(?:now|also|here|jetzt|nun|maintenant|ahora|nu|ora|agora|already|actually) )?"
    r"(?:\(|<|handles?|looks? after|takes? (?:care|the|over|these|all)|is (?:responsible|in charge|the|our|who|your|my|looking|running|covering|handling|standing|on it|better)|"
    r"'s (?:the|got|our|in charge|handling|running|your|world|who)|has (?:it|the|her|his|taken|my|that|all)|"
    r"runs|owns|manages|would be|covers|does|deals|decides|stands in|sees to|helps?|opens|follows|leads|buys|signs|will (?:help|take|be able|answer)|can (?:help|tell|answer|decide)|who |"
    r"in (?:purchasing|procurement|finance|hr|it|legal|payroll|marketing|operations|accounts|sales|facilities|logistics|biomed|engineering|quality|materials|the office|people|maintenance)|at the|from (?:purchasing|finance|it|hr|procurement)|"
    r"gets (?:your|the|my|all|these|those)|would know|would be|outranks|might (?:want|wanna|be|need|know)|will take|takes it|sorts|orders|does|chooses|picks|purchases|authorises|"
    r"(?:is (?:the |our |my )?|the |our |my )(?:[a-z]{2,14} ){0,2}(?:foreman|manager|gm|buyer|director|supervisor|bursar|accountant|controller|head|lead|boss|one)\b|"
    r"took (?:over|his|her|the)|holds|took|knows|picks? up|replaces|steps in|"
    r"bestellt|ist (?:zustandig|verantwortlich|der|die|dafur|bei|unser|da)|kummert|betreut|leitet|macht|verantwortet|ubernimmt|ubernahm|vertritt|entscheidet|hilft|regelt|hat (?:das|den|die|hier|bei)|weiss|bearbeitet|steht|"
    r"s'occupe|qui |gere|pilote|suit|est (?:en charge|le|la|responsable|notre|votre|mieux)|reprend|a repris|me remplace|remplace|assure|vous repondra|repond|decide|"
    r"que |se encarga|lleva|es (?:el|la|quien|nuestr|mi)|gestiona|decide|atiende|me cubre|me sustituye|maneja|queda|ve |"
    r"(?:van|uit) (?:het |de |'?t )?(?:magazijn|inkoop|kantoor|facilitair|administratie|expeditie|ict|planning)|gaat (?:hier|daar|over)|is (?:verantwoordelijk|de|onze|hier|daar|bevoegd)|regelt|doet|beheert|vervangt|neemt|beslist|die |weet|beheer|leidt|"
    r"si occupa|se ne occupa|segue|gestisce|e (?:il|la|lo|l')|mi sostituisce|sostituisce|decide|sa |tiene|cura|"
    r"e (?:o|a|quem)|trata|cuida|responde|e que|fica|assumiu|gere|"
    r"skoter|tar |ansvarar|har (?:hand|ansvar|overtag)|er (?:ansvarlig|den)|star for|vastaa|hoitaa|zajmuje|odpowiada|zastepuje|ma na starosti|se stara|intezi|foglalkozik|helyettesit|se ocupa|raspunde|ilgilen|bakiyor|займається|відповідає|ασχολειται|"
    r"και |ο οποιος)"
)
GONE_AFTER = re.compile(
    r"^(?:'s|’s)?[ ,]{0,2}(?:(?:has|is|was|had|have|hat|ist|a|est|ha|e|heeft|nao|no|ne|n'|non) )?(?:no longer|left|not (?:here|with|in|longer)|gone|finished|moved on|resigned|retired|departed|quit|mailbox|passed away|died|abroad|away|"
    r"hung up|out of|on (?:leave|holiday|vacation|maternity)|walking|taking|nicht mehr|verlassen|ausgeschieden|in rente|im ruhestand|"
    r"ne (?:travaille|fait)|n'est plus|a quitte|ya no|dejo|se fue|se jubilo|werkt niet|is (?:niet meer|weg|vertrokken|met pensioen|away|back in)|non (?:lavora|e piu)|ha lasciato|nao (?:trabalha|esta)|saiu|deixou|jai elakkeelle|slutade|har slutat|"
    r"stopped working|used to|did until|weilt|befindet sich|schrieb|wrote|a ecrit|escribio|ha scritto|escreveu|schreef|jaett|weggegangen)\b"
)
GREETS = re.compile(
    r"(?:^|[\n.!]\s{0,3}|>)(?:hi|hiya|hey|hello|dear|good (?:morning|afternoon|day|evening)|morning|g'day|hallo|guten (?:tag|morgen|abend)|gruss gott|servus|moin|liebe\w?|lieber|sehr geehrte\w{0,2}|werte\w?|bonjour|bonsoir|cher|chere|salut|"
    r"hola|buenos dias|buenas(?: tardes)?|estimad[oa]|beste|geachte|dag|goedemorgen|goedemiddag|ciao|salve|buongiorno|buonasera|gentile|egregio|spett\.?le|ola|caro|cara|prezad[oa]|bom dia|boa tarde|hej|hei|"
    r"dzien dobry|szanown\w+|dobry den|vazen\w+|tisztelt|kedves|stimat\w+|buna|sayin|merhaba|шановн\w+|добрии день|αγαπητ\w+|thanks?|thank you|cheers|danke|merci|gracias|bedankt|grazie|obrigad[oa]|sorry|regards|best|mfg|lg|vg|gruss|gruße|cordialement|saludos|groet\w*|saluti|abracos?|att)"
    r"[, ]{1,3}(?:(?:mr|mrs|ms|miss|dr|prof|frau|herrn?|herr|mme|madame|monsieur|m|sr|sra|senor|senora|don|dona|sig|sig\.ra|signora?|dott|dott\.ssa|dottor|ingeniero|meneer|mevrouw|de heer|dhr|mw|pan[ie]?|mag|ing)\.? ){0,3}(?:[a-z]\. ?)?$"
)
PLACE_BEFORE = re.compile(
    r"\b(?:in|nach|nahe|near|aus|en route to|based in|sito in|sede di|from the|moved to|dated|fair in|messe in|nella|nel|dans le|a Paris|kompani)\s$"
)
TITLES = re.compile(
    r"\b(?:(?:[CV]EO|CFO|CTO|CIO|COO|CISO|CMO|CPO|CHRO|CRO|DSI|DAF|DRH|RSSI|VP)\b|(?:head|director|manager|vp|chief|leiter|leiterin|leitung|responsable|hoofd|responsabile|directeur|directrice|director[a]?|jefe|jefa|gerente|chefe|diretor|diretora|"
    r"direttore|direttrice|resp\.)(?: (?:of|de|der|des|del|della|van|för|für|di|do|da|IT)(?: [\wÀ-ÿ&]{2,20}){1,2})|[A-Z]?[\wÀ-ÿ]{3,20}(?:leiter|leiterin|leitung|verantwortliche[rn]?)|"
    r"procurement|purchasing|facilities|Einkauf|achats|compras|inkoop|acquisti|indkøb|inköp|innkjøp|nákup|zakupy|osto|secretary|bursar|controller|buyer|accountant|payroll|works council|Betriebsrat|Geschäftsführung|Geschäftsführer(?:in)?)\b",
    re.IGNORECASE,
)
SELF = re.compile(
    r"\b(?:this is|it's|i am|i'm|name is|hier ist|hier schreibt|ich bin|mein name ist|ici|je suis|je m'appelle|soy|me llamo|le habla|sono|mi chiamo|ik ben|mijn naam is|met|aqui e|sou|jag heter|here is|here|your|ihr|ihre)\W{1,2}(?:dr|mr|mrs|ms|frau|herr)?\.? ?$"
)
SUCCEEDS = re.compile(
    r"\b(?:does|decides|handles|runs|used to do|now|instead|successor\w*|taken over|took over|takes over|replac\w+|contact|write|email|reach|forward\w*|transfer\w*|his place|her place|has (?:her|his)|inherit\w*|got (?:the|purchasing|his|her)|covers?|speak|talk|call|turn to|please|nachfolg\w*|"
    r"ubern\w+|wenden|richten|zustandig|jetzt|nun|kontakt\w*|remplac\w*|succ\w+|repr\w+|desormais|maintenant|adress\w+|contacte\w*|sucesor\w*|sustitu\w*|reemplaz\w*|ahora|escrib\w+|dirig\w+|assum\w+|substitu\w*|agora|contat\w*|"
    r"opvolg\w*|neemt|nam|vervang\w*|voortaan|sostitu\w*|subentr\w*|ora|rivol\w+|eftertr\w*|efterfol\w*|overtog|tagit over|etterfol\w*|seuraaj\w*|peri|jatkaa|nastepc\w*|zastap\w*|przej\w*|nastupc\w*|nahradi\w*|utod\w*|preluat|yerine|замість|наступни\w*|αντικατ\w*|διαδοχ\w*)\b|后任|後任|接任|接手|후임"
)
NOUN_ENDS = (
    "ung",
    "ungen",
    "heit",
    "keit",
    "schaft",
    "tion",
    "tat",
    "stelle",
    "tag",
    "tage",
    "abteilung",
    "leitung",
    "praxis",
    "strasse",
    "buro",
    "amt",
    "haus",
    "team",
)
NO_NAME = frozenset(
    """looping adding copying forwarding voyez contactez demandez frag fragen vraag parla chiedi senti fale fala pregunta pregunte hable tell grab shout chase ping
    ing mag dir ms gm md sig sra kollege kollegin kollegen colleague colleagues collega collegue colega kollega kolleg manager director head chief officer lead leader supervisor treasurer secretary president chairman bursar
    team desk department dept reward logistics finance purchasing procurement marketing operations service services customer support domestic group trade memorial lunar labor labour executive assistant companyi we you he she they it the this that these those hi hello hey dear thanks thank please regards best our my your yes no not and or but if so as at in on of for from by with to
    gdpr cfo cto cio ceo coo hr uk us usa eu it roi ai iso pdf ok okay hq cc re fwd po crm erp saas faq url www pto ooo fyi asap am pm est cet gmt ist utc q1 q2 q3 q4 kw teams zoom
    linkedin google microsoft outlook excel whatsapp signal meet calendly slack internet email mail e-mail phone tel mobile cell ext fax office
    will would can could should may might must do does did is are was were be been has have had let lets what when where who why how which there here then than also just only even still
    try ask call ring write send speak talk contact see come go get give take tell put see out away back gone off on leave vacation holiday holidays automatic auto reply answer
    urgent emergency emergencies questions recruitment invoice sales orders message messages your sir madam sirs mr mrs ms miss dr prof good morning afternoon evening day nice sorry sure well now new next first last
    all any some every each one two three both many much more most other another nothing nobody everyone somebody anything another maybe perhaps oh ah aye yeah nah nope cheers
    i'm i've i'll i'd we're we've we'll we'd you're you'd you'll he's she's it's that's there's what's let's they're don't can't won't isn't doesn't didn't haven't not
    sie ihr ihre ihren ihrem wir ich er es der die das den dem des ein eine einen einem einer und oder aber nein ja bitte danke vielen guten tag hallo liebe lieber frau herr herrn in an am im auf mit bei zu zum zur von vom fur
    nach vor uber unter durch gegen ohne um ab bis seit aus wenn weil dass ob wie was wer wo wann warum da dann hier dort nur noch schon sehr leider gern gerne zustandig kontakt anfrage anfragen mail nachricht angebot
    fragen frage firma unternehmen abteilung einkauf vertrieb buchhaltung geschaftsfuhrung geschaftsleitung urlaub anliegen fallen dringenden dringend dringendes vertretung rucksprache danach grusse freundlichen mfg diese dieser dieses dafur darum
    bonjour bonsoir merci je vous nous il elle on ils elles le la les un une des du de au aux et ou mais non oui si en pour par avec sans sous sur chez dans c'est est ce cet cette ces mon ma mes notre votre leur cordialement madame monsieur mme m
    pas plus tres bien voici voila quand que qui quoi dont ou comme d'accord desole veuillez toute tout tous toutes pour urgence absent absente
    hola gracias buenos dias buenas tardes el la los las un una unos y o pero no si en con sin por para de del al es esta este esto esa ese eso mi mis tu su sus nuestro nuestra me te se le lo que quien como cuando donde
    cordial saludo saludos estimado estimada senor senora sr sra don dona favor atentamente usted
    beste geachte dag dank bedankt ik wij we u jij je hij zij het de een en of maar nee ja niet geen wel op in aan bij met van voor naar om uit over door te ten ter dit dat deze die mijn ons onze uw zijn haar hun als dan toen daar hier waar wie wat
    groet groeten mevrouw meneer heer graag helaas sorry
    ciao salve grazie buongiorno buonasera gentile egregio il lo la i gli le un uno una e o ma no si non in con su per tra fra di da del della dei delle al alla ai alle mi ti ci vi si ne questo questa quello quella mio mia nostro nostra suo sua
    che chi come quando dove cordiali saluti sono sig sig.ra signora signor dott per piacere prego guardi
    ola bom boa dia tarde noite obrigado obrigada o a os as um uma e ou mas nao sim em com sem por para de do da dos das no na nos nas ao eu tu ele ela nos voce voces meu minha nosso nossa seu sua que quem como quando onde
    prezado prezada senhor senhora att abraco atenciosamente caro cara favor
    hej hei jag jeg vi du ni de den det en ett et och og men nej nei ja tack takk tak med for fra fran till til pa av av om hilsen halsningar mvh hilsener
    hyva terveisin kiitos moi hei mina me te on ei ja tai mutta
    dzien dobry dziekuje prosze pan pani ja my nie tak i lub ale z w na do od dla o pozdrawiam szanowni panstwo
    dobry den dekuji prosim ano ne a nebo ale s v na do od pro s pozdravem vazeny vazena
    tisztelt udvozlettel koszonom igen nem es vagy de a az kedves
    buna ziua multumesc nu da si sau dar cu pentru stimate cu stima
    merhaba sayin tesekkurler evet hayir ve veya ama iyi gunler
    добрии день дякую так ні і або але з в на до від для шановні пане пані
    gmbh ag ltd llc inc plc bv nv sa srl spa sl sas sarl oy ab as aps kg co corp group holding dus fur e-mail english version below automated automatische abwesenheitsnotiz abwesenheit
    german french spanish italian dutch english deutsch francais espanol italiano christmas easter thanksgiving ostern weihnachten paques pascua europe germany france spain italy london paris berlin munich""".split()
)
