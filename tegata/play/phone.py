"""One phone in a person's hand: what it can do against a served house. Every function says what came of it."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal
from uuid import UUID

from mdoc.catalogue.mnc import MNC
from mdoc.catalogue.mnc import NAME as DOC_TYPE
from mdoc.verify import verify_issuer_signed
from tegata.demo.present import registered_reader
from tegata.demo.stage import Stage
from wallet_sim.answers import Unanswered
from wallet_sim.faults import Faults
from wallet_sim.ic_card import TRIES, CardError, Pin
from wallet_sim.phone.application import apply, ask_state, request_with_card, send
from wallet_sim.phone.notices import NoticeView, refresh
from wallet_sim.phone.proximity import Asked
from wallet_sim.phone.state import Enrolment, RecordSet
from wallet_sim.phone.vault import Vault
from wallet_sim.phone.wallet import Read, Wallet, new_phone
from wallet_sim.relying_party.verify_call import Verdict, verify

ENDED = frozenset({"rejected", "failed", "expired", "refused"})
Elements = Mapping[str, Mapping[str, object]]


class NotIssued(Exception):
    """An application ended without records; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NoCard(Exception):
    """No such card lies in the mailbox."""


class NoElement(Exception):
    """The document holds no such element; the message lists those there are."""


@dataclass(frozen=True, repr=False)
class Card:
    """A card in the mailbox, as its holder would know it, with the tries left of each PIN (None: not handed over)."""

    card_issue_number: str
    name: str
    birth_date: date
    tries: dict[str, int | None]


def cards(stage: Stage) -> list[Card]:
    """Return every card that has come, in the order of their numbers."""
    found = []
    for parcel in stage.mailbox.parcels():
        card = stage.mailbox.card(parcel.chip.card_issue_number)
        tries = {str(pin): _left(lambda pin=pin, card=card: card.left(pin)) for pin in TRIES}  # type: ignore[misc] # bound at once
        found.append(Card(card.card_issue_number, parcel.name, parcel.birth_date, tries))
    return found


def _left(look: Callable[[], int]) -> int | None:
    try:
        return look()
    except CardError:
        return None


def choose(stage: Stage, which: str) -> str:
    """Return the number of a card that is named by its number or by its place in the list; raises NoCard."""
    known = [card.card_issue_number for card in cards(stage)]
    if which in known:
        return which
    if which.isdecimal() and 1 <= int(which) <= len(known):
        return known[int(which) - 1]
    raise NoCard(f"no card {which}; {len(known)} cards lie in the mailbox")


def buy(stage: Stage, path: Path, pin: str) -> Vault:
    """Return a new phone; raises FileExistsError."""
    return new_phone(path, pin, stage.maker, now=stage.now, random=stage.random)


async def enrol(stage: Stage, vault: Vault, card: str, pins: Mapping[Pin, str]) -> RecordSet:
    """
    Apply with a card and return the records when they lie on the phone, confirmed.

    An application that was cut off is taken up again instead of making a second one. Raises CardError, Refused,
    Unanswered, NotIssued, TimeoutError.
    """
    door = stage.network.public()
    open_ones = [each for each in vault.state.enrolments if _is_open(vault, each)]
    if open_ones:
        enrolment = open_ones[-1]
    else:
        with stage.mailbox.card(card).insert() as session:
            enrolment = await apply(
                vault,
                door,
                session,
                input_support_pin=pins[Pin.INPUT_SUPPORT],
                signature_password=pins[Pin.SIGNATURE],
                at=stage.now(),
                random=stage.random,
            )
    return await _wait_for_records(stage, vault, enrolment)


def _is_open(vault: Vault, enrolment: Enrolment) -> bool:
    done = {each.application_id for each in vault.state.sets}
    return enrolment.state not in ENDED and enrolment.application_id not in done


