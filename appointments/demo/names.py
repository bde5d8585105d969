"""Invented first names, last names, places and company words by country; every domain is a reserved `.example`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Country:
    language: str
    zone: str
    cities: tuple[str, ...]
    first: tuple[str, ...]
    last: tuple[str, ...]
    stems: tuple[str, ...]


def words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


COUNTRIES = {
    "GB": Country(
        "en",
        "Europe/London",
        words("Leeds Norwich Exeter Carlisle Swansea Dundee Lincoln Derby Plymouth Preston Ipswich Stirling"),
        words("Alice Hamish Poppy Rhys Farah Douglas Imogen Kieran Leila Stuart Bryony Omar Frances Callum Zara Keith"),
        words("Barlow Hewitt Mercer Okoye Sutcliffe Pryor Nash Rahman Winslow Tate Holloway Beck Farrow Singh Moss"),
        words(
            "Ashgrove Millbeck Harcastle Oakmere Fernhill Redbrook Stonehaven Wychwood Kestrel Larchfield Copperdale"
        ),
    ),
    "IE": Country(
        "en",
        "Europe/Dublin",
        words("Limerick Galway Waterford Sligo Athlone Wexford"),
        words("Niamh Cian Orla Eoin Maeve Ronan Saoirse Brendan Ciara Donal"),
        words("Kavanagh Tierney Nolan Regan Furlong Hanley Moran Quirke Dwyer Gallagher"),
        words("Glenmore Ballyroe Corrib Slaney Curragh Dunmara Inverin Rathkeel"),
    ),
    "DE": Country(
        "de",
        "Europe/Berlin",
        words("Münster Rostock Ulm Jena Augsburg Bielefeld Trier Osnabrück Passau Erfurt"),
        words("Anke Torben Silke Henning Ulrike Matthias Frauke Lukas Heike Bastian Jutta Sven Annika Rolf"),
        words("Böhm Siebert Kessler Hagen Lorenzen Thiele Brandt Vogt Eckert Jansen Reuter Winkler Pohl Arndt"),
        words("Eichenau Nordhof Silbertal Rheinblick Falkenstein Morgentau Lindwerk Sturmfels Kornfeld Hafenland"),
    ),
    "NL": Country(
        "nl",
        "Europe/Amsterdam",
        words("Zwolle Breda Haarlem Leeuwarden Deventer Venlo Tilburg Hoorn"),
        words("Sjoerd Wieke Thijs Marloes Bas Yvonne Jeroen Lieke Harm Saskia Daan Nienke"),
        words("Bosman Prins Scholten Dijkstra Verhoeven Willems Koning Terpstra Hofman Smits"),
        words("Waterland Zonneveld Rietveld Duinhof Vechtstroom Koornwaard Oosterhave Molenrij"),
    ),
    "BE": Country(
        "nl",
        "Europe/Brussels",
        words("Mechelen Kortrijk Hasselt Brugge Aalst"),
        words("Stijn Griet Bram Katrien Tom Els Jef Veerle"),
        words("Claessens Mertens Aerts Wouters Segers Lambrechts Michiels Pauwels"),
        words("Scheldekaai Demervallei Leiehof Kempenland Zennebeek"),
    ),
    "FR": Country(
        "fr",
        "Europe/Paris",
        words("Angers Dijon Rennes Metz Limoges Annecy Reims Pau"),
        words("Camille Julien Solène Bastien Florence Cédric Maud Rémi Élodie Fabrice Inès Gilles"),
        words("Besson Carlier Dumas Perrot Lacombe Vidal Renault Chauvin Maillard Tessier Barbier"),
        words("Montclair Belrive Valfleury Rochebrune Clairval Bonnaval Sainte-Aube Vertbois"),
    ),
    "ES": Country(
        "es",
        "Europe/Madrid",
        words("Zaragoza Burgos Murcia Gijón Valencia Logroño"),
        words("Lucía Álvaro Nuria Sergio Elena Pablo Irene Raúl Aitana Jorge"),
        words("Herrero Cano Prieto Molina Lozano Vidal Navarro Serrano Rubio Campos"),
        words("Valdeluz Montesol Ríoclaro Peñalta Costabrava Campoverde"),
    ),
    "IT": Country(
        "it",
        "Europe/Rome",
        words("Verona Trieste Bergamo Modena Padova Lecce"),
        words("Giorgia Lorenzo Martina Stefano Valeria Nicola Federica Andrea Ilaria Tommaso"),
        words("Barbieri Caruso Fabbri Gentile Leone Mancini Parisi Sartori Testa Vitale"),
        words("Montefiore Valdoro Ripabianca Lagoverde Rocchetta Solaria"),
    ),
    "PT": Country(
        "pt",
        "Europe/Lisbon",
        words("Braga Aveiro Évora Faro Coimbra"),
        words("Joana Tiago Catarina Nuno Marta Vasco Filipa Hugo"),
        words("Carvalho Teixeira Pinheiro Moreira Freitas Azevedo Tavares Cardoso"),
        words("Valmonte Ribalta Serramar Pontalto"),
    ),
    "SE": Country(
        "sv",
        "Europe/Stockholm",
        words("Uppsala Örebro Umeå Kalmar Linköping"),
        words("Elsa Viktor Astrid Johan Frida Mattias Ebba Fredrik"),
        words("Sandberg Wallin Nyström Forsberg Hedlund Åkesson Björk Engström"),
        words("Skogsro Granvik Solhult Björkdal Sjöhaga"),
    ),
    "NO": Country(
        "no",
        "Europe/Oslo",
        words("Stavanger Trondheim Drammen Molde Alta"),
        words("Ida Sindre Ragnhild Ola Tuva Magnus Hilde Espen"),
        words("Haugen Bakke Strand Lunde Solberg Myhre Eide Aasen"),
        words("Fjellvik Havbris Nordnes Storelva Tindvoll"),
    ),
    "PL": Country(
        "pl",
        "Europe/Warsaw",
        words("Poznań Lublin Toruń Rzeszów Opole"),
        words("Magda Paweł Kinga Wojciech Zofia Bartosz Alicja Grzegorz"),
        words("Mazur Pawlak Sikora Dudek Wilk Górski Zalewski Bąk"),
        words("Zielony-Dwór Wierzbowa Jasny-Brzeg Stary-Port"),
    ),
}

SINGLE_ZONES = {"SI": "Europe/Ljubljana"}
LANGUAGES_WRITTEN = ("en", "de", "fr", "nl", "es", "it")


def zone_of(country: str) -> str:
    return COUNTRIES[country].zone if country in COUNTRIES else SINGLE_ZONES.get(country, "Europe/London")
