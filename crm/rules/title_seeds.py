"""The rules for titles a new installation starts with: words of seven languages; admins edit them later."""

from typing import Any

# German and Dutch write stem and rank as one word; these are joined into plain phrases below.
_GERMAN = {
    "procurement": "einkaufs beschaffungs", "production": "produktions fertigungs werks werk",
    "operations": "betriebs", "logistics": "logistik lager versand fuhrpark", "sales": "vertriebs verkaufs",
    "marketing": "marketing", "hr": "personal", "quality": "qualitäts", "finance": "finanz buchhaltungs",
    "legal": "rechts", "facilities": "instandhaltungs wartungs", "engineering": "entwicklungs konstruktions technik",
    "it": "edv",
}  # fmt: skip
_DUTCH = {
    "procurement": "inkoop", "production": "productie fabrieks", "operations": "bedrijfs operations",
    "logistics": "logistiek magazijn", "sales": "verkoop sales", "marketing": "marketing", "hr": "personeels",
    "quality": "kwaliteits", "facilities": "onderhouds", "it": "ict",
}  # fmt: skip
_RANKS = {"head": "leiter leiterin leitung chef chefin", "manager": "manager managerin"}
_DUTCH_RANKS = {"head": "leider hoofd chef", "manager": "manager", "director": "directeur"}


def _joined(stems: dict[str, str], ranks: dict[str, str], function: str = "", level: str = "") -> list[str]:
    return [
        stem + end
        for name, words in stems.items()
        if function in ("", name)
        for stem in words.split()
        for rank, ends in ranks.items()
        if level in ("", rank)
        for end in ends.split()
    ]


