"""What people call the columns of their files, in the languages the product speaks; folded, with _ between words."""

_COMPANY = (
    "company", "company_name", "account", "account_name", "organisation", "organization", "firm",
    "firma", "firmenname", "unternehmen", "unternehmensname", "organisationsname",
    "societe", "entreprise", "raison_sociale", "nom_de_l_entreprise",
    "empresa", "razon_social", "nombre_de_la_empresa", "razao_social", "nome_da_empresa",
    "bedrijf", "bedrijfsnaam", "organisatie", "azienda", "ragione_sociale", "nome_azienda",
)  # fmt: skip
_ADDRESS = {
    "street": "address street_address strasse adresse anschrift strasse_nr strasse_und_hausnummer rue voie calle direccion domicilio "
              "straat adres straatnaam via indirizzo rua morada endereco",
    "city": "town suburb ort stadt ville ciudad localidad poblacion plaats woonplaats stad gemeente citta comune cidade localidade",
    "postcode": "zip zip_code zipcode postal_code post_code plz postleitzahl code_postal cp codigo_postal cap codice_postale cep",
    "state": "region province bundesland kanton departement provincia estado provincie regione distrito",
    "country": "country_code land pays pais paese nazione",
    "domain": "website url web homepage company_domain webseite internet internetseite webadresse site_web site_internet sitio_web "
              "pagina_web sito sito_web site domane domein dominio domaine domain_name",
}  # fmt: skip
_FIRM = {
    "industry": "sector branche wirtschaftszweig secteur secteur_d_activite sector_de_actividad bedrijfstak settore setor",
    "employees": "employee_count headcount number_of_employees size mitarbeiter mitarbeiterzahl anzahl_mitarbeiter beschaftigte "
                 "effectif effectifs salaries nombre_de_salaries empleados numero_de_empleados medewerkers aantal_medewerkers "
                 "dipendenti numero_dipendenti funcionarios empregados",
    "sites": "number_of_sites locations standorte niederlassungen etablissements centros vestigingen sedi",
    "parent": "parent_account parent_company muttergesellschaft konzern maison_mere empresa_matriz moederbedrijf capogruppo empresa_mae",
    "owner": "account_owner",
}  # fmt: skip
_PERSON = {
    "first_name": "firstname given_name forename vorname prenom voornaam primeiro_nome",
    "last_name": "lastname surname family_name nachname familienname zuname nom_de_famille apellido apellidos primer_apellido achternaam "
                 "cognome apelido sobrenome",
    "email": "e_mail email_address mail mailadresse e_mail_adresse courriel adresse_e_mail adresse_mail correo correo_electronico "
             "e_mailadres emailadres posta_elettronica indirizzo_email",
    "title": "job_title position funktion stelle stellenbezeichnung berufsbezeichnung fonction poste intitule_du_poste cargo puesto "
             "functie functietitel qualifica ruolo mansione funcao",
}  # fmt: skip
_PHONE = "telephone phone_number mobile telefon telefonnummer tel rufnummer mobil handy telefono telefoon telefoonnummer telefone"


def _turned(words: dict[str, str]) -> dict[str, str]:
    return {word: field for field, said in words.items() for word in said.split()}


_PLACES = _turned(_ADDRESS) | dict.fromkeys(_PHONE.split(), "phone")
# A lone word for a name is the company's where a row is a company, and a person's where it is a person.
_LONE = {"nom": "last_name", "nombre": "first_name", "nome": "first_name", "naam": "last_name"}

SYNONYMS = {
    "accounts": _PLACES | _turned(_FIRM) | dict.fromkeys((*_COMPANY, *_LONE), "name")
    | {"id": "external_id", "account_id": "external_id"},
    "contacts": _PLACES | _turned(_PERSON) | _LONE | dict.fromkeys(_COMPANY, "company")
    | {"id": "external_id", "contact_id": "external_id"},
    "both": _PLACES | _turned(_FIRM) | _turned(_PERSON) | _LONE | dict.fromkeys(_COMPANY, "company")
    | {"name": "company", "account_id": "company_id", "contact_id": "person_id"},
}  # fmt: skip
