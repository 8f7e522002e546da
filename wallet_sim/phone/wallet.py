"""The wallet: records on one phone, each for one relying party, shown after notices, consent and the user's PIN."""

from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from mdoc.present import respond
from mdoc.reader_auth import ReaderTrust
from mdoc.session import SessionStatus
from mdoc.verify import Trust
from wallet_sim.answers import Refused, Unanswered
from wallet_sim.chance import Chance, Clock
from wallet_sim.faults import Fault, Faults
from wallet_sim.phone import bundle, fresh_keys, notices, proximity
from wallet_sim.phone.binding import Steps
from wallet_sim.phone.choice import PresentationRefused, choose
from wallet_sim.phone.maker import Kind, WalletMaker
from wallet_sim.phone.secure_area import Presence, UserNotPresent, device_signature, device_signature_unasked, store
from wallet_sim.phone.state import Enrolment, PhoneState, Record, RecordSet
from wallet_sim.phone.vault import Vault
from wallet_sim.phone.words import Action, Word, word
from wallet_sim.public_door import PublicDoor

Consent = Callable[[proximity.Asked], bool]
UNKNOWN = ""
"""A reader without a name: two of them are never the same, so a key that one has seen serves nobody else."""


@dataclass(frozen=True)
class Read:
    """What became of one letter: `bundle`, `suspend`, `resume`, `delete`, `lapsed` …, or why it was not read."""

    letter_id: UUID
    outcome: str
    done: bool


@dataclass(frozen=True, repr=False)
class World:
    """What a wallet reaches and trusts: issuer's door, relay, IACA roots, readers' root; clock and chance."""

    door: PublicDoor
    relay: PublicDoor
    trust: Trust
    readers: ReaderTrust
    now: Clock
    random: Chance = field(compare=False)


def new_phone(path: Path, pin: str, maker: WalletMaker, *, now: Clock, random: Chance, kind: Kind = "android") -> Vault:
    """Make a phone with the wallet installed: an installation id, and what its maker put into the secure area."""
    key, chain = maker.equip(kind, at=now(), random=random)
    state = PhoneState(
        app_install_id=urlsafe_b64encode(random(24)).decode(),
        os_identifier=f"{kind} 1",
        kind=kind,
        attestation_key=store(key),
        attestation_chain=chain,
    )
    return Vault.create(path, pin, state, random)


