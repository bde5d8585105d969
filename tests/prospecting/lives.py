"""A story lived day by day: planner and sender work, people act, and the invariants are asked after each step."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from functools import partial
from typing import Any

from django.db import transaction

from crm import clock
from crm.errors import Refused
from crm.gateways.smtp import Handover
from crm.models import Account, Event, Mailbox, Organisation, User
from crm.services import intake
from prospecting.models import Call, Enrollment, Touch
from prospecting.services import calls, enrollment, planner, policies, routes, segments, sending, sequences
from tests.prospecting import invariants
from tests.prospecting.stories import DAYS, PLACES, Story
from tests.prospecting.world import MONDAY, account_named, mailbox_of, person_at

MOST_ROUNDS = 40  # of planner and sender in one sitting
SAYS = {
    "accepted": "250 ok", "temporary": "451 4.7.1 greylisted", "permanent": "550 5.1.1 no such user",
    "sender": "535 wrong password", "unknown": "timed out",
}  # fmt: skip


class Server:
    """Plays the SMTP server; the n-th hand-over may go wrong."""

    def __init__(self, trouble: tuple[tuple[int, str], ...]) -> None:
        self.trouble, self.count, self.taken = dict(trouble), 0, list[str]()

    def __call__(self, attempt: Any) -> Handover:
        outcome = self.trouble.get(self.count, "accepted")
        self.count += 1
        if outcome in ("accepted", "unknown"):
            self.taken.append(attempt.message_id)
        return Handover(outcome, SAYS[outcome])


class Life:
    """The world of one story, and the time in it."""

    def __init__(self, story: Story, ada: User, lead: User) -> None:
        self.story, self.ada, self.lead, self.now = story, ada, lead, MONDAY
        self.server, self.did, self.serial, self.seen = Server(story.trouble), Counter[str](), 0, 0
        self.accounts: list[Account] = []
        Organisation.objects.update(sites_share_budget=story.share)
        self.mailbox = Mailbox.objects.filter(owner=ada).first() or mailbox_of(ada)
        self._book()
        for n in range(len(story.firms)):
            self.accounts.append(self._firm(n))
        segments.publish(self.segment.versions.get(), by=ada)
        for account in self.accounts:
            self.tell(lambda one=account: self.enroll(one))

    def _book(self) -> None:
        by, story = self.ada, self.story
        self.route = routes.draft(routes.create_route("Random", by=by), story.stages, by=by)
        routes.publish(self.route, by=by)
        self.segment = segments.create_segment(
            name="Stores", statement="They decide.", rule='industry = "Cold storage"', route_version=self.route, by=by
        )
        self.hello = sequences.save_template("Hello", subject="Logs", body="Hello {{first_name}}, {{company}}?", by=by)
        self.again = sequences.save_template("Again", subject="", body="Still you, {{first_name}}?", by=by)
        self.sequence = sequences.draft(sequences.create_sequence("Steps", by=by), self.steps(), by=by)
        sequences.publish(self.sequence, by=by)
        names = ("people_at_once", "touches_a_week", "days_between_people")
        self.tell(lambda: self.policy(dict(zip(names, story.policy, strict=True))))

    def policy(self, fields: dict[str, int]) -> None:
        policies.publish(policies.draft(by=self.lead, **fields), "A story begins.", by=self.lead)

    def steps(self, more: int = 0) -> list[dict[str, Any]]:
        """The story's steps; `more` is how many days each waits longer."""
        found = []
        for role, row in self.story.steps:
            mails = 0
            for channel, wait in row:
                step = {"role": role, "channel": channel, "wait_days": wait + more, "task": "Call them."}
                mails += channel == "email"
                found.append(
                    step | ({"template": self.hello if mails == 1 else self.again} if channel == "email" else {})
                )
        return found

    def _firm(self, n: int) -> Account:
        firm = self.story.firms[n]
        country, zone = PLACES[firm.place]
        parent = {"parent": self.accounts[0]} if firm.site and n else {}
        account = account_named(f"Store {n}", owner=self.ada, country=country, zone=zone, **parent)
        for m, (role, confidence) in enumerate(firm.people):
            person_at(account, f"P{n}{m} Person", role, confidence=confidence)
        return account

    def enroll(self, account: Account) -> None:
        newest = sequences.current_version(self.sequence.sequence)
        enrollment.enroll(
            Account.objects.get(pk=account.pk), segment=self.segment, sequence_version=newest, prospector=self.ada,
            by=self.ada, approval=self.story.approval,
        )  # fmt: skip

    # Steps in time -----------------------------------------------------------------------------------------------

    def tell(self, act: Callable[[], Any]) -> bool:
        """One thing happens, a minute after the one before; what is refused is nothing done. Stages are looked at."""
        self.now += timedelta(minutes=1)
        since = invariants.last_event()
        with clock.at(self.now):
            try:
                with transaction.atomic():
                    act()
            except Refused:
                return False
            invariants.stages_opened_by_their_gates(since, {self.ada.name, self.lead.name})
        return True

    def work(self) -> None:
        """Planner and sender until both have nothing left to do, which must come soon."""
        self.tell(lambda: (calls.settle_due(), enrollment.wake_resting(clock.now())))
        for _ in range(MOST_ROUNDS):
            self.now += timedelta(seconds=1)
            if not self._round():
                return
        raise AssertionError(f"planner and sender find no end on {self.now:%a %d %b}")

    def _round(self) -> int:
        with clock.at(self.now):
            event, attempt = invariants.last_event(), invariants.last_attempt()
            looked = planner.plan_due()
            invariants.stages_opened_by_their_gates(event, {self.ada.name, self.lead.name})
            quiet = invariants.quiet_accounts()
            sent = sending.send_due(hand_over=self.server)
            if invariants.last_attempt() > attempt:
                invariants.nothing_left_where_it_is_quiet(quiet, attempt)
                invariants.nobody_written_to_before_their_stage(attempt)
            self.did["sent"] += sent
            return looked + sent

    def check(self) -> None:
        """What holds in the evening."""
        with clock.at(self.now):
            invariants.nobody_is_stuck(timedelta(days=90))
            invariants.waiting_mails_say_why()
            invariants.answers_leave()
            invariants.nothing_of_ours_failed()
            if (event := invariants.last_event()) == self.seen:
                return  # nothing happened since, so nothing was sent
            self.seen = event
            invariants.budget_kept(self.story.share)
            invariants.people_at_once(self.story.share)
            invariants.no_step_twice()
            invariants.nothing_sent_twice(self.server.taken)

    def live(self, days: int = DAYS) -> None:
        from tests.prospecting.deeds import DEEDS, diligent  # noqa: PLC0415 - deeds are done to a life

        acts = list(self.story.acts)
        for day in range(days):
            self.now = max(self.now, MONDAY + timedelta(days=day))
            self.work()
            before = invariants.last_event()
            while acts and acts[0][0] == day:
                _, kind, one, other = acts.pop(0)
                done = self.tell(partial(DEEDS[kind], self, one, other))
                self.did[kind if done else "refused"] += 1
            diligent(self, day)
            self.now = max(self.now, MONDAY + timedelta(days=day, hours=6))
            if invariants.last_event() > before:
                self.work()
            self.check()

    # Mail comes in -------------------------------------------------------------------------------------------------

    def receive(self, raw: bytes) -> Any:
        return intake.receive(raw, recipients=[self.mailbox.address], at=clock.now())

    def mail(self, touch: Touch, text: str, *, sender: str = "", name: str = "", **headers: str) -> Any:
        """An answer to what a touch sent, as its recipient or somebody else there writes it."""
        self.serial += 1
        mail = EmailMessage()
        mail["From"] = f"{name or touch.contact.name} <{sender or touch.contact.email}>"
        mail["To"], mail["Subject"] = self.mailbox.address, f"Re: {touch.message.subject}"
        mail["Message-ID"] = f"<{self.serial}@customer.example>"
        mail["In-Reply-To"] = f"<{touch.message.message_id.strip('<>')}>"
        for header, value in headers.items():
            mail[header.replace("_", "-")] = value
        mail.set_content(text)
        return self.receive(mail.as_bytes())

    def report(self, touch: Touch, kind: str, status: str = "5.1.1") -> Any:
        """A delivery or complaint report about a touch, as servers write them."""
        self.serial += 1
        sent, to = touch.message.message_id.strip("<>"), touch.contact.email
        fields = {
            "delivery-status": f"Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; {to}\nAction: failed\n"
            f"Status: {status}\nDiagnostic-Code: smtp; 550 {status} refused\n",
            "feedback-report": "Feedback-Type: abuse\nUser-Agent: Test/1\nVersion: 1\n",
        }[kind]
        raw = (
            f"From: Mail Delivery System <mailer-daemon@mx.example>\nTo: {self.mailbox.address}\nSubject: Report\n"
            f"Message-ID: <{self.serial}@mx.example>\nIn-Reply-To: <{sent}>\nMIME-Version: 1.0\n"
            f'Content-Type: multipart/report; report-type={kind}; boundary="b"\n\n'
            f"--b\nContent-Type: text/plain\n\nA report.\n--b\nContent-Type: message/{kind}\n\n{fields}\n"
            f"--b\nContent-Type: message/rfc822\n\nMessage-ID: <{sent}>\nTo: {to}\n\nHello\n--b--\n"
        )
        return self.receive(raw.encode())

    def told(self) -> list[str]:
        """What happened, line by line, for whoever reads a story that went wrong."""
        rows = Event.objects.filter(at__gte=MONDAY).select_related("contact").order_by("pk")
        return [
            f"{row.at:%d %b %H:%M:%S} {row.account_id or ''} {row.kind} {row.subject_type.rpartition('.')[2]}:{row.subject_id}"
            f" {row.contact or ''} by {row.actor_name}: {row.why}" for row in rows if row.account_id
        ]  # fmt: skip

    # What there is to choose from ------------------------------------------------------------------------------------

    def next(self) -> int:
        """A number that goes up: the same story chooses the same."""
        self.serial += 1
        return self.serial

    def pick(self, rows: Any, number: int) -> Any:
        """One of these rows; refused where there is none."""
        found = list(rows)
        if not found:
            raise Refused("There is none.")
        return found[number % len(found)]

    def account(self, number: int) -> Account:
        return Account.objects.get(pk=self.pick(self.accounts, number).pk)

    def walk(self, number: int) -> Enrollment:
        return self.pick(Enrollment.objects.filter(state__in=["active", "paused", "resting"]).order_by("pk"), number)

    def sent_mail(self, number: int) -> Touch:
        rows = Touch.objects.filter(channel="email", message__isnull=False).select_related(
            "contact", "message", "account"
        )
        return self.pick(rows.order_by("-pk"), number)

    def due_tasks(self) -> Any:
        due = Touch.objects.filter(state="planned", enrollment__state="active", due_on__lte=self.now.date())
        waiting = due.exclude(channel="email").exclude(
            pk__in=Call.objects.filter(undone_at=None, settled_at=None).values("touch")
        )
        return waiting.select_related("account", "contact", "enrollment").order_by("pk")
