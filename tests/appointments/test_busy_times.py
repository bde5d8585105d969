"""Reading a stranger's calendar text: what is busy, in which zone, and that nothing in it costs more than it should."""

import tracemalloc
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from appointments.rules import busy, recurrence
from appointments.rules.recurrence import Steps

BERLIN = ZoneInfo("Europe/Berlin")
BEGIN, END = datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 9, 1, tzinfo=UTC)
CORPORA = Path(__file__).resolve().parents[3] / "shared" / "corpora" / "itip"


def calendar(*events: str, head: str = "") -> bytes:
    body = "".join(f"BEGIN:VEVENT\r\nUID:{n}\r\n{text.strip()}\r\nEND:VEVENT\r\n" for n, text in enumerate(events))
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{head}{body}END:VCALENDAR\r\n".replace("\n\n", "\n").encode()


def spans(raw: bytes, address: str = "") -> list[str]:
    found = busy.read(raw, BEGIN, END, BERLIN, address=address)
    assert not found.skipped
    return [f"{one.start:%d %b %H:%M}-{one.end:%H:%M}" for one in sorted(found.busy, key=lambda one: one.start)]


@pytest.mark.parametrize(
    ("event", "head", "said"),
    [
        ("DTSTART:20260616T090000Z\nDTEND:20260616T100000Z", "", ["16 Jun 09:00-10:00"]),
        ("DTSTART:20260616T090000Z\nDURATION:PT90M", "", ["16 Jun 09:00-10:30"]),
        ("DTSTART;TZID=America/New_York:20260616T090000\nDURATION:PT1H", "", ["16 Jun 13:00-14:00"]),
        ("DTSTART;TZID=W. Europe Standard Time:20260616T090000\nDURATION:PT1H", "", ["16 Jun 07:00-08:00"]),
        ("DTSTART:20260616T090000\nDURATION:PT1H", "", ["16 Jun 07:00-08:00"]),
        ("DTSTART:20260616T090000\nDURATION:PT1H", "X-WR-TIMEZONE:America/New_York\r\n", ["16 Jun 13:00-14:00"]),
        ("DTSTART;VALUE=DATE:20260616", "", ["15 Jun 22:00-22:00"]),
        ("DTSTART:20260616T090000Z\nDURATION:PT1H\nTRANSP:TRANSPARENT", "", []),
        ("DTSTART:20260616T090000Z\nDURATION:PT1H\nSTATUS:CANCELLED", "", []),
        ("DTSTART:20260616T090000Z\nDURATION:PT1H\nSTATUS:TENTATIVE", "", ["16 Jun 09:00-10:00"]),
        ("DTSTART:20260616T090000Z\nDURATION:PT1H\nX-MICROSOFT-CDO-BUSYSTATUS:FREE", "", []),
        ("DTSTART:20260616T090000Z\nDURATION:PT1H\nBEGIN:VALARM\nDURATION:PT9H\nEND:VALARM", "", ["16 Jun 09:00-10:00"]),
        ("DTSTART:20260616T09\n 0000Z\nDURATION:PT1H", "", ["16 Jun 09:00-10:00"]),
        ("DTSTART:20260616T090000Z", "", []),
        ("DTSTART:20260401T090000Z\nDURATION:PT1H", "", []),
        ("DTSTART;TZID=Europe/Berlin:20260616T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=2", "",
         ["16 Jun 07:00-08:00", "23 Jun 07:00-08:00"]),
        ("DTSTART:20260616T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3\nEXDATE:20260617T090000Z", "",
         ["16 Jun 09:00-10:00", "18 Jun 09:00-10:00"]),
        ("DTSTART:20260616T090000Z\nDURATION:PT1H\nRDATE:20260620T110000Z", "", ["16 Jun 09:00-10:00", "20 Jun 11:00-12:00"]),
        ("DTSTART:20200101T090000Z\nDURATION:PT1H\nRRULE:FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20260730T000000Z", "",
         ["26 Jun 09:00-10:00"]),
    ],
)  # fmt: skip
def test_what_an_event_keeps_busy(event: str, head: str, said: list[str]) -> None:
    assert spans(calendar(event.replace("\n", "\r\n"), head=head)) == said


