"""One person's life at the issuer, step by step beside the law: a state machine of hypothesis."""

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from hypothesis.strategies import booleans, sampled_from

from issuer.authority.claims import IssueRequest
from issuer.authority.intents import record_intents
from issuer.errors import IssuerError
from issuer.provisioning.first_issue import issue_due
from issuer.provisioning.models import Renewal
from issuer.provisioning.renewal import renew_due
from issuer.provisioning.tools import Provisioning
from issuer.smp.record.expiry import expire_due
from issuer.smp.record.holder_request import revoke
from issuer.smp.record.jpki_events import take_in
from issuer.smp.record.models import IssuedRecord, LapseRecord, RecordSet
from issuer.status_list.models import StatusEntry
from issuer.store import DATABASE
from registry.act import new_id
from registry.messages.smp import JpkiEvent
from tests.chaos.laws import ENDED, LAWS, TOLD, violations
from tests.issuer.conftest import Inside
from tests.issuer.issuing import claim_alone, sign_alone
from tests.issuer.law import LEAD, Law, Records, today
from tests.issuer.persons import PEOPLE, an_authority, holder_of, tools_of
from tests.issuer.smp.conftest import Desk, Line
from tests.support.applications import (
    a_card_message,
    a_phone,
    an_application,
)
from tests.support.clock import FrozenClock
from tests.support.database import Stores, store_session
from tests.support.entropy import SeededBytes

T = TypeVar("T")
LAST = datetime(2027, 4, 1, tzinfo=UTC)  # the keys of the small PKI live until then
LEASE = timedelta(seconds=30)  # longer than a claim