# What is said first stands: titles in which one word would mislead. phrases, function, level, role, note.
CLAIMS: list[tuple[str, str, str, str, str, str]] = [
    # language, phrases, function, level, role, note
    ("", "former;formerly;ex;retired;previously", "", "former", "unknown", "Whoever was something decides nothing now."),
    ("de", "ehemaliger;ehemalige;ehemals;früherer;frühere;im ruhestand", "", "former", "unknown", ""),
    ("fr", "ancien;ancienne;retraité;retraitée", "", "former", "unknown", ""),
    ("es", "antiguo;antigua;anterior;exdirector;exdirectora;exgerente;jubilado;jubilada", "", "former", "unknown", ""),
    ("nl", "voormalig;voormalige;gepensioneerd;oud directeur", "", "former", "unknown", ""),
    ("it", "pensionato;pensionata;precedente", "", "former", "unknown", ""),
    ("pt", "antigo;antiga;aposentado;aposentada;reformado;reformada", "", "former", "unknown", ""),
    ("en", "intern;internship;trainee;apprentice;working student;student;placement student", "", "intern", "unknown", ""),
    ("de", "praktikant;praktikantin;werkstudent;werkstudentin;auszubildender;auszubildende;azubi;volontär;volontärin;"
           "studentin;dualer student", "", "intern", "unknown", ""),
    ("fr", "stagiaire;alternant;alternante;apprenti;apprentie;étudiant;étudiante", "", "intern", "unknown", ""),
    ("es", "becario;becaria;aprendiz;practicante;en prácticas;estudiante", "", "intern", "unknown", ""),
    ("nl", "stagiair;stagiaire;stagiaire;leerling;afstudeerder", "", "intern", "unknown", ""),
    ("it", "tirocinante;stagista;apprendista;studente;studentessa", "", "intern", "unknown", ""),
    ("pt", "estagiário;estagiária;estudante;jovem aprendiz", "", "intern", "unknown", ""),
    ("", "non executive;nonexecutive;supervisory board;advisory board;board advisor;board adviser;board observer;"
         "advisor to;adviser to;senior advisor", "", "adviser", "unknown", "Advises or supervises; does not decide day to day."),
    ("", "aufsichtsrat;aufsichtsrätin;aufsichtsratsvorsitzender;aufsichtsratsvorsitzende;aufsichtsratsmitglied;beirat;"
         "beirätin;conseil de surveillance;raad van commissarissen;commissaris;consejero independiente;"
         "consigliere indipendente;conselho fiscal;conselho consultivo", "", "adviser", "unknown", ""),
    ("", "chef de cuisine;sous chef;head chef;executive chef;pastry chef;chef cuisinier;chef pâtissier;chef de partie;"
         "chef de rang;chef kok;chefkok;küchenchef;küchenchefin;chefkoch;jefe de cocina;jefa de cocina;capo cuoco;"
         "chefe de cozinha;chef kok;souschef", "", "specialist", "unknown", "A chef in a kitchen is no head of anything we sell to."),
    ("", "head nurse;head coach;head teacher;headteacher;head waiter;fire chief;police chief;vice principal", "", "specialist", "unknown", ""),
    ("", "product owner;product manager;produktmanager;produktmanagerin;chef de produit;jefe de producto;"
         "productmanager;gerente de produto", "engineering", "specialist", "", "Owns a backlog, not a company."),
    ("", "process owner;business owner representative;system owner;data owner;risk owner;owner s representative", "", "specialist", "", ""),
    ("", "project manager;programme manager;program manager;project leader;projektleiter;projektleiterin;projektmanager;"
         "projektmanagerin;chef de projet;cheffe de projet;jefe de proyecto;jefe de proyectos;jefa de proyecto;"
         "projectleider;projectmanager;capo progetto;gerente de projeto;gerente de projetos;gestor de projeto;"
         "gestor de projetos;scrum master", "", "specialist", "", "Manages a project, not people or money."),
    ("", "account executive;sales executive;account manager;key account manager;accountmanager;sales engineer;"
         "sales representative;technico commercial;agente comercial", "sales", "specialist", "", "An executive in name only."),
    ("", "sales operations;sales enablement;revenue operations", "sales", "", "", ""),
    ("", "recruiter;recruiting;recruitment;talent acquisition;talent sourcing", "hr", "", "", "Recruits for IT, does not run it."),
    ("", "marketing operations", "marketing", "", "", ""),
    ("", "recruiter;talent sourcer;recruitment consultant", "hr", "specialist", "", ""),
    ("", "media buyer;media planner;acheteur d'espaces;acheteuse d'espaces;acheteur média", "marketing", "specialist", "", ""),
    ("", "air traffic controller", "", "specialist", "unknown", ""),
    ("", "document controller", "administration", "specialist", "", ""),
    ("", "quality controller;quality inspector", "quality", "specialist", "", ""),
    ("", "stock controller;inventory controller;transport controller", "logistics", "specialist", "", ""),
    ("", "production controller", "production", "specialist", "", ""),
    ("", "credit controller;purchase ledger;accounts payable", "finance", "specialist", "", ""),
    ("", "food safety;hygiene manager", "quality", "", "", ""),
    ("", "sécurité informatique;sécurité des systèmes;seguridad informática;seguridad de la información;"
         "sicurezza informatica;segurança da informação;it security;it sicherheit", "it", "", "", ""),
    ("", "cadena de suministro;cadeia de suprimentos;cadeia de abastecimento", "logistics", "", "", ""),
    ("", "assistant vice president;avp;associate director;assistant director", "", "director", "", "Above a manager, below a VP."),
    ("", "deputy chief;deputy cfo;deputy coo;deputy ceo;deputy managing director;directeur général adjoint;"
         "directrice générale adjointe;adjunct directeur", "", "vp", "", ""),
    ("", "secretary general;company secretary;secrétaire général;secrétaire générale;secretario general;"
         "secretaria general;segretario generale;secretário geral;secretary company", "general-management", "director", "approver",
         "No secretary."),
    ("", "secrétaire de rédaction;secrétaire d'édition;secrétaire d'état;secrétaire des affaires étrangères;secretary of state;"
         "foreign secretary;secretario de estado;secretário de estado", "", "specialist", "unknown", ""),
    ("", "gérant de portefeuille;gérant de fortune;portfolio manager", "finance", "specialist", "", "Runs a portfolio, no company."),
    ("en", "assistant to;executive assistant;personal assistant;administrative assistant;management assistant;pa to;"
           "ea to;executive secretary;secretary;receptionist;front desk", "administration", "assistant", "gatekeeper",
           "Decides who gets through."),
    ("de", "assistent der;assistentin der;assistenz der;assistent des;assistentin des;assistenz des;"
           "geschäftsführungsassistent;geschäftsführungsassistentin;geschäftsführungsassistenz;vorstandsassistent;"
           "vorstandsassistentin;vorstandsassistenz;direktionsassistent;direktionsassistentin;direktionsassistenz;"
           "teamassistenz;teamassistentin;chefsekretärin;sekretärin;sekretär;sekretariat;vorzimmer;empfang;"
           "managementassistentin;managementassistenz", "administration", "assistant", "gatekeeper", ""),
    ("fr", "assistant de direction;assistante de direction;assistante du directeur;assistant du directeur;"
           "assistante de la direction;assistante du président;secrétaire;secrétariat;standardiste;hôtesse d'accueil;"
           "assistante du pdg;assistante administrative", "administration", "assistant", "gatekeeper", ""),
    ("es", "secretaria;secretario;asistente de dirección;asistente de gerencia;asistente de presidencia;"
           "asistente ejecutiva;asistente ejecutivo;asistente del director;asistente de la dirección;recepcionista",
           "administration", "assistant", "gatekeeper", ""),
    ("nl", "directiesecretaresse;directiesecretaris;directieassistent;directieassistente;managementassistent;"
           "managementassistente;management assistent;management assistente;secretaresse;receptioniste;telefoniste",
           "administration", "assistant", "gatekeeper", ""),
    ("it", "segretaria;segretario;assistente di direzione;assistente alla direzione;assistente della direzione;"
           "assistente del direttore;assistente dell'amministratore;centralinista", "administration", "assistant", "gatekeeper", ""),
    ("pt", "secretária;secretário;assistente de direção;assistente da direção;assistente de diretoria;"
           "assistente da diretoria;assistente executiva;assistente executivo;recepcionista;rececionista",
           "administration", "assistant", "gatekeeper", ""),
    ("", "office manager;officemanager;office managerin;büroleiterin;büroleiter", "administration", "manager", "gatekeeper", ""),
]  # fmt: skip

