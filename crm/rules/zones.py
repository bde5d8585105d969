"""The time zone of a place: the zone tables of the tz database (in `tzdata`), and tables of states where a country has several.

Where a state or a country lies in two zones, the one most of its people live in is taken unless the town says otherwise.
What cannot be known stays empty. Checked against the tz database 2026; states are ISO 3166-2 (`pycountry`).
"""

from functools import cache, lru_cache
from importlib.resources import files

import pycountry

from crm.rules.normal_forms import fold

DERIVED = "from the place"  # the source of a zone nobody gave
# Where the table of a country names several, the one that nearly everyone there lives by.
_USUAL = {
    "DE": "Europe/Berlin", "ES": "Europe/Madrid", "PT": "Europe/Lisbon", "UA": "Europe/Kyiv", "CY": "Asia/Nicosia",
    "NZ": "Pacific/Auckland", "CL": "America/Santiago", "EC": "America/Guayaquil", "AR": "America/Argentina/Buenos_Aires",
    "CN": "Asia/Shanghai", "MY": "Asia/Kuala_Lumpur", "UZ": "Asia/Tashkent", "KZ": "Asia/Almaty", "PG": "Pacific/Port_Moresby",
    "MN": "Asia/Ulaanbaatar", "GL": "America/Nuuk", "PS": "Asia/Hebron",
}  # fmt: skip
_NY, _CHI, _DEN, _LA = "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"
_STATES: dict[str, dict[str, str]] = {
    "US": {
        "America/New_York": "CT DE DC FL GA KY ME MD MA NH NJ NY NC OH PA RI SC VT VA WV",
        "America/Chicago": "AL AR IL IA KS LA MN MS MO NE ND OK SD TN TX WI",
        "America/Denver": "CO MT NM UT WY", "America/Los_Angeles": "CA NV OR WA", "America/Phoenix": "AZ",
        "America/Anchorage": "AK", "Pacific/Honolulu": "HI", "America/Boise": "ID", "America/Detroit": "MI",
        "America/Indiana/Indianapolis": "IN", "America/Puerto_Rico": "PR",
    },
    "CA": {
        "America/Vancouver": "BC", "America/Edmonton": "AB NT", "America/Regina": "SK", "America/Winnipeg": "MB",
        "America/Toronto": "ON QC", "America/Halifax": "NB NS PE", "America/St_Johns": "NL", "America/Whitehorse": "YT",
        "America/Iqaluit": "NU",
    },
    "AU": {
        "Australia/Sydney": "NSW ACT", "Australia/Melbourne": "VIC", "Australia/Brisbane": "QLD", "Australia/Adelaide": "SA",
        "Australia/Perth": "WA", "Australia/Hobart": "TAS", "Australia/Darwin": "NT",
    },
    "BR": {
        "America/Rio_Branco": "AC", "America/Manaus": "AM", "America/Porto_Velho": "RO", "America/Boa_Vista": "RR",
        "America/Cuiaba": "MT", "America/Campo_Grande": "MS", "America/Belem": "PA AP", "America/Araguaina": "TO",
        "America/Fortaleza": "MA PI CE RN PB", "America/Recife": "PE", "America/Maceio": "AL SE", "America/Bahia": "BA",
        "America/Sao_Paulo": "DF ES GO MG PR RJ RS SC SP",
    },
    "MX": {
        "America/Tijuana": "BCN", "America/Hermosillo": "SON", "America/Mazatlan": "BCS SIN NAY", "America/Chihuahua": "CHH",
        "America/Cancun": "ROO", "America/Monterrey": "NLE COA TAM DUR", "America/Merida": "YUC CAM",
        "America/Mexico_City": "AGU CHP CMX COL GRO GUA HID JAL MEX MIC MOR OAX PUE QUE SLP TAB TLA VER ZAC",
    },
    "RU": {
        "Europe/Kaliningrad": "KGD", "Europe/Samara": "SAM UD", "Europe/Astrakhan": "AST", "Europe/Saratov": "SAR",
        "Europe/Ulyanovsk": "ULY", "Europe/Volgograd": "VGG", "Europe/Kirov": "KIR",
        "Asia/Yekaterinburg": "SVE CHE PER TYU KGN KHM YAN ORE BA", "Asia/Omsk": "OMS", "Asia/Novosibirsk": "NVS",
        "Asia/Tomsk": "TOM", "Asia/Barnaul": "ALT AL", "Asia/Novokuznetsk": "KEM", "Asia/Krasnoyarsk": "KYA KK TY",
        "Asia/Irkutsk": "IRK BU", "Asia/Chita": "ZAB", "Asia/Yakutsk": "SA AMU", "Asia/Vladivostok": "PRI KHA YEV",
        "Asia/Sakhalin": "SAK", "Asia/Magadan": "MAG", "Asia/Kamchatka": "KAM", "Asia/Anadyr": "CHU",
        "Europe/Moscow": "AD ARK BEL BRY CE CU DA IN IVA KB KC KL KLU KO KOS KR KDA KRS LEN LIP ME MO MOS MOW MUR NEN NGR NIZ "
                         "ORL PNZ PSK ROS RYA SE SMO SPE STA TA TAM TUL TVE VLA VLG VOR YAR",
    },
    "ID": {
        "Asia/Makassar": "BA NB NT KI KS KU SN ST SR SG SA GO", "Asia/Jayapura": "PA PB PD PE PS PT MA MU",
        "Asia/Pontianak": "KB KT", "Asia/Jakarta": "AC BE BB BT JA JB JI JK JT JW KR LA RI SB SS SU YO",
    },
    "ES": {"Atlantic/Canary": "CN GC TF", "Africa/Ceuta": "CE ML"},
    "PT": {"Atlantic/Azores": "20", "Atlantic/Madeira": "30"},
}  # fmt: skip
# Towns that keep another time than most of their state, or that are written without one.
_TOWNS: dict[str, dict[str, str]] = {
    "US": {
        "el paso/TX": _DEN, "pensacola/FL": _CHI, "panama city/FL": _CHI, "tallahassee/FL": _NY, "gary/IN": _CHI,
        "hammond/IN": _CHI, "evansville/IN": _CHI, "bowling green/KY": _CHI, "owensboro/KY": _CHI, "paducah/KY": _CHI,
        "knoxville/TN": _NY, "chattanooga/TN": _NY, "johnson city/TN": _NY, "kingsport/TN": _NY, "rapid city/SD": _DEN,
        "scottsbluff/NE": _DEN, "dickinson/ND": _DEN, "coeur d alene/ID": _LA, "lewiston/ID": _LA, "ontario/OR": "America/Boise",
        **dict.fromkeys(("new york city", "boston", "philadelphia", "atlanta", "miami", "washington dc", "baltimore", "pittsburgh",
                         "charlotte", "orlando", "tampa", "cleveland", "cincinnati", "brooklyn", "raleigh", "buffalo"), _NY),
        **dict.fromkeys(("houston", "dallas", "austin", "san antonio", "fort worth", "minneapolis", "saint paul", "st louis",
                         "new orleans", "milwaukee", "memphis", "nashville", "oklahoma city", "tulsa", "omaha", "des moines"), _CHI),
        **dict.fromkeys(("salt lake city", "albuquerque", "colorado springs", "boulder"), _DEN),
        **dict.fromkeys(("san francisco", "seattle", "san diego", "san jose", "las vegas", "sacramento", "oakland", "palo alto",
                         "mountain view", "long beach", "tacoma", "spokane"), _LA),
        "tucson": "America/Phoenix", "scottsdale": "America/Phoenix",
    },
    "CA": {"kenora/ON": "America/Winnipeg", "montreal": "America/Toronto", "ottawa": "America/Toronto", "quebec": "America/Toronto",
           "calgary": "America/Edmonton", "saskatoon": "America/Regina", "mississauga": "America/Toronto",
           "st johns": "America/St_Johns", "saint john s": "America/St_Johns"},
    "AU": {"broken hill/NSW": "Australia/Broken_Hill", "canberra": "Australia/Sydney", "gold coast": "Australia/Brisbane",
           "newcastle": "Australia/Sydney", "cairns": "Australia/Brisbane"},
    "BR": {"rio de janeiro": "America/Sao_Paulo", "brasilia": "America/Sao_Paulo", "curitiba": "America/Sao_Paulo",
           "porto alegre": "America/Sao_Paulo", "belo horizonte": "America/Sao_Paulo", "campinas": "America/Sao_Paulo",
           "salvador": "America/Bahia"},
    "MX": {"guadalajara": "America/Mexico_City", "puebla": "America/Mexico_City", "queretaro": "America/Mexico_City",
           "ciudad de mexico": "America/Mexico_City", "mexico": "America/Mexico_City", "leon": "America/Mexico_City"},
    "RU": {"saint petersburg": "Europe/Moscow", "st petersburg": "Europe/Moscow", "kazan": "Europe/Moscow", "sochi": "Europe/Moscow",
           "nizhny novgorod": "Europe/Moscow", "rostov on don": "Europe/Moscow", "perm": "Asia/Yekaterinburg",
           "chelyabinsk": "Asia/Yekaterinburg", "ufa": "Asia/Yekaterinburg", "moskva": "Europe/Moscow"},
    "ID": {"surabaya": "Asia/Jakarta", "bandung": "Asia/Jakarta", "medan": "Asia/Jakarta", "denpasar": "Asia/Makassar"},
    "CD": {"goma": "Africa/Lubumbashi"},
    "ES": dict.fromkeys(("las palmas", "las palmas de gran canaria", "santa cruz de tenerife", "arrecife", "la laguna", "adeje"),
                        "Atlantic/Canary") | {"melilla": "Africa/Ceuta"},
    "PT": {"funchal": "Atlantic/Madeira", "ponta delgada": "Atlantic/Azores", "angra do heroismo": "Atlantic/Azores"},
}  # fmt: skip
# Two first digits of the postcode, where islands keep another time.
_POSTCODES = {
    "ES": {"35": "Atlantic/Canary", "38": "Atlantic/Canary", "51": "Africa/Ceuta", "52": "Africa/Ceuta"},
    "PT": dict.fromkeys(("90", "91", "92", "93", "94"), "Atlantic/Madeira")
    | dict.fromkeys(("95", "96", "97", "98", "99"), "Atlantic/Azores"),
}


