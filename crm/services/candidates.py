"""Pairs worth comparing: what shares a normal form, a beginning or trigrams, found by sets, then weighed one by one."""

# ruff: noqa: S608 - every name in these statements is one of our own; values are parameters

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db import OperationalError, connection, transaction
from psycopg.errors import QueryCanceled

from crm.rules.linkage import DIFFERENT, Crowd, Side, Verdict, compare, split_road
from crm.rules.normal_forms import fold

_MOST_ALIKE = 30  # a larger group is a switchboard, a chain or a placeholder; further keys tell its members apart
MOST_PAIRS = 200_000  # weighed in one go: about ten seconds
NEAR_ROWS = 50_000  # above it only exact forms are looked at while someone waits for an import
EXACT_ROWS = 200_000  # above it an import compares nothing that its own matching does not
PATIENCE = 120.0  # seconds for one key; at a million accounts the slowest takes about ten
_SAMPLE = 30_000
_CHUNK = 2_000
_HELD = 20_000  # records, while their pairs are weighed
_STREET = "split_part({t}.address_norm, '|', 1)"
_HOUSE = f"substring({_STREET} FROM '[0-9]+')"
_ROAD = f"left(ltrim(regexp_replace({_STREET}, '[0-9][^ ]*|\\m(n|s|e|w|ne|nw|se|sw)\\M', '', 'g')), 4)"
_F, _L = "lower({t}.first_name)", "lower({t}.last_name)"

# Each key is an array of texts; NULL or an empty text is no key. First the exact forms, then the near ones.
_EXACT = {
    "accounts": {"phone": "{t}.phone_norm", "domain": "{t}.domain", "name": "{t}.name_norm", "address": "{t}.address_norm"},
    "contacts": {"mail address": "{t}.email_norm", "phone": "{t}.phone_norm", "name": "{t}.name_norm", "address": "{t}.address_norm"},
}  # fmt: skip
_NEAR = {
    "accounts": {
        "street": _STREET,
        "house number and street": f"{_HOUSE} || '.' || {_ROAD}",
        "house number and postcode": f"{_HOUSE} || '.' || nullif({{t}}.postcode, '')",
        "start of phone and name": "left(nullif({t}.phone_norm, ''), 5) || '.' || left({t}.name_norm, 5)",
        "end of phone and name": "right(nullif({t}.phone_norm, ''), 5) || '.' || left({t}.name_norm, 3)",
        "word and house number": f"ARRAY(SELECT w || '.' || {_HOUSE} FROM unnest(string_to_array({{t}}.name_norm, ' ')) w WHERE length(w) > 3)",
        "words": "ARRAY(SELECT least(v, w) || ' ' || greatest(v, w) FROM unnest((string_to_array({t}.name_norm, ' '))[:6]) v, "
                 "unnest((string_to_array({t}.name_norm, ' '))[:6]) w WHERE v < w AND length(v) > 3 AND length(w) > 3)",
    },
    "contacts": {
        "starts of the names": f"nullif(least(left({_F}, 3), left({_L}, 3)), '') || '.' || greatest(left({_F}, 3), left({_L}, 3))",
        "start of a name and postcode": f"ARRAY[nullif(left({_F}, 3), '') || '.' || nullif({{t}}.postcode, ''), "
                                        f"nullif(left({_L}, 3), '') || '.' || nullif({{t}}.postcode, '')]",
        "start of a name and street": f"ARRAY[nullif(left({_F}, 2), '') || '.' || nullif({_STREET}, ''), "
                                      f"nullif(left({_L}, 2), '') || '.' || nullif({_STREET}, '')]",
        "end of a name": f"ARRAY[nullif(right({_L}, 3), '') || '.' || nullif(left({_F}, 2), ''), "
                         f"nullif(right({_F}, 3), '') || '.' || nullif(left({_L}, 2), '')]",
        "street and postcode": f"nullif(left({_STREET}, 5), '') || '.' || nullif({{t}}.postcode, '')",
        "street and town": f"nullif(left({_STREET}, 6), '') || '.' || nullif(lower(left({{t}}.city, 4)), '')",
    },
}  # fmt: skip
_SHOWN = {
    "accounts": ["name_norm", "phone_norm", "address_norm", "domain", "name", "phone", "street", "city", "postcode", "state_name",
                 "country"],
    "contacts": ["first_name", "last_name", "email_norm", "phone_norm", "address_norm", "email", "phone", "street", "city", "postcode",
                 "state_name", "country", "company", "domain"],
}  # fmt: skip