# Whoever helps, advises or works beside a chief bears the chief's title in their own, in any order of words: "CEO's
# Assistant", "Assistente do CEO". Words before a chief, words after one, and what chiefs are called.
_HELP, _OFFICE, _ADVICE = (
    ("administration", "assistant", "gatekeeper", "Bears a chief's title in their own, and decides who gets through."),
    ("", "specialist", "unknown", "Works in a chief's office, and is not the chief."),
    ("", "adviser", "unknown", "Advises a chief, and is not the chief."),
)
_CHIEFS = "ceo;cfo;coo;cto;cio;ciso;cpo;cmo;cro;chro"
_BESIDE: dict[str, tuple[str, list[tuple[tuple[str, str, str, str], str, str]]]] = {
    # language: what chiefs are called; what they say, words before the chief, words after
    "": (f"{_CHIEFS};md;gf;pdg;dg", [
        (_HELP, "pa;ea;assistante;assistent;assistentin;assistenz;asistente;assistente",
                "pa;ea;assistant;assistante;assistent;assistentin;assistenz;assistente"),
        (_OFFICE, "", "office;büro;bureau"),
        (("", "assistant", "", "Somebody's assistant, or the second man: too weak to say."), "assistant", ""),
    ]),
    "en": (f"{_CHIEFS};md;managing director;president;chairman;chairwoman;chief executive;general manager;founder;owner", [
        (_HELP, "", "s assistant;s personal assistant;s pa;s ea;s aide;assistant"),
        (_OFFICE, "office of;office of the", "s office"),
        (_ADVICE, "consultant to;consultant to the;consultant for the;counsellor to;counsellor to the;counselor to the",
                  "s adviser;s advisor;s consultant"),
    ]),
    "de": (f"{_CHIEFS};vorstand;vorstands;vorstandes;geschäftsführung;geschäftsleitung;geschäftsführer;geschäftsführers;"
           "geschäftsführerin;gf;direktion;inhaber;inhabers;inhaberin", [
        (_HELP, "assistent;assistentin;assistenz;assistent von;assistentin von", "assistent;assistentin;assistenz"),
        (_OFFICE, "büro;büro der;büro des;stab;stabsstelle;stabsstelle der;referent;referent der;referent des;referentin;"
                  "referentin der;referentin des", ""),
        (_ADVICE, "berater der;berater des;beraterin der;beraterin des", ""),
    ]),
    "fr": (f"{_CHIEFS};pdg;dg;daf;directeur;directrice;direction;président;présidente;présidence;gérant;gérante", [
        (_HELP, "assistant du;assistante du;assistant de la;assistante de la;assistant de;assistante de;assistant auprès du;"
                "assistante auprès du;assistant auprès de la;assistante auprès de la", ""),
        (_OFFICE, "bureau du;bureau de la;cabinet du;cabinet de la;auprès du;auprès de la", ""),
        (_ADVICE, "conseiller du;conseillère du;conseiller de la;conseillère de la;conseiller auprès du;conseillère auprès du;"
                  "consultant du;consultante du", ""),
    ]),
    "es": (f"{_CHIEFS};director;directora;dirección;gerente;gerencia;presidente;presidenta;presidencia;consejero delegado;"
           "consejera delegada;dueño;dueña", [
        (_HELP, "asistente del;asistente de la;asistente de;asistente al;ayudante del;ayudante de la", ""),
        (_OFFICE, "oficina del;oficina de la;gabinete del;gabinete de la;despacho del;despacho de la", ""),
        (_ADVICE, "asesor del;asesora del;asesor de la;asesora de la;asesor de;asesora de;consultor del;consultora del;"
                  "consultor de la;consultora de la", ""),
    ]),
    "nl": (f"{_CHIEFS};directie;directeur;algemeen directeur;raad van bestuur;bestuur;bestuurder;bestuursvoorzitter;eigenaar", [
        (_HELP, "assistent van de;assistente van de;assistent van;assistente van;pa van de", "assistent;assistente"),
        (_OFFICE, "bureau van de;kantoor van de;stafmedewerker;stafmedewerker van de", ""),
        (_ADVICE, "adviseur van de;consultant van de", ""),
    ]),
    "it": (f"{_CHIEFS};direttore;direttrice;direzione;amministratore;amministratrice;presidente;presidenza;titolare;ad", [
        (_HELP, "assistente del;assistente della;assistente al;assistente alla;assistente di;assistente all;assistente dell;"
                "assistente", ""),
        (_OFFICE, "ufficio del;ufficio della;ufficio dell;ufficio di;segreteria;segreteria del;segreteria della;segreteria di;"
                  "staff del;staff della", ""),
        (_ADVICE, "consulente del;consulente della;consulente dell;consulente di;consigliere del;consigliere della", ""),
    ]),
    "pt": (f"{_CHIEFS};diretor;diretora;director;directora;diretoria;direção;administração;administrador;administradora;presidente;"
           "presidência;gerência;gerente;sócio;dono", [
        (_HELP, "assistente do;assistente da;assistente de;assistente ao;assistente à;secretariado do;secretariado da", ""),
        (_OFFICE, "gabinete do;gabinete da;escritório do;escritório da", ""),
        (_ADVICE, "consultor do;consultora do;consultor da;consultora da;assessor do;assessora do;assessor da;assessora da;"
                  "conselheiro do;conselheira do", ""),
    ]),
}  # fmt: skip
_MOST = 280  # phrases in one rule; an admin's form takes 300


def _beside() -> list[tuple[str, str, str, str, str, str]]:
    """Claims of whoever works beside a chief, in rules no longer than an admin may keep them."""
    made: list[tuple[str, str, str, str, str, str]] = []
    for language, (chiefs, kinds) in _BESIDE.items():
        for says, before, after in kinds:
            phrases = [f"{word} {chief}" for word in _split(before) for chief in _split(chiefs)]
            phrases += [f"{chief} {word}" for word in _split(after) for chief in _split(chiefs)]
            for start in range(0, len(phrases), _MOST):
                made.append((language, ";".join(phrases[start : start + _MOST]), *says))
    return made


