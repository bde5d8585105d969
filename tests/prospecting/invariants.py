"""What must hold of everything that was sent, opened and planned, read by SQL from outside; each function objects itself."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection

from crm import clock
from crm.rules.working_time import add_working_days

OVERRIDES_WHAT = {"cool_off": "resting", "colleague_in_conversation": "paused", "stage_not_open": "paused"}
Rows = list[tuple[Any, ...]]


def ask(sql: str, **named: Any) -> Rows:
    with connection.cursor() as cursor:
        cursor.execute(sql, named)
        return cursor.fetchall()


# Quiet: paused, suppressed, resting, closed --------------------------------------------------------------------------


def quiet_accounts() -> dict[int, set[str]]:
    """Account → why no outreach may leave for it now."""
    sql = """
        SELECT id, 'closed' FROM crm_account WHERE closed_at IS NOT NULL
        UNION SELECT id, 'resting' FROM crm_account WHERE rests_until > (%(now)s AT TIME ZONE zone)::date
        UNION SELECT account_id, 'suppressed' FROM crm_suppression WHERE kind = 'account' AND lifted_at IS NULL
        UNION SELECT account_id, state FROM prospecting_enrollment WHERE state IN ('paused', 'resting')
        UNION SELECT id, 'unread' FROM crm_account WHERE unhandled_mail > 0
    """
    found: dict[int, set[str]] = defaultdict(set)
    for account, why in ask(sql, now=clock.now()):
        found[account].add(why)
    return found


def last_attempt() -> int:
    return int(ask("SELECT coalesce(max(id), 0) FROM prospecting_attempt")[0][0])


def nothing_left_where_it_is_quiet(quiet: dict[int, set[str]], since: int) -> None:
    """Outreach that left after `since` went to no account that was quiet before, but where a person went ahead."""
    sql = """
        SELECT a.id, coalesce(t.account_id, o.account_id), a.recipient,
               (SELECT array_agg(v.reason) FROM prospecting_override v
                 WHERE v.outgoing_id = o.id OR (o.id IS NULL AND v.outgoing_id IS NULL
                       AND v.account_id = t.account_id AND v.contact_id = t.contact_id)),
               EXISTS (SELECT FROM crm_suppression s WHERE s.lifted_at IS NULL
                        AND (s.kind = 'address' AND lower(s.value) = a.recipient AND s.at < a.started_at
                             OR s.kind = 'domain' AND a.recipient LIKE '%%@' || s.value))
          FROM prospecting_attempt a LEFT JOIN prospecting_touch t ON t.id = a.touch_id
          LEFT JOIN prospecting_outgoing o ON o.id = a.outgoing_id
         WHERE a.id > %(since)s AND (t.id IS NOT NULL OR o.purpose = 'outreach')
    """
    for attempt, account, recipient, reasons, barred in ask(sql, since=since):
        excused = {OVERRIDES_WHAT.get(reason) for reason in reasons or ()}
        why = quiet.get(account, set()) - excused
        assert not why, f"attempt {attempt} to {recipient} left though the account is {', '.join(sorted(why))}"
        assert not barred, f"attempt {attempt} went to {recipient}, who is suppressed"


# Stages --------------------------------------------------------------------------------------------------------------


class Opening(NamedTuple):
    visit: int
    actor: str
    walk: int
    account: int
    order: int
    gate: dict[str, Any]
    version: int
    zone: str
    country: str


def openings(since: int) -> list[Opening]:
    """Stages that opened in events after `since`."""
    sql = """
        SELECT v.id, coalesce(u.name, e.actor_name), v.enrollment_id, v.account_id, s."order", s.gate::text, s.version_id,
               a.zone, a.country
          FROM crm_event e JOIN prospecting_stagevisit v ON v.id = e.subject_id
          JOIN prospecting_stage s ON s.id = v.stage_id JOIN crm_account a ON a.id = v.account_id
          LEFT JOIN crm_user u ON u.id = e.actor_id
         WHERE e.id > %(since)s AND e.kind = 'stagevisit.open' ORDER BY e.id
    """
    return [Opening(*row[:5], loaded(row[5]), *row[6:]) for row in ask(sql, since=since)]


def loaded(text: str) -> Any:
    import json  # noqa: PLC0415 - the driver gives JSON as text here

    return json.loads(text)


def last_event() -> int:
    return int(ask("SELECT coalesce(max(id), 0) FROM crm_event")[0][0])


def stages_opened_by_their_gates(since: int, people: set[str]) -> None:
    """Whatever the planner opened had its gate's outcome; else a reply or a person opened it."""
    for one in openings(since):
        if one.actor == "the planner":
            assert came(one.gate, one), f"the planner opened stage {one.order} of walk {one.walk} before {one.gate}"
        elif one.actor not in people:
            replies = ask("SELECT 1 FROM prospecting_reply WHERE account_id = %(a)s LIMIT 1", a=one.account)
            assert replies, f"{one.actor} opened stage {one.order} of walk {one.walk} and nobody there wrote"