@lru_cache(maxsize=65536)
def zone_of(country: str, state: str = "", city: str = "", postcode: str = "") -> str:
    """The IANA zone of a place (`country`: ISO 3166-1 alpha-2; `state`: a name or ISO 3166-2 code); empty: nobody can say."""
    country = country.upper()
    zones = _zones().get(country, ())
    if len(zones) < 2:
        return zones[0] if zones else ""
    code, town = _subdivision(country, state), fold(city)
    by_state = {code: zone for zone, codes in _STATES.get(country, {}).items() for code in codes.split()}
    towns = _TOWNS.get(country, {})
    return (
        _POSTCODES.get(country, {}).get(postcode.strip()[:2])
        or towns.get(f"{town}/{code}")
        or by_state.get(code)
        or (towns.get(town) or _by_name(zones).get(town, "") if not code else "")
        or _USUAL.get(country, "")
    )


@cache
def _zones() -> dict[str, tuple[str, ...]]:
    """Zones by country, as `zone.tab` lists them."""
    found: dict[str, list[str]] = {}
    table = files("tzdata.zoneinfo").joinpath("zone.tab").read_text("utf-8")
    for line in table.splitlines():
        if line and not line.startswith("#"):
            country, _, zone = line.split("\t")[:3]
            found.setdefault(country, []).append(zone)
    return {country: tuple(zones) for country, zones in found.items()}


@lru_cache(maxsize=256)
def _by_name(zones: tuple[str, ...]) -> dict[str, str]:
    """The towns that zones are named after."""
    return {fold(zone.rpartition("/")[2].replace("_", " ")): zone for zone in zones}


def _subdivision(country: str, state: str) -> str:
    """The ISO 3166-2 code of a state without its country; empty for none, a sign of its own for one nobody knows."""
    if not state.strip():
        return ""
    return _states(country).get(fold(state).removesuffix(" state").strip(), "?")


@lru_cache(maxsize=256)
def _states(country: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for row in pycountry.subdivisions.get(country_code=country) or ():
        code = row.code.partition("-")[2]
        for name in (code, row.code, row.name, *row.name.split(",")[:1]):
            found.setdefault(fold(name), code)
    return found | (dict.fromkeys(("d c", "washington dc", "washington d c"), "DC") if country == "US" else {})