class Wallet:
    """One unlocked phone. `faults` are rules it breaks on purpose."""

    def __init__(self, vault: Vault, world: World, faults: Faults = ()) -> None:
        self.vault = vault
        self.faults = faults
        self._world = world
        self._steps = Steps(vault, world.door, world.now, world.random)

    @property
    def state(self) -> PhoneState:
        """What the phone remembers."""
        return self.vault.state

    async def collect(self) -> list[Read]:
        """
        Fetch the letters that lie at the relay, act on each, acknowledge those that are done with.

        Raises Refused or Unanswered of the relay. A bundle whose confirmation was not taken stays at the relay.
        """
        mine = self.state.app_install_id
        fetched = await self._world.relay.post("/letters/fetch", bundle.Fetch(mine), bundle.Fetched)
        outcomes = [await self._read(sealed) for sealed in fetched.letters]
        if any(each.outcome == "bound" for each in outcomes):  # what waited for that can go on
            letters = {sealed.letter_id: sealed for sealed in fetched.letters}
            outcomes = [each if each.done else await self._read(letters[each.letter_id]) for each in outcomes]
        done = [each.letter_id for each in outcomes if each.done]
        if done:
            await self._world.relay.post("/letters/acknowledge", bundle.Acknowledge(mine, done), notices.Done)
        return outcomes

    async def _read(self, sealed: bundle.Sealed) -> Read:
        try:
            opened = bundle.open_letter(self.state, sealed)
            match opened.letter:
                case bundle.Bundle():
                    return await self._take_bundle(opened, opened.letter, sealed.letter_id)
                case bundle.Wait():
                    return await self._bind(opened, opened.letter, sealed.letter_id)
                case bundle.Command():
                    return self._obey(opened.letter, sealed.letter_id)
                case bundle.LapseNotice():
                    return await self._take_notice(opened, opened.letter, sealed.letter_id)
        except bundle.CannotRead as refused:
            return Read(sealed.letter_id, refused.code, done=False)

    async def _take_bundle(self, opened: bundle.Opened, letter: bundle.Bundle, letter_id: UUID) -> Read:
        known = self._set(letter.set_id)
        if known is None:
            world = self._world
            try:
                known = bundle.check_bundle(opened, letter, letter_id, trust=world.trust, at=world.now())
            except bundle.CannotRead:
                await self._steps.report(opened.enrolment, "bundle_refused")
                raise
            self.state.sets.append(known)
            fresh_keys.take_into_use(opened.enrolment, known)
            self.vault.save()  # kept before it is confirmed: the issuer sends it no second time
            await self._steps.report(opened.enrolment, "bundle_fetched")
        if known.status == "issued":
            try:
                await self._confirm(opened.enrolment, known)
            except (Refused, Unanswered) as exc:
                return Read(letter_id, f"not confirmed: {exc}", done=False)
        elif known.status == "suspended" and not known.confirmed:
            return Read(letter_id, "not confirmed: suspended", done=False)
        return Read(letter_id, "bundle", done=True)

    async def _bind(self, opened: bundle.Opened, letter: bundle.Wait, letter_id: UUID) -> Read:
        enrolment = opened.enrolment
        if letter.application_id != enrolment.application_id:
            raise bundle.CannotRead("other_application")
        if enrolment.bound:
            return Read(letter_id, "bound_before", done=True)
        try:
            bound = await self._steps.bind(enrolment, letter)
        except (Refused, Unanswered) as exc:
            return Read(letter_id, f"not bound: {exc}", done=False)
        return Read(letter_id, "bound" if bound else "asked_again", done=True)

    async def _confirm(self, enrolment: Enrolment, record_set: RecordSet) -> None:
        about = {"set_id": record_set.set_id, "letter_id": record_set.letter_id}
        await self._world.door.post("/bundles/confirm", self._word(enrolment, "confirm_bundle", about), notices.Done)
        self._take_into_use(record_set)
        self.vault.save()

    def _take_into_use(self, record_set: RecordSet) -> None:
        if record_set.status != "issued":
            return
        for other in self.state.sets:
            replaced = other.doc_type == record_set.doc_type and other is not record_set
            if replaced and record_set.valid_from <= self._world.now():
                notices.set_status(other, "superseded")
        notices.set_status(record_set, "active")
        record_set.confirmed = True

    def _word(self, enrolment: Enrolment, action: Action, about: dict[str, UUID]) -> Word:
        world = self._world
        return word(enrolment, action, audience=world.door.url, at=world.now(), random=world.random, **about)

    def _obey(self, letter: bundle.Command, letter_id: UUID) -> Read:
        known = self._set(letter.set_id)
        if known is None:
            return Read(letter_id, "unknown_set", done=True)
        if letter.command == "delete":
            notices.set_status(known, "revoked")
        elif letter.command == "suspend":
            notices.set_status(known, "suspended")
        elif letter.command == "confirm":
            self._take_into_use(known)
        elif known.status == "suspended":
            notices.set_status(known, "active" if known.confirmed else "issued")
        self.vault.save()
        return Read(letter_id, letter.command, done=True)

    async def _take_notice(self, opened: bundle.Opened, letter: bundle.LapseNotice, letter_id: UUID) -> Read:
        known = self._set(letter.set_id)
        if known is not None and letter.kind == "lapsed":
            notices.set_status(known, "revoked")
            self.vault.save()
        world = self._world
        confirmed = await notices.confirm(
            opened.enrolment, letter.notice_id, world.door, at=world.now(), random=world.random
        )
        return Read(letter_id, letter.kind, done=confirmed)

    async def revoke(self, set_id: UUID) -> None:
        """Give up a set of records from this phone (MDOC-34); raises Refused, Unanswered, LookupError."""
        known = self._set(set_id)
        owner = next(
            (each for each in self.state.enrolments if known and each.application_id == known.application_id), None
        )
        if known is None or owner is None:
            raise LookupError("no such set on this phone")
        await self._world.door.post("/revocations", self._word(owner, "revoke", {"set_id": set_id}), notices.Done)
        notices.set_status(known, "revoked")
        self.vault.save()

    def authenticate(self, pin: str) -> Presence:
        """Let the user show to be there (MDOC-64): good for one presentation; raises WrongUserPin."""
        self.vault.check(pin)
        return Presence(self._world.now())

    def show_code(self) -> proximity.Engagement:
        """Begin a meeting with a reader."""
        return proximity.engage(self._world.random)

    def hear(self, engagement: proximity.Engagement, establishment: bytes) -> proximity.Asked:
        """Find out who asks for what; raises RequestRefused."""
        world = self._world
        unknown = Fault.NO_READER in self.faults
        return proximity.hear(engagement, establishment, trust=world.readers, at=world.now(), unknown_reader=unknown)

    async def present(self, asked: proximity.Asked, presence: Presence | None, consent: Consent) -> bytes:
        """
        Answer a reader: the encrypted response with what was asked for and nothing else.

        In this order: notices are asked for, a record is chosen, the holder consents, the user's presence is spent,
        its key is marked as this relying party's. Raises PresentationRefused: notices_unknown, no_record,
        suspended, lapsed, expired, no_unused_record, consent_denied, user_not_authenticated.
        """
        try:
            await self._ask_notices()
            named, at = asked.relying_party, self._world.now()
            record_set, record = choose(self.state, asked.doc_type, named, at=at, faults=self.faults)
            if not consent(asked):
                raise PresentationRefused("consent_denied")
            return self._answer(asked, record_set, record, presence)
        except PresentationRefused as refused:
            refused.answer = asked.session.terminate()
            if refused.code == "no_unused_record":
                await self._tell_used_up(asked.doc_type)
            raise

    async def _tell_used_up(self, doc_type: str) -> None:
        """Order 39-22: a new relying party asks and no unused key is left; silence is borne until the next one."""
        used = [each for each in self.state.sets if each.doc_type == doc_type and each.status == "active"]
        if not used:
            return
        owner = next(each for each in self.state.enrolments if each.application_id == used[-1].application_id)
        world, set_id = self._world, used[-1].set_id
        try:
            await fresh_keys.exchange(self.vault, world.door, owner, set_id, at=world.now(), random=world.random)
        except (Refused, Unanswered):
            return
        for each in self.state.sets:  # whatever else was made for the used keys went with it
            if each.application_id == owner.application_id:
                notices.set_status(each, "revoked")
        self.vault.save()

    async def _ask_notices(self) -> None:
        if Fault.NO_NOTICES in self.faults:
            return
        world = self._world
        try:
            await notices.refresh(self.vault, world.door, at=world.now(), random=world.random)
        except notices.NoticesUnknown:
            raise PresentationRefused("notices_unknown") from None

    def _answer(
        self, asked: proximity.Asked, record_set: RecordSet, record: Record, presence: Presence | None
    ) -> bytes:
        owner = next(each for each in self.state.enrolments if each.application_id == record_set.application_id)
        try:
            if Fault.NO_USER in self.faults:
                sign = device_signature_unasked(owner, record.point)
            else:
                sign = device_signature(owner, record.point, presence, self._world.now())
        except UserNotPresent:
            raise PresentationRefused("user_not_authenticated") from None
        self.state.show(record.point, asked.relying_party or UNKNOWN)
        self.vault.save()  # marked before it is shown: a phone that dies now shows this key to nobody else
        response = respond([record.issuer_signed], asked.request, asked.session.transcript, sign)
        return asked.session.encrypt(response, SessionStatus.TERMINATION)

    def _set(self, set_id: UUID) -> RecordSet | None:
        return next((each for each in self.state.sets if each.set_id == set_id), None)