class Source(NamedTuple):
    """Where records are read from: a table or a stage, with `id` and the columns of `_SHOWN`."""

    sql: str
    about: int  # how many there are, about


class Pair(NamedTuple):
    a: int
    b: int
    verdict: Verdict


@dataclass
class Search:
    """One search for pairs, and what it left out, in words."""

    kind: str
    match_on: Sequence[str] = ()
    left_out: list[str] = field(default_factory=list)
    most: int = MOST_PAIRS
    found: int = 0
    patience: float = PATIENCE
    crowds: dict[str, int] = field(default_factory=dict)  # near forms that too many share

    def keys(self, near: bool) -> dict[str, str]:
        """Name of a key → its SQL, the most telling first; `{t}` stands for the record."""
        known = dict(_EXACT[self.kind])
        for column in self.match_on:
            known[column] = f"lower(btrim({{t}}.custom->>{_quoted(column)}))"
        return known | (_NEAR[self.kind] if near else {})

    def shown(self, alias: str) -> list[str]:
        """What is read of a record to weigh it."""
        further = [f"{alias}.custom->>{_quoted(column).format()}" for column in self.match_on]
        return [f"{alias}.{name}" for name in ["id", *_SHOWN[self.kind]]] + further


def stored(kind: str, where: str = "true") -> Source:
    """The records on file."""
    table = {"accounts": "crm_account", "contacts": "crm_contact"}[kind]
    about = _one("SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = %s::regclass", table)
    if about < _SAMPLE:
        about = _one(f"SELECT count(*) FROM {table}")
    works = "" if kind == "accounts" else (
        " LEFT JOIN LATERAL (SELECT a.name_norm AS company, a.domain FROM crm_membership m JOIN crm_account a ON a.id = m.account_id "
        "WHERE m.contact_id = r.id AND m.until IS NULL ORDER BY m.main DESC, m.id LIMIT 1) w ON true"
    )  # fmt: skip
    more = "" if kind == "accounts" else ", coalesce(w.company, '') AS company, coalesce(w.domain, '') AS domain"
    return Source(f"(SELECT r.*{more} FROM {table} r{works} WHERE {where})", about)


def inside(search: Search, source: Source, *, near: bool = True) -> None:
    """Candidates among the records of one source."""
    _begin()
    for name, key in search.keys(near).items():
        found = _in_time(search, name,
            f"WITH g AS MATERIALIZED (SELECT array_agg(id ORDER BY id) AS ids FROM ({_keyed(source, key)}) k GROUP BY key "
            f"HAVING count(*) > 1), put AS (INSERT INTO pair_candidate SELECT DISTINCT i, j FROM g, unnest(ids) i, unnest(ids) j "
            f"WHERE cardinality(ids) <= {_MOST_ALIKE} AND i < j ORDER BY 1, 2 LIMIT %s ON CONFLICT DO NOTHING RETURNING 1) "
            f"SELECT (SELECT count(*) FROM put), count(*), coalesce(sum(cardinality(ids)), 0) FROM g WHERE cardinality(ids) > {_MOST_ALIKE}",
            max(0, search.most - search.found),
        )  # fmt: skip
        _note(search, name, *found)
    _say_crowds(search)


def between(search: Search, new: Source, old: Source, *, near: bool = True) -> None:
    """Candidates of a new record (a) and one that was there before (b)."""
    _begin()
    for name, key in search.keys(near).items():
        found = _in_time(search, name,
            f"WITH s AS MATERIALIZED (SELECT key, array_agg(id) AS ids FROM ({_keyed(new, key)}) k GROUP BY key), "
            f"g AS MATERIALIZED (SELECT min(s.ids) AS mine, array_agg(k.id) AS yours FROM ({_keyed(old, key)}) k JOIN s USING (key) "
            f"GROUP BY key), put AS (INSERT INTO pair_candidate SELECT DISTINCT i, j FROM g, unnest(mine) i, unnest(yours) j "
            f"WHERE i <> j AND cardinality(mine) + cardinality(yours) <= {_MOST_ALIKE} ORDER BY 1, 2 LIMIT %s "
            f"ON CONFLICT DO NOTHING RETURNING 1) SELECT (SELECT count(*) FROM put), count(*), coalesce(sum(cardinality(mine)), 0) "
            f"FROM g WHERE cardinality(mine) + cardinality(yours) > {_MOST_ALIKE}",
            max(0, search.most - search.found),
        )  # fmt: skip
        _note(search, name, *found)
    _say_crowds(search)