def came(gate: dict[str, Any], one: Opening) -> bool:
    """Whether the outcome a gate waits for is on record."""
    [(kind, terms)] = gate.items()
    if kind in ("any", "all"):
        return (any if kind == "any" else all)(came(inner, one) for inner in terms)
    return CAME[kind](terms or {}, one)


def _silence(terms: dict[str, Any], one: Opening) -> bool:
    sql = """
        WITH said AS (
            SELECT max(at) AS at FROM (
                SELECT at FROM prospecting_reply WHERE enrollment_id = %(walk)s AND counts
                UNION ALL SELECT at FROM prospecting_call
                 WHERE enrollment_id = %(walk)s AND label <> '' AND undone_at IS NULL) answers)
        SELECT count(*), max(t.sent_at) FROM prospecting_touch t JOIN prospecting_stagevisit v ON v.id = t.visit_id
          JOIN prospecting_stage s ON s.id = v.stage_id, said
         WHERE t.enrollment_id = %(walk)s AND s.version_id = %(version)s AND t.reached AND t.sent_at IS NOT NULL
           AND t.state <> 'bounced' AND (said.at IS NULL OR t.sent_at > said.at)
           AND s."order" = coalesce(%(named)s, (SELECT max(b."order") FROM prospecting_stage b
                                                 WHERE b.version_id = %(version)s AND b."order" < %(order)s))
    """
    [(made, last)] = ask(sql, walk=one.walk, version=one.version, named=terms.get("stage"), order=one.order)
    if made < terms.get("touches", 1) or last is None:
        return False
    opens = add_working_days(local_day(last, one.zone), terms.get("working_days", 0), one.country)
    return opens <= local_day(clock.now(), one.zone)


def _reply(terms: dict[str, Any], one: Opening) -> bool:
    sql = """
        SELECT 1 FROM prospecting_reply WHERE enrollment_id = %(walk)s AND counts AND label = ANY(%(labels)s)
        UNION SELECT 1 FROM prospecting_call
         WHERE enrollment_id = %(walk)s AND label = ANY(%(labels)s) AND undone_at IS NULL
    """
    return bool(ask(sql, walk=one.walk, labels=terms["labels"]))


def _held_by(one: Opening, role: str | None, source: str) -> bool:
    sql = """
        SELECT 1 FROM crm_membership m JOIN crm_role r ON r.id = m.role_id
         WHERE m.account_id = %(account)s AND m.until IS NULL AND m.confidence <> 'low' AND r.slug <> 'unknown'
           AND (%(role)s::text IS NULL OR r.slug = %(role)s) AND (%(source)s = '' OR m.source = %(source)s)
    """
    return bool(ask(sql, account=one.account, role=role, source=source))


def _timing(terms: dict[str, Any], one: Opening) -> bool:
    today = local_day(clock.now(), one.zone)
    start, end = terms.get("from"), terms.get("to")
    return (not start or today >= date.fromisoformat(start)) and (not end or today <= date.fromisoformat(end))


def _held(terms: dict[str, Any], one: Opening) -> bool:
    sql = "SELECT 1 FROM prospecting_milestone WHERE enrollment_id = %(walk)s AND rung = 'held' AND NOT voids"
    return bool(ask(sql, walk=one.walk))