class Life(RuleBasedStateMachine):
    """One person's life at the issuer, and the law beside it."""

    runner: asyncio.Runner
    stores: Stores

    @initialize(who=sampled_from(sorted(PEOPLE)), owning=booleans())
    def begins(self, who: str, owning: bool) -> None:  # noqa: FBT001 - drawn
        """A person with a card comes to an issuer, and has or has not received records."""
        at, birth, card_until = PEOPLE[who]
        self.who, self.clock, self.line, self.random = who, FrozenClock(at), Line(), SeededBytes("life")
        self.opened = store_session(self.stores, DATABASE)
        sessions = self.run(self.opened.__aenter__())
        self.desk = Desk(sessions, tools_of(self.line), self.clock, self.random)
        self.restart()
        signer_until = self.provisioning.authority.signers[0].not_after
        self.law = Law(birth, card_until, signer_until)
        self.insides: dict[UUID, Inside] = {}
        self.accepted: Inside | None = None
        self.applied = 0
        self.last_event: JpkiEvent | None = None
        if owning:
            self.apply()
            self.issue()
            self.confirm(0)

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Do one thing on the loop that all lives share."""
        return self.runner.run(coroutine)

    @rule()
    def restart(self) -> None:
        """Every process is another one: what was only in memory is gone."""
        authority = an_authority(self.desk, self.random)
        self.provisioning = Provisioning(self.desk.sessions, authority, self.desk.tools, self.random, lead=LEAD)

    def heard(self, coroutine: Coroutine[Any, Any, object]) -> str | None:
        """The code of a refusal, or None."""
        try:
            self.run(coroutine)
        except IssuerError as refusal:
            return str(refusal.code)
        return None

    @precondition(lambda self: self.accepted is None and self.applied < 3)
    @rule()
    def apply(self) -> None:
        """The holder applies, and the checks decide."""
        self.applied += 1
        phone = a_phone(app_install_id=f"installation-{self.applied:08}")
        expected = self.law.apply(self.clock())
        cms = an_application(holder_of(self.who), phone, self.desk.nonce(), at=self.clock())
        applied = self.run(self.desk.apply(cms))
        self.run(self.desk.verify())
        row = self.run(self.desk.application(applied.application_id))
        assert (row.application_status, row.application_detail_status) == (
            ("accepted", None) if expected is None else ("rejected", expected)
        )
        if expected is None:
            self.accepted = Inside(self.desk, self.provisioning, holder_of(self.who), phone, applied.application_id)

    @precondition(lambda self: self.accepted is not None)
    @rule(signing=booleans())
    def die_while_issuing(self, signing: bool) -> None:  # noqa: FBT001 - drawn
        """A worker commits what it will sign and dies, before or after it has signed; its lease runs out."""
        assert self.accepted is not None
        if self.law.issue(self.clock()) is None:
            self.run(self._begin(IssueRequest(self.accepted.application_id), signing=signing))
            self.clock.at += LEASE

    async def _begin(self, request: IssueRequest, *, signing: bool) -> None:
        authority, at = self.provisioning.authority, self.clock()
        claimed = await claim_alone(request, at=at, authority=authority)
        intents = await record_intents(claimed, at=at, authority=authority)
        if signing:
            await sign_alone(intents, authority=authority)

    @precondition(lambda self: self.accepted is not None)
    @rule()
    def issue(self) -> None:
        """The worker issues for the accepted application; the phone binds the issue to itself."""
        inside, self.accepted = self.accepted, None
        assert inside is not None
        expected = self.law.issue(self.clock())
        period = self.law.period(self.clock())
        self.run(issue_due(self.provisioning, at=self.clock()))
        row = self.run(self.desk.application(inside.application_id))
        assert (row.application_status, row.application_detail_status) == (
            ("waiting_device", None) if expected is None else ("failed", expected)
        )
        if expected is None:
            (made,) = self._new_sets()
            assert period is not None
            self._enter(made, inside, period, None)
            self.run(inside.bind())

    def _new_sets(self) -> list[RecordSet]:
        rows = self.run(self.desk.rows(RecordSet))
        return [row for row in rows if row.mdoc_id not in self.law.sets]

    def _enter(self, made: RecordSet, inside: Inside, period: tuple[datetime, datetime], replaces: UUID | None) -> None:
        assert (made.valid_from, made.valid_until, made.replaces) == (*period, replaces)
        self.law.sets[made.mdoc_id] = Records(*period, replaces)
        self.insides[made.mdoc_id] = inside

    @precondition(lambda self: self.law.sets)
    @rule(nth=sampled_from(range(4)))
    def confirm(self, nth: int) -> None:
        """The phone confirms a bundle, an old one too."""
        set_id = self._one(nth)
        expected = self.law.confirm(set_id, self.clock())
        assert self.heard(self.insides[set_id].confirm(set_id, bound=False)) == expected

    def _one(self, nth: int) -> UUID:
        known = list(self.law.sets)
        return known[-1 - nth % len(known)]

    @precondition(lambda self: self.law.sets)
    @rule(nth=sampled_from(range(4)))
    def give_up(self, nth: int) -> None:
        """The holder revokes a set from the phone."""
        set_id = self._one(nth)
        expected = self.law.give_up(set_id)
        word = self.insides[set_id].word("revoke", set_id=set_id)
        assert self.heard(self.desk.step(revoke, word, self.desk.tools)) == expected

    @rule(kind=sampled_from(["release", "release", "lost", "revoke"]))
    def use_the_card(self, kind: str) -> None:
        """The holder asks with the card, from another device."""
        acts = {"release": self.law.release, "lost": self.law.lose, "revoke": self.law.give_up_all}
        expected = acts[kind](self.clock())
        message = a_card_message(holder_of(self.who), kind, self.desk.nonce())
        assert self.heard(self.desk.apply(message)) == expected

    @rule(kind=sampled_from(["held", "released", "suspension_requested", "suspension_requested", "revoked"]))
    def event(self, kind: str) -> None:
        """JPKI tells of the certificate; a hold is lifted only where there is one, and nothing follows a revocation."""
        before = {"held": "good", "released": "held"}.get(kind)
        if self.law.certificate == "revoked" or (before and self.law.certificate != before):
            return
        cause = {"revoked": "move_within", "released": "lifted"}.get(kind, "lost")
        self.last_event = JpkiEvent(
            event_id=new_id(self.random),
            signing_certificate_serial=holder_of(self.who).serial,
            kind=kind,  # type: ignore[arg-type] # one of the closed list
            cause=cause,  # type: ignore[arg-type]
            occurred_at=self.clock(),
        )
        if kind == "revoked":
            self.law.certificate_revoked()
        elif kind == "suspension_requested":
            self.law.lose(self.clock())
        else:
            self.law.certificate = "held" if kind == "held" else "good"
        self.line.certificate = self.law.certificate
        self.run(self.desk.step(take_in, self.last_event, self.desk.tools))

    @precondition(lambda self: self.last_event is not None)
    @rule()
    def event_again(self) -> None:
        """A doubled event changes nothing."""
        self.run(self.desk.step(take_in, self.last_event, self.desk.tools))

    @precondition(lambda self: self.clock() < LAST)
    @rule(hours=sampled_from([1, 30, 24 * 9, 24 * 20]))
    def wait(self, hours: int) -> None:
        """Time passes, and the calendar's jobs run."""
        self._go_to(self.clock() + timedelta(hours=hours))

    @precondition(lambda self: self.clock() < LAST and self._ends())
    @rule(before=sampled_from([timedelta(days=2), timedelta(minutes=1), timedelta(0), timedelta(0)]))
    def wait_for_an_end(self, before: timedelta) -> None:
        """Time passes until the next end of a set, or nearly."""
        self._go_to(max(self.clock(), min(self._ends()) - before))

    def _ends(self) -> list[datetime]:
        return [each.ends for each in self.law.sets.values() if each.ends > self.clock()]

    def _go_to(self, at: datetime) -> None:
        if self.accepted is not None:  # an accepted application does not wait for days
            self.issue()
        self.clock.at = at
        self.law.expire(at)
        while self.run(expire_due(self.desk.sessions, self.desk.tools, at=at, random=self.random)):
            pass
        self._renew(at)

    def _renew(self, at: datetime) -> None:
        due = self.law.due(at)
        while self.run(renew_due(self.provisioning, at=at)):
            pass
        rows = {row.set_id: row for row in self.run(self.desk.rows(Renewal, day=today(at)))}
        made = {row.replaces: row for row in self._new_sets()}
        for set_id, reason in due.items():
            assert (rows[set_id].state, rows[set_id].reason) == (("skipped", reason) if reason else ("done", None))
            if reason is None:
                period = self.law.renewed(self.law.sets[set_id], at)
                assert period is not None
                self._enter(made.pop(set_id), self.insides[set_id], period, set_id)
        assert made == {}

    @invariant()
    def books_and_law_agree(self) -> None:
        """Every set stands where the law says, with its causes, and its records are published accordingly."""
        rows = {row.mdoc_id: row for row in self.run(self.desk.rows(RecordSet))}
        assert {set_id: row.mdoc_status for set_id, row in rows.items()} == {
            set_id: each.status for set_id, each in self.law.sets.items()
        }
        lapses = self.run(self.desk.rows(LapseRecord))
        for set_id, each in self.law.sets.items():
            assert {row.cause for row in lapses if row.mdoc_id == set_id} == each.causes
        self._published_agrees()
        in_force = [one for one in self.law.sets.values() if one.running(self.clock())]
        assert len(in_force) <= 2

    def _published_agrees(self) -> None:
        values = {(row.list_id, row.idx): row.value for row in self.run(self.desk.rows(StatusEntry, decoy=False))}
        wanted = {"issued": 0, "active": 0, "suspended": 2, "revoked": 1}
        for row in self.run(self.desk.rows(IssuedRecord)):
            each = self.law.sets[row.mdoc_id]
            expected = wanted.get(each.status)
            if expected is not None:
                assert values[row.status_list_id, row.status_idx] == expected

    def teardown(self) -> None:
        """At the end of a life its traces obey what must hold of any issuer."""
        if hasattr(self, "opened"):
            laws = [law for law in LAWS if law.subject not in {TOLD, ENDED}]
            laws = [law for law in laws if "published" not in law.says]
            try:
                assert self.run(self._violations(laws)) == []
            finally:
                self.run(self.opened.__aexit__(None, None, None))

    async def _violations(self, laws: Any) -> Any:
        async with self.desk.sessions() as session:
            connection = await session.connection()
            answers = {law.query: (await connection.exec_driver_sql(law.query)).fetchall() for law in laws}
        return violations(lambda query: answers[query], laws)