def _split(words: str) -> list[str]:
    return [word for word in words.split(";") if word]


# Claims, ranks and fields that came after the first release; a migration gives them to those who had it.
LATER_CLAIMS: list[tuple[str, str, str, str, str, str]] = [
    ("", "chief of staff;stabschef;stabschefin;büroleitung;chef de cabinet;cheffe de cabinet;directeur de cabinet;"
         "directrice de cabinet;jefe de gabinete;jefa de gabinete;kabinetschef;capo di gabinetto;chefe de gabinete",
     "administration", "head", "gatekeeper", "Runs a chief's office."),
    *_beside(),
    ("nl", "assistent directie;assistente directie;pa directie", *_HELP),
    ("nl", "adviseur directie;adviseur bestuur;adviseur raad van bestuur;bureau directie", *_OFFICE),
    ("", "s assistant;s personal assistant;s pa;s ea", "", "assistant", "", "Somebody's assistant is not that somebody."),
]  # fmt: skip
LATER_LEVELS: list[tuple[str, dict[str, str]]] = [
    ("specialist", {
        "en": "caretaker;janitor;handyman;electrician;plumber",
        "de": "syndikusrechtsanwalt;syndikusrechtsanwältin;syndikusanwalt;syndikusanwältin;hausmeister;hausmeisterin;"
              "hausmeisterei;hauswart;hauswartin;hausverwalter;hausverwalterin;haustechniker;haustechnikerin;kältetechniker;"
              "kältetechnikerin;klimatechniker;klimatechnikerin;kälteanlagenbauer;kälteanlagenbauerin;mechatroniker;"
              "mechatronikerin;elektriker;elektrikerin;elektroniker;elektronikerin;schlosser;schlosserin",
        "fr": "frigoriste;électricien;électricienne;gardien d'immeuble;agent d'entretien", "es": "frigorista;electricista;conserje",
        "nl": "huismeester;conciërge;koeltechnicus;koelmonteur;elektricien", "it": "frigorista;elettricista;custode",
        "pt": "frigorista;eletricista;zelador;zeladora",
    }),
]  # fmt: skip
LATER_FUNCTIONS: list[tuple[str, dict[str, str]]] = [
    ("legal", {"de": "syndikusrechtsanwalt;syndikusrechtsanwältin;syndikusanwalt;syndikusanwältin"}),
    ("facilities", {
        "en": "caretaker;janitor;handyman;electrician;plumber;refrigeration",
        "de": "hausmeister;hausmeisterin;hausmeisterei;hauswart;hauswartin;hausverwalter;hausverwalterin;haustechniker;"
              "haustechnikerin;kältetechnik;kältetechniker;kältetechnikerin;klimatechnik;klimatechniker;klimatechnikerin;"
              "kälteanlagenbauer;kälteanlagenbauerin;elektriker;elektrikerin;schlosser;schlosserin",
        "fr": "frigoriste;électricien;électricienne;gardien d'immeuble;agent d'entretien;froid industriel",
        "es": "frigorista;electricista;conserje;refrigeración", "nl": "huismeester;conciërge;koeltechniek;koeltechnicus;koelmonteur;elektricien",
        "it": "frigorista;elettricista;custode;refrigerazione", "pt": "frigorista;eletricista;zelador;zeladora;refrigeração",
    }),
]  # fmt: skip