CAME: dict[str, Any] = {
    "start": lambda terms, one: True,
    "by_hand": lambda terms, one: False,
    "silence": _silence,
    "reply": _reply,
    "referral": lambda terms, one: _held_by(one, terms.get("role"), "referral"),
    "role_filled": lambda terms, one: _held_by(one, terms["role"], ""),
    "meeting_held": _held,
    "timing": _timing,
}


def local_day(moment: datetime, zone: str) -> date:
    return moment.astimezone(ZoneInfo(zone or "UTC")).date()


def nobody_written_to_before_their_stage(since: int) -> None:
    """Every mail of a step left while its stage was open, or a person had gone against that."""
    sql = """
        SELECT a.id, t.contact_id, t.visit_id FROM prospecting_attempt a JOIN prospecting_touch t ON t.id = a.touch_id
         WHERE a.id > %(since)s AND NOT EXISTS (
               SELECT FROM crm_event o WHERE o.subject_type = 'prospecting.stagevisit' AND o.subject_id = t.visit_id
                  AND o.kind = 'stagevisit.open' AND o.at <= a.started_at AND NOT EXISTS (
                      SELECT FROM crm_event c WHERE c.subject_type = o.subject_type AND c.subject_id = o.subject_id
                         AND c.kind = 'stagevisit.closed' AND c.id > o.id AND c.at < a.started_at))
           AND NOT EXISTS (SELECT FROM prospecting_override v WHERE v.account_id = t.account_id
                              AND v.contact_id = t.contact_id AND v.reason = 'stage_not_open')
    """
    early = ask(sql, since=since)
    assert not early, f"written to before the stage opened (attempt, contact, visit): {early}"


# The budget ----------------------------------------------------------------------------------------------------------


class Item(NamedTuple):
    at: datetime
    seq: int
    family: int
    contact: int
    mail: bool
    people: int | None
    touches: int | None
    days: int | None
    zone: str
    country: str
    excused: bool
    name: str

    @property
    def order(self) -> tuple[datetime, int]:
        return self.at, self.seq


def made(share: bool) -> list[Item]:
    """Everything that was made at each family of accounts in its order; the policy of the walk stands beside a mail."""
    family = "coalesce(c.parent_id, c.id)" if share else "c.id"
    sql = f"""
        SELECT t.sent_at, coalesce(a.id, 0), {family}, t.contact_id, t.channel = 'email', p.people_at_once, p.touches_a_week,
               p.days_between_people, c.zone, c.country,
               EXISTS (SELECT FROM prospecting_override v WHERE v.account_id = t.account_id AND v.outgoing_id IS NULL
                          AND v.contact_id = t.contact_id AND v.reason = 'account_cap'), c.name
          FROM prospecting_touch t JOIN crm_account c ON c.id = t.account_id
          JOIN prospecting_enrollment e ON e.id = t.enrollment_id JOIN prospecting_politenesspolicy p ON p.id = e.policy_id
          LEFT JOIN prospecting_attempt a ON a.touch_id = t.id AND a.outcome = 'accepted'
         WHERE t.state = 'sent' AND t.reached AND t.sent_at > %(since)s
        UNION ALL
        SELECT coalesce(o.sent_at, o.created_at), coalesce(a.id, 0), {family}, o.contact_id, o.state = 'sent', p.people_at_once,
               p.touches_a_week, p.days_between_people, c.zone, c.country,
               EXISTS (SELECT FROM prospecting_override v WHERE v.outgoing_id = o.id AND v.reason = 'account_cap'), c.name
          FROM prospecting_outgoing o JOIN crm_account c ON c.id = o.account_id
          LEFT JOIN prospecting_attempt a ON a.outgoing_id = o.id AND a.outcome = 'accepted'
          LEFT JOIN prospecting_stagevisit v ON v.id = o.visit_id LEFT JOIN prospecting_enrollment e ON e.id = v.enrollment_id
          LEFT JOIN prospecting_politenesspolicy p ON p.id = e.policy_id
         WHERE o.purpose = 'outreach' AND o.state = 'sent' AND o.sent_at > %(since)s
        UNION ALL
        SELECT k.at, 0, {family}, k.contact_id, FALSE, NULL, NULL, NULL, c.zone, c.country, FALSE, c.name
          FROM prospecting_call k JOIN crm_account c ON c.id = k.account_id
         WHERE k.touch_id IS NULL AND k.undone_at IS NULL AND k.reached AND k.at > %(since)s
    """  # noqa: S608 - one of two expressions of ours
    rows = [Item(*row) for row in ask(sql, since=clock.now() - timedelta(days=15))]
    return sorted(rows, key=lambda item: item.order)