async def _wait_for_records(stage: Stage, vault: Vault, enrolment: Enrolment) -> RecordSet:
    wallet, door = Wallet(vault, stage.world()), stage.network.public()

    def mine() -> RecordSet | None:
        of_this = (each for each in vault.state.sets if each.application_id == enrolment.application_id)
        return next((each for each in of_this if each.status == "active"), None)

    async def arrived() -> bool:
        try:
            if enrolment.application_id is None:
                await send(vault, door, enrolment)
            await ask_state(vault, door, enrolment)
            if enrolment.state not in ENDED:
                await wallet.collect()
        except Unanswered:
            return False
        return enrolment.state in ENDED or mine() is not None

    await stage.network.until(arrived, "the records")
    found = mine()
    if found is None:
        raise NotIssued(enrolment.detail or enrolment.state)
    with suppress(Unanswered):
        await ask_state(vault, door, enrolment)  # now it says that it is completed
    return found


@dataclass(frozen=True, repr=False)
class News:
    """What a phone heard when it asked: letters that had come, and open notices."""

    letters: list[Read]
    notices: list[NoticeView]


async def hear_news(stage: Stage, vault: Vault) -> News:
    """Fetch letters and ask for notices; both are confirmed. Raises Unanswered, Refused, NoticesUnknown."""
    letters = await Wallet(vault, stage.world()).collect()
    notices = await refresh(vault, stage.network.public(), at=stage.now(), random=stage.random)
    return News(letters, notices)


def asked_for(names: Sequence[str]) -> dict[str, dict[str, bool]]:
    """Return what a reader asks for and does not mean to keep, by namespace; raises NoElement."""
    known = {name: space for space, items in MNC.name_spaces.items() for name in items}
    asked: dict[str, dict[str, bool]] = {}
    for name in names:
        if name not in known:
            raise NoElement(f"no such element; there are: {', '.join(sorted(known))}")
        asked.setdefault(known[name], {})[name] = False
    return asked


async def show_to_reader(
    stage: Stage,
    vault: Vault,
    pin: str,
    asked: Mapping[str, Mapping[str, bool]],
    consent: Callable[[Asked], bool],
    faults: Faults = (),
) -> Verdict:
    """
    Let the phone meet the registered reader, and the relying party ask the issuer; return the issuer's verdict.

    Raises WrongUserPin, RequestRefused, PresentationRefused, Refused, Unanswered.
    """
    wallet = Wallet(vault, stage.world(), faults)
    engagement = wallet.show_code()
    meeting = registered_reader(stage).scan(engagement.qr, DOC_TYPE, asked)
    request = wallet.hear(engagement, meeting.establishment)
    answer = await wallet.present(request, wallet.authenticate(pin), consent)
    (verdict,) = await verify(stage.network.public(), meeting.receive(answer))
    return verdict


async def ask_with_card(
    stage: Stage, card: str, kind: Literal["release", "lost", "revoke"], password: str, reason: str | None = None
) -> None:
    """Send a holder's request from any device; raises CardError, Refused, Unanswered."""
    with stage.mailbox.card(card).insert() as session:
        await request_with_card(
            stage.network.public(), session, kind, signature_password=password, at=stage.now(), reason=reason
        )


async def give_up(stage: Stage, vault: Vault, set_id: UUID | None) -> UUID:
    """Give up a set from the phone, the newest one in use by default; raises LookupError, Refused, Unanswered."""
    in_use = [each.set_id for each in vault.state.sets if each.status in {"active", "suspended"}]
    chosen = set_id or (in_use[-1] if in_use else None)
    if chosen is None:
        raise LookupError("no records in use on this phone")
    await Wallet(vault, stage.world()).revoke(chosen)
    return chosen


def elements_of(stage: Stage, record_set: RecordSet) -> Elements:
    """Return what the records of a set state, verified under the IACA root; nothing for a set that has ended."""
    if not record_set.records:
        return {}
    return verify_issuer_signed(record_set.records[0].issuer_signed, trust=stage.trust, at=stage.now()).elements