# The rank, most telling first: a "Vice President" must not be read as a president.
LEVEL_WORDS: list[tuple[str, dict[str, str]]] = [
    ("vp", {
        "en": "vp;svp;evp;vice president;senior vice president;executive vice president",
        "de": "vizepräsident;vizepräsidentin", "fr": "vice président;vice présidente",
        "es": "vicepresidente;vicepresidenta", "it": "vicepresidente;vice presidente",
        "pt": "vice presidente",
    }),
    ("c-level", {
        "en": "ceo;cfo;coo;cto;cio;ciso;chro;cmo;cro;cpo;clo;chief executive;chief executive officer;chief operating;"
              "chief operations;chief financial;chief finance;chief information;chief technology;chief technical;"
              "chief procurement;chief purchasing;chief supply chain;chief legal;chief marketing;chief revenue;"
              "chief commercial;chief sales;chief digital;chief data;chief people;chief human;chief quality;chief risk;"
              "chief compliance;chief product;chief sustainability;chief security;chief administrative;chief strategy;"
              "chief medical;managing director;president;chairman;chairwoman;chairperson;chair of the board;general counsel",
        "de": "geschäftsführer;geschäftsführerin;geschäftsführender;geschäftsführende;mitglied der geschäftsleitung;"
              "vorsitzender der geschäftsführung;vorsitzende der geschäftsführung;vorstand;vorstandsvorsitzender;"
              "vorstandsvorsitzende;vorstandsmitglied;finanzvorstand;technikvorstand;vertriebsvorstand;generaldirektor;"
              "generaldirektorin;geschäftsinhaber",
        "fr": "directeur général;directrice générale;pdg;dg;président;présidente;gérant;gérante;administrateur délégué",
        "es": "director general;directora general;consejero delegado;consejera delegada;director ejecutivo;"
              "directora ejecutiva;presidente;presidenta;gerente general",
        "nl": "algemeen directeur;algemene directeur;bestuursvoorzitter;voorzitter raad van bestuur;"
              "lid raad van bestuur;statutair directeur;bestuurder",
        "it": "amministratore delegato;amministratrice delegata;direttore generale;direttrice generale;presidente;"
              "amministratore unico;amministratrice unica",
        "pt": "diretor geral;diretora geral;director geral;directora geral;diretor executivo;diretora executiva;"
              "director executivo;directora executiva;diretor presidente;diretora presidente;administrador delegado;"
              "presidente",
    }),
    ("owner", {
        "en": "owner;co owner;founder;co founder;cofounder;proprietor",
        "de": "inhaber;inhaberin;eigentümer;eigentümerin;gründer;gründerin;gesellschafter;gesellschafterin",
        "fr": "propriétaire;fondateur;fondatrice;cofondateur;cofondatrice",
        "es": "propietario;propietaria;dueño;dueña;fundador;fundadora;cofundador;cofundadora;socio;socia",
        "nl": "eigenaar;eigenaresse;oprichter;directeur grootaandeelhouder",
        "it": "titolare;proprietario;proprietaria;fondatore;fondatrice;socio;socia",
        "pt": "proprietário;proprietária;dono;dona;fundador;fundadora;sócio;sócia",
    }),
    ("lead", {
        "en": "supervisor;team lead;team leader;shift leader;shift lead;foreman;line leader;lead hand",
        "de": "schichtleiter;schichtleiterin;teamleiter;teamleiterin;teamleitung;gruppenleiter;gruppenleiterin;meister;"
              "meisterin;vorarbeiter;vorarbeiterin;schichtführer;industriemeister;produktionsmeister",
        "fr": "chef d'équipe;cheffe d'équipe;chef d'atelier;cheffe d'atelier;chef de chantier;agent de maîtrise;contremaître",
        "es": "jefe de turno;jefa de turno;jefe de equipo;jefa de equipo;encargado;encargada;capataz",
        "nl": "ploegleider;teamleider;ploegbaas;voorman;ploegchef",
        "it": "capoturno;capo turno;capo squadra;caposquadra;caporeparto;capo reparto",
        "pt": "encarregado;encarregada;chefe de turno;chefe de equipa;chefe de equipe;líder de equipe",
    }),
    ("head", {
        "en": "head;head of;financial controller;group controller;treasurer",
        "de": "leiter;leiterin;leitung;bereichsleiter;bereichsleiterin;abteilungsleiter;abteilungsleiterin;"
              "abteilungsleitung;hauptabteilungsleiter;ressortleiter;niederlassungsleiter;niederlassungsleiterin;"
              "standortleiter;standortleiterin;prokurist;prokuristin;chefeinkäufer;chefjustiziar;finanzchef;finanzchefin",
        "fr": "chef de;cheffe de;chef du;cheffe du;chef des;cheffe des;trésorier;trésorière",
        "es": "jefe;jefa;tesorero;tesorera", "nl": "hoofd", "it": "capo ufficio;capoufficio;tesoriere",
        "pt": "chefe;tesoureiro;tesoureira",
    }),
    ("director", {
        "en": "director;general manager", "de": "direktor;direktorin",
        "fr": "directeur;directrice;daf;dsi;drh;rssi", "es": "director;directora", "nl": "directeur;directrice",
        "it": "direttore;direttrice;dirigente", "pt": "diretor;diretora;director;directora",
    }),
    # Assistants of a function stand above its managers here: an "Assistant Operations Manager" is a weak sign.
    ("assistant", {
        "en": "assistant;paralegal", "de": "assistent;assistentin;assistenz", "fr": "assistant;assistante;aide",
        "es": "asistente;auxiliar", "nl": "assistent;assistente", "it": "assistente;ausiliario", "pt": "assistente;auxiliar",
    }),
    ("manager", {
        "en": "manager", "de": "manager;managerin", "fr": "responsable;manager", "es": "responsable;gerente",
        "nl": "manager", "it": "responsabile", "pt": "gerente;responsável;coordenador;coordenadora",
    }),
    ("specialist", {
        "en": "engineer;analyst;specialist;buyer;coordinator;planner;clerk;officer;administrator;architect;accountant;"
              "consultant;technician;developer;controller;counsel;lawyer;attorney;solicitor;business partner;operator;"
              "representative;agent;scientist;scheduler;expeditor;executive;nurse;auditor;inspector;designer",
        "de": "sachbearbeiter;sachbearbeiterin;mitarbeiter;mitarbeiterin;referent;referentin;personalreferent;"
              "personalreferentin;fachkraft;ingenieur;ingenieurin;techniker;technikerin;einkäufer;einkäuferin;buchhalter;"
              "buchhalterin;systemadministrator;systemadministratorin;entwickler;entwicklerin;berater;beraterin;kaufmann;"
              "kauffrau;disponent;disponentin;justiziar;justiziarin;jurist;juristin;rechtsanwalt;rechtsanwältin;syndikus",
        "fr": "acheteur;acheteuse;comptable;ingénieur;ingénieure;technicien;technicienne;juriste;avocat;avocate;"
              "chargé;chargée;gestionnaire;conseiller;conseillère;analyste;approvisionneur;approvisionneuse;opérateur;"
              "administrateur;contrôleur de gestion",
        "es": "comprador;compradora;contable;ingeniero;ingeniera;técnico;técnica;analista;abogado;abogada;asesor;asesora;"
              "administrativo;administrativa;especialista;coordinador;coordinadora;consultor;consultora;operario",
        "nl": "inkoper;inkoopster;medewerker;medewerkster;magazijnmedewerker;beheerder;systeembeheerder;jurist;"
              "bedrijfsjurist;boekhouder;adviseur;monteur;ingenieur;coördinator;verkoper",
        "it": "impiegato;impiegata;addetto;addetta;tecnico;tecnica;specialista;contabile;avvocato;avvocatessa;ingegnere;"
              "analista;ragioniere;ragioniera;consulente;operaio;operatore;coordinatore;coordinatrice",
        "pt": "comprador;compradora;analista;contabilista;contador;contadora;advogado;advogada;técnico;técnica;engenheiro;"
              "engenheira;especialista;consultor;consultora;programador;operador",
    }),
]  # fmt: skip

