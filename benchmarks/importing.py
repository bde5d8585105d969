"""The case `import`: a file of accounts against as many on file, with provenance and undo, beside COPY and django-import-export."""

import csv
import random
import tempfile
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from benchmarks import big, words
from benchmarks.harness import Case, Measured, measure
from crm import clock
from crm.models import Account, Import
from crm.services import import_undo, imports

HEADERS = [
    "external_id",
    "name",
    "domain",
    "phone",
    "street",
    "city",
    "postcode",
    "country",
    "industry",
    "employees",
    "sites",
]
PEER_ROWS = 20_000


def importing(rows: int) -> Case:
    """`rows` accounts from CSV into `rows` on file; the floor is COPY of the file and one sort of the normal form."""
    path = write_file(rows)

    def ours() -> int:
        return imports.import_rows(lambda: chunks(path), "accounts", by="the bench", file_name="bench.csv")["rows"]

    def floor() -> int:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"CREATE TEMP TABLE floor ({', '.join(f'{name} text' for name in HEADERS)}) ON COMMIT DROP")
            with cursor.copy("COPY floor FROM STDIN WITH (FORMAT csv, HEADER)") as copy:
                for chunk in chunks(path):
                    copy.write(chunk)
            cursor.execute("SELECT count(*) FROM (SELECT lower(name) FROM floor ORDER BY 1) AS sorted")
            return cursor.fetchone()[0]

    return Case("import", "accounts from CSV into as many", 3.0, rows, ours, floor, lambda: on_file(rows))


def on_file(rows: int) -> None:
    """As many accounts as the file has rows, and nothing of an import before."""
    big.fill(rows, contacts=0)
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE crm_import CASCADE")


def chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(256 * 1024):
            yield chunk


def write_file(rows: int, seed: int = 11) -> Path:
    """Nine in ten rows are new; the others are on file (half of them changed), repeated in the file, or cannot be used."""
    path = Path(tempfile.gettempdir()) / f"baton-import-{rows}.csv"
    chance = random.Random(seed)
    countries = list(words.COUNTRIES)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADERS)
        for n in range(rows):
            writer.writerow(line(n, rows, chance, countries))
    return path


def line(n: int, rows: int, chance: random.Random, countries: list[str]) -> list[Any]:
    share = chance.random()
    country = countries[int(share * share * len(countries))]
    _, _, forms, cities = words.COUNTRIES[country]
    surname, trade = chance.choice(words.SURNAMES), words.TRADES[int(share * share * len(words.TRADES))]
    number = f"N{n:08}"
    if share < 0.08:
        number = f"C{chance.randrange(rows) + 1:08}"
    elif share < 0.09 and n:
        number = f"N{chance.randrange(n):08}"
    name = "" if share > 0.99 else f"{surname} {trade} {forms[n % len(forms)]}".strip()
    domain = f"{surname.lower()}-{trade.lower()}{n % 99_991}.example" if share < 0.9 else ""
    street = f"{n % 190 + 1} {words.STREETS[n % len(words.STREETS)]} Street" if share < 0.8 else ""
    phone = f"+4420{n:08}" if share < 0.5 else ""
    return [number, name, domain, phone, street, cities[n % len(cities)], f"{n % 90_000 + 10_000}" if street else "", country,
            words.INDUSTRIES[n % len(words.INDUSTRIES)], n % 900 + 1, n % 7 + 1]  # fmt: skip


# Beside django-import-export ---------------------------------------------------------------------------------------


def beside_peers(rows: int) -> list[Measured]:
    """The first rows of the same file, into `rows` on file: ours beside django-import-export, in bulk and as it comes.

    `import-compared` counts what nobody waits for too: the search for what may be the same, once the rows are on file.
    """
    path = write_file(rows)
    first = first_lines(path, PEER_ROWS + 1)

    def ours() -> int:
        return imports.write_rows(lambda: iter([first]), "accounts", by="the bench", file_name="first.csv")[1]["rows"]

    def compared() -> int:
        return imports.import_rows(lambda: iter([first]), "accounts", by="the bench", file_name="first.csv")["rows"]

    def taken_back() -> None:
        for row in Import.objects.all():
            import_undo.undo(row, by="the bench")
        Import.objects.all().delete()
        with (
            connection.cursor() as cursor
        ):  # as a quiet night does; otherwise each round walks over the rows of those before
            cursor.execute("VACUUM crm_account, crm_event")

    on_file(rows)
    known = usable(first)
    return [
        measure(Case(name, what, 1 / times, PEER_ROWS, side, partial(peer, known, bulk=bulk), taken_back))
        for name, what, times, side, bulk in (
            ("import-bulk", "beside django-import-export in bulk", 25, ours, True),
            ("import-each", "beside django-import-export as it comes", 50, ours, False),
            ("import-compared", "and compared, beside it in bulk", 25, compared, True),
        )
    ]


def first_lines(path: Path, many: int) -> bytes:
    with path.open("rb") as file:
        return b"".join(islice(file, many))


def usable(content: bytes) -> Any:
    """What the peer can take: rows with a name, each number once, the first of them."""
    import tablib  # noqa: PLC0415 - loaded only where it is measured

    header, *found = csv.reader(content.decode().splitlines())
    once = {row[0]: row for row in reversed(found) if row[1]}
    return tablib.Dataset(*reversed(once.values()), headers=header)


def peer(data: Any, *, bulk: bool) -> int:
    """As many rows as the file has, the unusable ones counted as if they cost nothing; what it wrote is taken back."""
    from import_export import resources  # noqa: PLC0415 - as above

    class AccountResource(resources.ModelResource):
        class Meta:
            model = Account
            import_id_fields = ("external_id",)
            fields = tuple(HEADERS)
            use_bulk = bulk
            batch_size = 1000
            skip_diff = bulk
            skip_unchanged = not bulk

        def before_save_instance(self, instance: Account, row: Any, **more: Any) -> None:
            instance.created_at = clock.now()

    with transaction.atomic():
        AccountResource().import_data(data, raise_errors=True, use_transactions=False)
        transaction.set_rollback(True)
    return PEER_ROWS