def alike(search: Search, newest: int = 5_000) -> None:
    """Candidates by trigrams: the newest records, each with the ten on file that are spelled most like it."""
    table, text = {"accounts": ("crm_account", "name"), "contacts": ("crm_contact", "last_name")}[search.kind]
    more = "" if search.kind == "accounts" else "AND left(lower(r.first_name), 1) = left(lower(a.first_name), 1)"
    _run("SET LOCAL pg_trgm.similarity_threshold = 0.6")
    put, _, _ = _in_time(search, "spelling",
        f"WITH put AS (INSERT INTO pair_candidate SELECT DISTINCT least(a.id, b.id), greatest(a.id, b.id) FROM "
        f"(SELECT * FROM {table} WHERE {text} <> '' ORDER BY id DESC LIMIT {newest}) a CROSS JOIN LATERAL (SELECT r.id FROM {table} r "
        f"WHERE upper(r.{text}) %% upper(a.{text}) AND r.id <> a.id {more} LIMIT 10) b LIMIT %s ON CONFLICT DO NOTHING RETURNING 1) "
        "SELECT count(*), 0, 0 FROM put",
        max(0, search.most - search.found),
    )  # fmt: skip
    search.found += put
    if _one(f"SELECT count(*) FROM (SELECT 1 FROM {table} LIMIT {newest + 1}) x") > newest:
        search.left_out.append(f"By similar spelling alone only the newest {newest:,} were compared.")


def weighed(search: Search, ones: Source, others: Source | None = None) -> Iterator[Pair]:
    """Every candidate that is not different, in order; a few thousand are held at a time."""
    crowd = crowd_of(search, others or ones)
    mine, yours = search.shown("a"), search.shown("b")
    with connection.chunked_cursor() as cursor:
        _run("ANALYZE pair_candidate")
        cursor.execute(
            f"SELECT {', '.join(mine + yours)} FROM pair_candidate c JOIN {ones.sql} a ON a.id = c.a "
            f"JOIN {(others or ones).sql} b ON b.id = c.b ORDER BY c.a, c.b",
            [],
        )
        width, a, known = len(mine), Side(0), dict[int, Side]()
        while rows := cursor.fetchmany(_CHUNK):
            if len(known) > _HELD:
                known.clear()
            for row in rows:
                if a.key != row[0]:  # its pairs come one after another
                    a = side(search, row[:width])
                if (b := known.get(row[width])) is None:
                    b = known[row[width]] = side(search, row[width:])
                verdict = compare(search.kind, a, b, crowd)
                if verdict.band != DIFFERENT:
                    yield Pair(a.key, b.key, verdict)


def side(search: Search, row: Sequence[Any]) -> Side:
    """A row of a source as one side of a comparison."""
    names = ["id", *_SHOWN[search.kind]]
    found = dict(zip(names, row, strict=False))
    road, postcode, city = _address(found)
    further = tuple(fold(value or "") for value in row[len(names) :])
    common = {
        "road": road, "postcode": postcode, "city": city, "state": fold(found["state_name"]),
        "phone": found["phone_norm"].removeprefix("+"), "further": further,
    }  # fmt: skip
    said = ("street", "postcode", "city", "state_name", "country", "phone")
    if search.kind == "accounts":
        written = _written(found, "name", "domain", *said) + further
        return Side(found["id"], name=found["name_norm"], domain=found["domain"], written=written, **common)
    written = _written(found, "first_name", "last_name", "email", *said) + further
    return Side(found["id"], first=fold(found["first_name"]), last=fold(found["last_name"]), email=found["email_norm"],
                company=found["company"], written=written, **common)  # fmt: skip