# The field of work; where two are named the first of this list is taken ("Purchasing & Logistics" buys).
FUNCTION_WORDS: list[tuple[str, dict[str, str]]] = [
    ("legal", {
        "en": "legal;counsel;attorney;lawyer;solicitor;paralegal;compliance;clo",
        "de": "recht;rechtsabteilung;justiziar;justiziarin;chefjustiziar;jurist;juristin;syndikus;rechtsanwalt;rechtsanwältin",
        "fr": "juridique;juriste;avocat;avocate;conformité", "es": "jurídico;jurídica;abogado;abogada;cumplimiento",
        "nl": "juridisch;juridische;jurist;bedrijfsjurist;advocaat", "it": "legale;legali;avvocato;avvocatessa;giurista",
        "pt": "jurídico;jurídica;advogado;advogada;conformidade",
    }),
    ("hr", {
        "en": "hr;human resources;people;people operations;talent;chro", "de": "personal;personalreferent;personalreferentin;personalwesen;personalabteilung",
        "fr": "rh;drh;ressources humaines;recrutement", "es": "rrhh;recursos humanos;personas", "nl": "hrm;personeelszaken;p o",
        "it": "risorse umane;personale", "pt": "recursos humanos;gestão de pessoas",
    }),
    ("procurement", {
        "en": "procurement;purchasing;buyer;sourcing;category manager;category management;vendor management;supplier management;purchasing manager",
        "de": "einkauf;einkäufer;einkäuferin;chefeinkäufer;beschaffung;materialwirtschaft",
        "fr": "achat;achats;acheteur;acheteuse;approvisionneur;approvisionneuse", "es": "compras;comprador;compradora;aprovisionamiento",
        "nl": "inkoop;inkoper;inkoopster", "it": "acquisti;approvvigionamenti;approvvigionamento",
        "pt": "compras;comprador;compradora;aprovisionamento;suprimentos",
    }),
    ("quality", {
        "en": "quality;qa;qc;qhse;hseq;regulatory affairs;food safety",
        "de": "qualität;qualitätsmanagement;qualitätssicherung;qualitätsmanagementbeauftragter;qmb;qm", "fr": "qualité;qhse;qse",
        "es": "calidad", "nl": "kwaliteit;kwaliteitszorg;kam", "it": "qualità", "pt": "qualidade",
    }),
    ("safety", {
        "en": "ehs;hse;she;safety;health and safety;occupational health", "de": "arbeitssicherheit;arbeitsschutz;sicherheitsfachkraft",
        "fr": "hse;sécurité", "es": "prl;prevención;seguridad;seguridad y salud", "nl": "veiligheid;veiligheidskundige;vgm",
        "it": "sicurezza;rspp;hse", "pt": "segurança;sst",
    }),
    ("finance", {
        "en": "finance;financial;cfo;controller;controlling;accounting;accountant;accounts;treasury;treasurer;tax;audit;auditor;payroll;fp a",
        "de": "finanzen;finanz;finanzvorstand;finanzchef;finanzchefin;kaufmännischer;kaufmännische;kaufmännisches;"
              "buchhaltung;buchhalter;buchhalterin;rechnungswesen;steuern",
        "fr": "financier;financière;finances;comptable;comptabilité;daf;raf;trésorier;trésorière;contrôle de gestion;contrôleur de gestion",
        "es": "financiero;financiera;finanzas;contable;contabilidad;tesorero;tesorera;tesorería",
        "nl": "financieel;financiële;financiën;boekhouder;boekhouding",
        "it": "finanziario;finanziaria;finanza;contabile;contabilità;amministrativo;amministrativa;amministrazione e finanza;"
              "tesoriere;ragioniere;ragioniera;controllo di gestione",
        "pt": "financeiro;financeira;finanças;contabilista;contabilidade;contador;contadora;tesoureiro;tesoureira;controladoria",
    }),
    ("customer-service", {
        "en": "customer service;customer success;customer support;customer care;customer experience;helpdesk;help desk;contact centre;call centre;call center",
        "de": "kundenservice;kundendienst;kundenbetreuung", "fr": "service client;relation client;service clients",
        "es": "atención al cliente;servicio al cliente", "nl": "klantenservice;klantcontact",
        "it": "servizio clienti;assistenza clienti", "pt": "apoio ao cliente;atendimento;atendimento ao cliente",
    }),
    ("marketing", {
        "en": "marketing;brand;communications;communication;public relations;content;seo;cmo;creative director;art director",
        "de": "werbung;öffentlichkeitsarbeit;unternehmenskommunikation;kommunikation", "fr": "marque", "es": "comunicación;mercadeo",
        "nl": "communicatie", "it": "comunicazione", "pt": "comunicação",
    }),
    ("sales", {
        "en": "sales;business development;commercial;key account;revenue;cro", "de": "vertrieb;vertriebsvorstand;verkauf;außendienst;innendienst",
        "fr": "commerciale;ventes;vente", "es": "ventas;comercial", "nl": "verkoop;verkoper;commercieel;commerciële",
        "it": "vendite;commerciale", "pt": "vendas;comercial",
    }),
    ("engineering", {"en": "cto;chief technology;chief technical"}),
    ("it", {
        "en": "it;ict;information technology;information systems;information security;infrastructure;cio;ciso;chief information;"
              "cybersecurity;cyber security;systems;sysadmin;network;software;devops;cloud;data;solutions architect;"
              "solution architect;enterprise architect;digital transformation",
        "de": "edv;informationstechnik;informationssicherheit;systemadministrator;systemadministratorin;digitalisierung;softwareentwickler",
        "fr": "informatique;dsi;rssi;systèmes d'information", "es": "sistemas;informática;informático;ti;tic;tecnología;tecnologías de la información",
        "nl": "automatisering;systeembeheer;systeembeheerder;informatiemanager", "it": "sistemi informativi;informatica;informatico;ced",
        "pt": "ti;sistemas;informática;tecnologia;tecnologia da informação",
    }),
    ("facilities", {
        "en": "facilities;facility;maintenance;property;estates;real estate;building", "de": "instandhaltung;wartung;haustechnik;gebäudemanagement;liegenschaften",
        "fr": "services généraux;moyens généraux;immobilier", "es": "mantenimiento;servicios generales",
        "nl": "technische dienst;onderhoud;facilitair;facilitaire;huisvesting", "it": "manutenzione;servizi generali",
        "pt": "manutenção;instalações",
    }),
    ("logistics", {
        "en": "logistics;supply chain;warehouse;warehousing;distribution;transport;transportation;fleet;shipping;fulfilment;fulfillment;inventory;freight",
        "de": "logistik;lager;lagerlogistik;versand;spedition;disposition;disponent;disponentin;fuhrpark",
        "fr": "logistique;entrepôt;transports;approvisionnement;approvisionnements", "es": "logística;almacén;transporte;transportes;distribución",
        "nl": "logistiek;logistieke;magazijn;magazijnmedewerker;wagenpark;expeditie", "it": "logistica;magazzino;trasporti;spedizioni",
        "pt": "armazém;transporte;distribuição;frota",
    }),
    ("production", {
        "en": "production;manufacturing;plant;factory;packaging;assembly;mill;shop floor",
        "de": "produktion;fertigung;schichtleiter;schichtleiterin;schichtführer;industriemeister;produktionsmeister;herstellung;montage",
        "fr": "usine;fabrication;atelier;directeur industriel;directrice industrielle", "es": "producción;planta;fábrica;fabricación;turno",
        "nl": "productie;fabriek;ploegleider;ploegchef;ploegbaas", "it": "produzione;stabilimento;fabbrica;capoturno;capo turno;caporeparto;capo reparto",
        "pt": "produção;fabrico;industrial;turno",
    }),
    ("operations", {
        "en": "operations;operational;operating;ops;coo;site director;site manager;site lead", "de": "betrieb;operativer;operative;standortleiter;standortleiterin",
        "fr": "opérationnel;opérationnelle;exploitation;directeur de site;directrice de site", "es": "operaciones;operativo;operativa",
        "nl": "operationeel;operationele;bedrijfsvoering", "it": "operativo;operativa;operazioni", "pt": "operações;operacional",
    }),
    ("engineering", {
        "en": "engineering;engineer;r d;research and development;research;technical;innovation;laboratory;scientist;mechanical;electrical",
        "de": "technik;technischer;technische;technikvorstand;entwicklung;konstruktion;ingenieur;ingenieurin;forschung", "fr": "technique;ingénierie;ingénieur;ingénieure;bureau d'études;recherche",
        "es": "técnico;técnica;ingeniería;ingeniero;ingeniera;i d", "nl": "technisch;technische;ontwikkeling",
        "it": "tecnico;tecnica;ingegneria;ingegnere;progettazione;ricerca e sviluppo", "pt": "técnico;técnica;engenharia;engenheiro;engenheira;pesquisa e desenvolvimento",
    }),
    ("general-management", {
        "en": "ceo;chief executive;managing director;general manager;president;chairman;chairwoman;chairperson;chair of the board;founder;"
              "co founder;cofounder;owner;co owner;proprietor;board member;board of directors;country manager;branch manager",
        "de": "geschäftsführer;geschäftsführerin;geschäftsführender;geschäftsführende;geschäftsleitung;geschäftsführung;vorstand;"
              "vorstandsvorsitzender;vorstandsvorsitzende;vorstandsmitglied;inhaber;inhaberin;eigentümer;eigentümerin;gründer;gründerin;"
              "gesellschafter;gesellschafterin;prokurist;prokuristin;generaldirektor;generaldirektorin;niederlassungsleiter;niederlassungsleiterin",
        "fr": "directeur général;directrice générale;direction générale;pdg;dg;président;présidente;gérant;gérante;propriétaire;"
              "fondateur;fondatrice;cofondateur;cofondatrice;administrateur délégué",
        "es": "director general;directora general;consejero delegado;consejera delegada;director ejecutivo;directora ejecutiva;presidente;"
              "presidenta;gerente general;propietario;propietaria;dueño;dueña;fundador;fundadora;cofundador;cofundadora;socio;socia;exdirector general",
        "nl": "algemeen directeur;algemene directeur;bestuursvoorzitter;raad van bestuur;statutair directeur;bestuurder;eigenaar;eigenaresse;"
              "oprichter;directeur grootaandeelhouder",
        "it": "amministratore delegato;amministratrice delegata;direttore generale;direttrice generale;amministratore unico;titolare;"
              "proprietario;proprietaria;fondatore;fondatrice",
        "pt": "diretor geral;diretora geral;director geral;directora geral;diretor executivo;diretora executiva;director executivo;"
              "directora executiva;diretor presidente;diretora presidente;administrador delegado;proprietário;proprietária;dono;dona;sócio;sócia",
    }),
    ("administration", {
        "en": "administration;administrative;office;clerk", "de": "verwaltung;büro", "fr": "administratif;administrative",
        "es": "administración;administrativo;administrativa", "nl": "administratie;kantoor", "pt": "administrativo;administrativa",
    }),
]  # fmt: skip