def test_a_moved_occurrence_is_busy_where_it_went() -> None:
    series = "DTSTART:20260616T090000Z\r\nDURATION:PT1H\r\nRRULE:FREQ=DAILY;COUNT=2"
    moved = "RECURRENCE-ID:20260617T090000Z\r\nDTSTART:20260617T150000Z\r\nDURATION:PT1H"
    raw = calendar(series, moved).replace(b"UID:1", b"UID:0")

    assert spans(raw) == ["16 Jun 09:00-10:00", "17 Jun 15:00-16:00"]


def test_what_somebody_declined_is_free_to_them_alone() -> None:
    raw = calendar("DTSTART:20260616T090000Z\r\nDURATION:PT1H\r\nATTENDEE;PARTSTAT=DECLINED:mailto:noor@halden.example")

    assert spans(raw, "noor@halden.example") == []
    assert spans(raw, "sam@halden.example") == ["16 Jun 09:00-10:00"]


def test_a_zone_of_the_calendars_own_is_read_from_it() -> None:
    zone = (
        "BEGIN:VTIMEZONE\r\nTZID:Plant\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0500\r\n"
        "TZOFFSETTO:+0500\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
    )
    assert spans(calendar("DTSTART;TZID=Plant:20260616T090000\r\nDURATION:PT1H", head=zone)) == ["16 Jun 04:00-05:00"]


def test_published_free_busy_time_counts_but_for_what_is_free() -> None:
    raw = (
        b"BEGIN:VCALENDAR\r\nBEGIN:VFREEBUSY\r\nUID:x\r\nFREEBUSY;FBTYPE=BUSY:20260616T090000Z/PT1H,20260617T090000Z/"
        b"20260617T093000Z\r\nFREEBUSY;FBTYPE=FREE:20260618T090000Z/PT1H\r\nEND:VFREEBUSY\r\nEND:VCALENDAR\r\n"
    )
    assert spans(raw) == ["16 Jun 09:00-10:00", "17 Jun 09:00-09:30"]


def every(first: int, end: int) -> str:
    return ",".join(str(number) for number in range(first, end))


