"""The words a big installation is made of: names, places, trades and titles with the weights of real lists."""

from itertools import product

COUNTRIES = {
    "GB": (30, "Europe/London", ["Ltd", "Limited", "PLC", ""], ["Leeds", "London", "Bristol", "Hull", "Glasgow", "York"]),
    "DE": (22, "Europe/Berlin", ["GmbH", "AG", "GmbH & Co. KG", ""], ["Berlin", "Hamburg", "Köln", "Bremen", "Kassel"]),
    "US": (18, "America/New_York", ["Inc", "LLC", "Corp", ""], ["Boston", "Albany", "Newark", "Dayton", "Buffalo"]),
    "FR": (9, "Europe/Paris", ["SARL", "SA", "SAS"], ["Paris", "Lyon", "Lille", "Nantes", "Orléans"]),
    "NL": (7, "Europe/Amsterdam", ["B.V.", "NV", ""], ["Utrecht", "Breda", "Delft", "Zwolle"]),
    "ES": (5, "Europe/Madrid", ["S.L.", "S.A."], ["Madrid", "Sevilla", "Bilbao", "Málaga"]),
    "IT": (4, "Europe/Rome", ["S.r.l.", "S.p.A."], ["Milano", "Torino", "Bari", "Parma"]),
    "DK": (2, "Europe/Copenhagen", ["ApS", "A/S"], ["Odense", "Aarhus", "Vejle"]),
    "PT": (2, "Europe/Lisbon", ["Lda", "SA"], ["Porto", "Braga", "Lisboa"]),
    "IN": (1, "Asia/Kolkata", ["Pvt Ltd", ""], ["Pune", "Surat", "Kochi"]),
}  # fmt: skip
TRADES = """Foods Logistics Pharma Dairy Stores Transport Bakery Fisheries Catering Wholesale Packaging Hotels Hospitals
Laboratories Farms Brewery Chemicals Textiles Motors Energy Printing Steel Plastics Optics Software Insurance Bank Clinics
Schools Timber Glass Ceramics Instruments Shipping Airways Railways Construction Homes Gardens""".split()
INDUSTRIES = ["Food", "Logistics", "Pharma", "Retail", "Health", "Hotels", "Chemicals", "Manufacturing", "Energy",
              "Construction", "Finance", "Education", "Software", "Public", ""]  # fmt: skip
STARTS = "Bar Ber Bran Cal Dal Den Ed Fal Gar Hal Hol Hart Kel Kirk Lang Lind Mar Mil Nor Os Pen Ram Ros Sand Sel Stan Thor Vel Wal Wes".split()
MIDDLES = ["", "a", "en", "er", "i", "ing", "o", "or"]
ENDS = "berg by dale den feld ford ham hof land ley man mann mere more ner sen son stein ton vik wald well wick worth".split()
SURNAMES = [a + b + c for c, b, a in product(ENDS, MIDDLES, STARTS)]
FIRST = """Anna Peter Maria Thomas Sophie Michael Emma Lars Julia Martin Laura David Claire Jan Elena Paul Sara Daniel Nina Mark
Eva Simon Lucy Carlos Ingrid Pierre Marta Oliver Hanna James Katrin Luca Femke João Priya Tom Greta Henrik Isabel Ravi""".split()
STREETS = "Station Market Church Mill Park Victoria Harbour Canal Bridge King Queen School Castle North Garden".split()
REGULATED = ["cold chain", "medicines", "food safety", "hazardous goods", "financial"]
TAGS = ["fair 2026", "partner", "newsletter", "old customer", "do first", "press", "north", "tender"]
# Title, role; the first ones are common, the long tail is rare.
TITLES = [
    ("Managing Director", "executive"), ("Operations Manager", "problem-owner"), ("Geschäftsführer", "executive"), ("", "unknown"),
    ("Quality Manager", "champion"), ("Office Manager", "gatekeeper"), ("Head of Logistics", "problem-owner"), ("CFO", "budget-owner"),
    ("IT Manager", "technical-evaluator"), ("Einkaufsleiter", "procurement"), ("Buyer", "procurement"), ("Consultant", "unknown"),
    ("Leiter Qualitätssicherung", "champion"), ("Plant Manager", "problem-owner"), ("Assistant to the Board", "gatekeeper"),
    ("VP Operations, EMEA", "problem-owner"), ("Directeur général", "executive"), ("Legal Counsel", "legal"), ("Engineer", "user"),
    ("Responsable qualité", "champion"), ("Directora financiera", "budget-owner"), ("Inkoper", "procurement"), ("Owner", "approver"),
    ("Direttore operativo", "problem-owner"), ("Technical Lead", "technical-evaluator"), ("Sachbearbeiterin", "user"), ("Partner", "unknown"),
]  # fmt: skip
# How many in a thousand stand there.
RUNGS = {
    "addressable": 720,
    "targeted": 170,
    "contacted": 75,
    "engaged": 20,
    "qualified": 6,
    "booked": 4,
    "held": 4,
    "accepted": 1,
}
# Kind of event and how common it is.
KINDS = {
    "touch.planned": 26, "touch.sent": 24, "touch.paused": 6, "enrollment.started": 5, "enrollment.paused": 3, "stagevisit.open": 8,
    "ladder.targeted": 5, "ladder.contacted": 4, "message.received": 4, "reply.labelled": 4, "ladder.engaged": 1, "account.edited": 4,
    "account.assigned": 2, "membership.started": 3, "workitem.opened": 2, "workitem.done": 2, "meeting.booked": 1,
}  # fmt: skip