# function, levels, role, confidence: which part a function at a level plays when an account decides.
_LEADING = "vp director head manager"
ROLE_RULES: list[tuple[str, str, str, str]] = [
    ("", "former intern adviser assistant", "unknown", "high"),
    ("procurement", "", "procurement", "high"),
    ("legal", "", "legal", "high"),
    ("finance", "owner c-level vp director head", "budget-owner", "high"),
    ("finance", "manager lead specialist", "budget-owner", "low"),
    ("operations", "owner c-level", "executive", "high"),
    ("operations", _LEADING, "problem-owner", "high"),
    ("operations", "lead", "user", "high"),
    ("operations", "specialist", "user", "low"),
    ("production", f"c-level {_LEADING}", "problem-owner", "high"),
    ("production", "lead", "user", "high"),
    ("production", "specialist", "user", "low"),
    ("logistics", f"c-level {_LEADING}", "problem-owner", "high"),
    ("logistics", "lead", "user", "high"),
    ("logistics", "specialist", "user", "low"),
    ("facilities", f"c-level {_LEADING}", "problem-owner", "high"),
    ("facilities", "lead", "user", "high"),
    ("facilities", "specialist", "user", "low"),
    ("it", "c-level", "approver", "high"),
    ("it", f"{_LEADING} lead specialist", "technical-evaluator", "high"),
    ("engineering", "c-level", "approver", "high"),
    ("engineering", _LEADING, "technical-evaluator", "high"),
    ("engineering", "lead specialist", "technical-evaluator", "low"),
    ("quality", f"c-level {_LEADING}", "approver", "high"),
    ("quality", "lead specialist", "technical-evaluator", "low"),
    ("safety", f"c-level {_LEADING}", "approver", "high"),
    ("safety", "lead specialist", "user", "low"),
    ("general-management", "owner c-level", "executive", "high"),
    ("general-management", _LEADING, "approver", "high"),
]