START = "DTSTART:20200101T000000Z\r\nDURATION:PT5M\r\n"
OWN_ZONE = "BEGIN:VTIMEZONE\r\nTZID:Own\r\n" + (
    "BEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nEND:STANDARD\r\n" * 5000
)
BOMBS = {
    "every second": (calendar(f"{START}RRULE:FREQ=SECONDLY"), "recurs by the second"),
    "a billion": (calendar(f"{START}RRULE:FREQ=DAILY;COUNT=1000000000"), ""),
    "all numbers": (
        calendar(f"{START}RRULE:FREQ=YEARLY;BYMONTH={every(1, 13)};BYHOUR={every(0, 24)};BYMINUTE={every(0, 60)}"),
        "more than 48 times a day",
    ),
    "a day that never comes": (calendar(f"{START}RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"), ""),
    "every place": (calendar(f"{START}RRULE:FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS={every(1, 367)}"), ""),
    "since the year 1": (calendar(f"{START}RRULE:FREQ=DAILY;COUNT=500000").replace(b"2020", b"0001"), "too often"),
    "100,000 dates": (
        calendar(START + "RDATE:" + ",".join(f"202607{1 + n % 28:02}T{n % 24:02}{n % 60:02}00Z" for n in range(100_000))),
        "more than 2000 days",
    ),
    "10,000 alarms": (calendar(START + "BEGIN:VALARM\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\n" * 10_000), ""),
    "a huge zone": (calendar("DTSTART;TZID=Own:20260616T090000", head=f"{OWN_ZONE}END:VTIMEZONE\r\n"), "not worked out"),
    "a file of ours": (calendar(f"{START}ATTACH:file:///etc/passwd"), ""),
    "no calendar": (b"<html>", "no calendar"),
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_never_expanded(name: str) -> None:
    raw, said = BOMBS[name]
    tracemalloc.start()
    try:
        if said:
            with pytest.raises(busy.Unreadable, match=said):
                busy.read(raw, BEGIN, END, BERLIN)
        else:
            assert len(busy.read(raw, BEGIN, END, BERLIN).busy) < 200
        assert tracemalloc.get_traced_memory()[1] < 32 * 2**20
    finally:
        tracemalloc.stop()


def test_steps_are_counted_for_one_event_and_for_all() -> None:
    whole = Steps(10)
    whole.of_one().spend(8)

    with pytest.raises(recurrence.TooMuch, match="too often"):
        whole.of_one().spend(3)


@pytest.mark.skipif(not CORPORA.is_dir(), reason="the corpora are not here")
def test_no_calendar_of_the_corpora_breaks_the_reading() -> None:
    files = [path for path in CORPORA.rglob("*") if path.is_file() and b"BEGIN:VCALENDAR" in path.read_bytes()]
    readable = 0
    for path in files:
        try:
            busy.read(path.read_bytes(), datetime(2005, 1, 1, tzinfo=UTC), datetime(2005, 3, 1, tzinfo=UTC), BERLIN)
            readable += 1
        except busy.Unreadable as said:
            assert str(said).endswith(".")
    assert len(files) > 200 and readable > len(files) * 0.95


# The rules, held against dateutil ---------------------------------------------------------------------------------

NUMBERS = {
    "BYMONTH": st.integers(1, 12), "BYMONTHDAY": st.integers(-31, 31).filter(bool), "BYSETPOS": st.integers(-3, 3).filter(bool),
    "BYYEARDAY": st.integers(-366, 366).filter(bool), "BYWEEKNO": st.integers(-53, 53).filter(bool), "BYHOUR": st.integers(0, 23),
}  # fmt: skip
ALLOWED = {
    "DAILY": ("BYMONTH", "BYMONTHDAY", "BYHOUR"), "WEEKLY": ("BYMONTH", "BYSETPOS", "BYHOUR"),
    "MONTHLY": ("BYMONTH", "BYMONTHDAY", "BYSETPOS"), "YEARLY": ("BYMONTH", "BYMONTHDAY", "BYSETPOS", "BYYEARDAY", "BYWEEKNO"),
}  # fmt: skip


@st.composite
def rules(draw: st.DrawFn) -> str:
    freq = draw(st.sampled_from(sorted(ALLOWED)))
    parts = [f"FREQ={freq}", f"INTERVAL={draw(st.integers(1, 4))}", f"WKST={draw(st.sampled_from(['MO', 'SU']))}"]
    named = draw(st.sets(st.sampled_from(ALLOWED[freq]), max_size=2))
    days = draw(st.sets(st.sampled_from(["MO", "WE", "SA"]), max_size=2))
    if days and freq == "MONTHLY" and draw(st.booleans()):
        days = {f"{draw(st.sampled_from([1, 2, -1]))}{day}" for day in days}
    if "BYSETPOS" in named and not days:
        days = {"TU"}
    parts += [f"BYDAY={','.join(sorted(days))}"] if days else []
    for name in sorted(named):
        values = draw(st.sets(NUMBERS[name], min_size=1, max_size=3))
        parts.append(f"{name}={','.join(str(value) for value in sorted(values))}")
    if draw(st.booleans()):
        parts.append(f"COUNT={draw(st.integers(1, 30))}")
    return ";".join(parts)


@settings(max_examples=30, deadline=None)
@given(rule=rules(), offset=st.integers(0, 800))
def test_a_rule_names_the_days_that_dateutil_walks_to(rule: str, offset: int) -> None:
    start = datetime(2024, 1, 1, 10) + timedelta(days=offset)  # noqa: DTZ001 - wall clock
    begin, end = date(2026, 3, 1), date(2026, 8, 31)
    opens, until = datetime(2026, 3, 1), datetime(2026, 9, 1)  # noqa: DTZ001 - wall clock
    expected = (
        [
            moment
            for moment in rrulestr(rule, dtstart=start).between(start - timedelta(1), until)
            if begin <= moment.date() <= end
        ]
        if "COUNT" in rule
        else list(rrulestr(f"{rule};UNTIL=20280101T000000", dtstart=start).between(opens, until))
    )

    found = recurrence.starts(recurrence.read(rule, start), start, begin, end, Steps(10**9))

    assert found == expected