def budget_kept(share: bool) -> None:
    """No mail was one too many for its week, or too soon after a mail to somebody else there."""
    rows = made(share)
    for mail in rows:
        if not mail.mail or mail.excused or mail.touches is None:
            continue
        before = [one for one in rows if one.family == mail.family and one.order < mail.order]
        week = [one for one in before if one.at > mail.at - timedelta(days=7)]
        assert len(week) < mail.touches, f"{mail.name} had {len(week) + 1} of {mail.touches} touches in a week"
        for other in before:
            if other.contact != mail.contact and mail.days:
                free = add_working_days(local_day(other.at, mail.zone), mail.days, mail.country)
                assert local_day(mail.at, mail.zone) >= free, f"{mail.name}: two people within {mail.days} days"


def people_at_once(share: bool) -> None:
    """So many people have something on its way at one family, and no more than the widest of its policies allows."""
    family = "coalesce(c.parent_id, c.id)" if share else "c.id"
    sql = f"""
        SELECT {family}, count(DISTINCT t.contact_id), max(p.people_at_once),
               (SELECT count(*) FROM prospecting_override v WHERE v.reason = 'account_cap')
          FROM prospecting_touch t JOIN crm_account c ON c.id = t.account_id
          JOIN prospecting_enrollment e ON e.id = t.enrollment_id JOIN prospecting_politenesspolicy p ON p.id = e.policy_id
         WHERE t.state IN ('planned', 'paused', 'in_flight', 'uncertain') AND e.state IN ('active', 'paused', 'resting')
         GROUP BY 1
    """  # noqa: S608 - one of two expressions of ours
    for account, people, most, overridden in ask(sql):
        assert people <= most + overridden, f"{people} people at once at {account}, {most} allowed"


# Once ----------------------------------------------------------------------------------------------------------------


def no_step_twice() -> None:
    """Nobody had the same step of a sequence twice, in whatever walk or at whatever account."""
    sql = """
        SELECT t.contact_id, v.sequence_id, s.role_id, s.key, count(*) FROM prospecting_touch t
          JOIN prospecting_step s ON s.id = t.step_id JOIN prospecting_sequenceversion v ON v.id = s.version_id
         WHERE t.state IN ('sent', 'bounced', 'uncertain', 'dropped', 'in_flight')
         GROUP BY 1, 2, 3, 4 HAVING count(*) > 1
    """
    twice = ask(sql)
    assert not twice, f"the same step to the same person (contact, sequence, role, step, times): {twice}"


def nothing_sent_twice(taken: list[str]) -> None:
    """What the server took is what we know it took, each message once."""
    assert len(taken) == len(set(taken)), "the server took a message twice"
    known = {row[0] for row in ask("SELECT message_id FROM prospecting_attempt WHERE outcome = 'accepted'")}
    assert known <= set(taken), "a message counts as sent that no server took"
    more = ask("""SELECT touch_id, outgoing_id, count(*) FROM prospecting_attempt WHERE outcome = 'accepted'
                  GROUP BY 1, 2 HAVING count(*) > 1""")
    assert not more, f"accepted twice: {more}"


# Nobody is forgotten -------------------------------------------------------------------------------------------------