_MORE = {"de": (_GERMAN, _RANKS), "nl": (_DUTCH, _DUTCH_RANKS)}


def seeds() -> list[dict[str, Any]]:
    """The rules in their order, as columns of TitleRule; `role` is a slug."""
    rows = [*_claims(CLAIMS), *_claims(LATER_CLAIMS), *_levels(LEVEL_WORDS), *_levels(LATER_LEVELS)]
    rows += [*_functions(FUNCTION_WORDS), *_functions(LATER_FUNCTIONS)]
    for function, levels, role, confidence in ROLE_RULES:
        rows.append(_row("", "", "", "", role, if_function=function, if_level=levels, confidence=confidence))
    return [{"order": 10 * place, **row} for place, row in enumerate(rows, 1)]


def later() -> set[tuple[str, ...]]:
    """The rules that came after the first release, by what they say."""
    return {key(row) for row in (*_claims(LATER_CLAIMS), *_levels(LATER_LEVELS), *_functions(LATER_FUNCTIONS))}


def key(row: dict[str, Any]) -> tuple[str, ...]:
    """What a rule says: two rows with one key are the same rule."""
    return tuple(row[name] for name in KEY)


KEY = ("phrases", "if_function", "if_level", "function", "level")


def _claims(said: list[tuple[str, str, str, str, str, str]]) -> list[dict[str, Any]]:
    return [_row(lang, words, function, level, role, note=note) for lang, words, function, level, role, note in said]


def _levels(said: list[tuple[str, dict[str, str]]]) -> list[dict[str, Any]]:
    return [
        _row(lang, words, "", level, more=_ranked(lang, level=level) if said is LEVEL_WORDS else None)
        for level, by_language in said
        for lang, words in by_language.items()
    ]


def _functions(said: list[tuple[str, dict[str, str]]]) -> list[dict[str, Any]]:
    return [
        _row(lang, words, function, "", more=_ranked(lang, function=function) if said is FUNCTION_WORDS else None)
        for function, by_language in said
        for lang, words in by_language.items()
    ]


def _ranked(language: str, **asked: str) -> list[str]:
    stems, ranks = _MORE.get(language, ({}, {}))
    return _joined(stems, ranks, **asked)


def _row(
    language: str, words: str, function: str, level: str, role: str = "", *, more: list[str] | None = None, **rest: Any
) -> dict[str, Any]:
    phrases = list(dict.fromkeys([*(word.strip() for word in words.split(";") if word.strip()), *(more or [])]))
    return {
        "language": language,
        "phrases": "\n".join(phrases),
        "function": function,
        "level": level,
        "role": role,
        "if_function": "",
        "if_level": "",
        "confidence": "high",
        "note": "",
        **rest,
    }