def crowd_of(search: Search, source: Source) -> Crowd:
    """How common values are, counted over a sample of some ten thousand records."""
    every = max(1, -(-source.about // _SAMPLE))
    counts: dict[str, Counter[str]] = {}
    seen = 0
    with connection.chunked_cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(search.shown('s'))} FROM {source.sql} s WHERE s.id %% {every} = 0 LIMIT {2 * _SAMPLE}",
            [],
        )
        while rows := cursor.fetchmany(_CHUNK):
            seen += len(rows)
            for what, value in (fact for row in rows for fact in _facts(search, side(search, row))):
                counts.setdefault(what, Counter())[value] += 1
    size = max(source.about, seen)
    share = size / max(1, seen)
    common = {what: {v: n * share for v, n in count.items() if n > 2} for what, count in counts.items()}
    return Crowd(size, common, tuple(search.match_on), max(2.0, share))


def _facts(search: Search, one: Side) -> Iterator[tuple[str, str]]:
    number, road = split_road(one.road) if one.road else ("", "")
    told = [
        (name, getattr(one, name))
        for name in ("name", "first", "last", "postcode", "city", "phone", "domain", "email", "company")
    ]
    told += [("number", number), ("road", road), *zip(search.match_on, one.further, strict=True)]
    told += [("word", word) for word in set(one.name.split())]
    return ((what, value) for what, value in told if value)


def _address(found: dict[str, Any]) -> tuple[str, str, str]:
    """Street, postcode and town folded; where there is no street, the place still speaks."""
    road, _, rest = found["address_norm"].partition("|")
    postcode, _, city = rest.partition("|")
    return road, postcode or fold(found["postcode"]).replace(" ", ""), city or fold(found["city"])


def _written(found: dict[str, Any], *names: str) -> tuple[str, ...]:
    return tuple([found[name] for name in names])


def _keyed(source: Source, key: str) -> str:
    """(id, key) with keys as 64-bit numbers: a million sort in a third of a second."""
    expression = key.format(t="s")
    if not expression.startswith("ARRAY"):
        return f"SELECT s.id, hashtextextended({expression}, 0) AS key FROM {source.sql} s WHERE {expression} <> ''"
    return (
        f"SELECT DISTINCT s.id, hashtextextended(x, 0) AS key FROM {source.sql} s, unnest({expression}) x WHERE x <> ''"
    )


def _note(search: Search, name: str, put: int, large: int, members: int) -> None:
    search.found += put
    if search.found >= search.most and not any("stopped" in said for said in search.left_out):
        search.left_out.append(f"The search stopped at {search.most:,} pairs to compare.")
    if large and name not in _EXACT[search.kind]:
        search.crowds[name] = members
    elif large:
        search.left_out.append(
            f"{members:,} share their {name} with more than {_MOST_ALIKE} others; by that alone they were not compared."
        )


def _say_crowds(search: Search) -> None:
    """Near forms that too many share, in one sentence: their members are compared by what else they have."""
    if search.crowds:
        said = ", ".join(f"{name} ({members:,})" for name, members in search.crowds.items())
        search.left_out.append(f"More than {_MOST_ALIKE} share it, so that by it alone nobody was compared: {said}.")
        search.crowds = {}


def _in_time(search: Search, name: str, statement: str, *parameters: Any) -> tuple[int, int, int]:
    """(pairs found, groups too large, their members) by one key; a key that takes too long is named and passed over."""
    try:
        with transaction.atomic():
            (before,) = _row("SELECT current_setting('statement_timeout')")
            _run(f"SET LOCAL statement_timeout = {int(search.patience * 1000)}")
            found = _row(statement, *parameters)
            _run(f"SET LOCAL statement_timeout = '{before}'")  # what follows in the transaction is not hurried
            return found  # type: ignore[return-value]
    except OperationalError as late:
        if not isinstance(late.__cause__, QueryCanceled):
            raise
        search.left_out.append(f"By their {name} nobody was compared: it took longer than {search.patience:g} s.")
        return 0, 0, 0


def _begin() -> None:
    _run("CREATE TEMP TABLE IF NOT EXISTS pair_candidate (a bigint, b bigint, PRIMARY KEY (a, b)) ON COMMIT DROP")
    _run("TRUNCATE pair_candidate")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''").replace("{", "{{").replace("}", "}}").replace("%", "%%") + "'"


def _run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _row(statement: str, *parameters: Any) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchone()


def _one(statement: str, *parameters: Any) -> int:
    return _row(statement, *parameters)[0]