def nobody_is_stuck(horizon: timedelta) -> None:
    """Every open walk has a next look, a next touch or somebody who must act, and says so in words."""
    sql = """
        SELECT e.id, e.state, e.reason, e.in_conversation, e.paused_by_hand, e.rests_until, e.plan_at, e.next_words,
               EXISTS (SELECT FROM prospecting_touch t WHERE t.enrollment_id = e.id
                          AND t.state IN ('planned', 'in_flight', 'uncertain')),
               EXISTS (SELECT FROM appointments_workitem w WHERE w.account_id = e.account_id AND w.state <> 'done')
               OR EXISTS (SELECT FROM appointments_meeting m WHERE m.account_id = e.account_id AND m.state = 'booked')
               OR EXISTS (SELECT FROM crm_account a WHERE a.id = e.account_id AND a.unhandled_mail > 0),
               (SELECT count(*) FROM prospecting_touch t WHERE t.enrollment_id = e.id AND t.state = 'paused')
          FROM prospecting_enrollment e WHERE e.state IN ('active', 'paused', 'resting')
    """
    now = clock.now()
    for walk, state, reason, talking, by_hand, rests, plan_at, words, touches, work, paused in ask(sql):
        if state == "active":
            assert not paused, f"walk {walk} goes on and {paused} of its touches are still paused"
            assert touches or (plan_at and plan_at <= now + horizon), f"walk {walk}: nobody looks again ({plan_at})"
            assert touches or words, f"walk {walk} does not say why nothing is planned"
        elif state == "paused":
            assert talking or by_hand, f"walk {walk} is paused, and nobody talks and nobody paused it"
            assert not talking or work, f"walk {walk} waits for an answer that nobody has to give: {reason}"
            assert reason, f"walk {walk} is paused without a reason"
        else:
            assert rests and rests > now.date(), f"walk {walk} rests until {rests}, which is over"
            assert reason, f"walk {walk} rests without a reason"


def waiting_mails_say_why() -> None:
    """A mail whose day is over and that has not left says why, or waits for a person who releases it."""
    sql = """
        SELECT t.id, t.due_on FROM prospecting_touch t JOIN prospecting_enrollment e ON e.id = t.enrollment_id
         WHERE t.state = 'planned' AND t.channel = 'email' AND t.released AND e.state = 'active'
           AND t.due_on < %(today)s AND t.waits_because = ''
    """
    silent = ask(sql, today=clock.today())
    assert not silent, f"mails that wait and do not say why: {silent}"


def answers_leave() -> None:
    """An answer is held only by a suppression, a closed account, a paused mailbox or the server itself."""
    sql = """
        SELECT o.id, o.state, o.waits_because FROM prospecting_outgoing o LEFT JOIN crm_account a ON a.id = o.account_id
          LEFT JOIN crm_mailbox b ON b.id = o.mailbox_id
         WHERE o.purpose = 'answer' AND o.state IN ('planned', 'skipped') AND o.not_before < %(now)s
           AND a.closed_at IS NULL AND b.state = 'active'
           AND NOT EXISTS (SELECT FROM prospecting_attempt t WHERE t.outgoing_id = o.id)
           AND NOT EXISTS (SELECT FROM crm_suppression s WHERE s.lifted_at IS NULL AND (
                 s.kind = 'account' AND s.account_id = o.account_id OR s.kind = 'address' AND lower(s.value) = lower(o.to_address)
                 OR s.kind = 'domain' AND lower(o.to_address) LIKE '%%@' || s.value))
    """
    held = ask(sql, now=clock.now())
    assert not held, f"answers that were held for a reason of outreach: {held}"


def nothing_of_ours_failed() -> None:
    """Planner and sender put aside what they cannot do and go on; in these stories there is no such thing."""
    sql = """
        SELECT 'walk', id, next_words FROM prospecting_enrollment WHERE next_words LIKE 'An error of ours%%'
        UNION ALL SELECT 'touch', id, waits_because FROM prospecting_touch WHERE waits_because LIKE 'An error of ours%%'
        UNION ALL SELECT 'mail', id, waits_because FROM prospecting_outgoing WHERE waits_because LIKE 'An error of ours%%'
        UNION ALL SELECT 'message', id, last_error FROM crm_message WHERE last_error <> ''
    """
    failed = ask(sql + " LIMIT 3", none="")
    assert not failed, f"an error of ours: {failed}"
