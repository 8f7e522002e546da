"""The card store behind its guard, joined in memory with the real juki, number, fuhyo and JPKI."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from pki.app import DATABASE as PKI
from pki.app import OPENED, PkiParts, PkiSettings
from pki.app import create_app as create_pki
from registry.access.matrix import load_matrix
from registry.app import JUKI, StoreSettings, create_worker
from registry.app import NUMBER as NUMBER_STORE
from registry.card.controller import CardController
from registry.card.tools import CardSigner
from registry.fuhyo.store import DATABASE as FUHYO
from registry.fuhyo.temporary.store import DATABASE as FUHYO_TMP
from registry.messages.card import (
    ApplicationRegistered,
    CallCentreView,
    CallerIdentity,
    ChipCertificates,
    Confirm,
    Confirmation,
    CounterAnswer,
    CounterStep,
    DestinationRegistered,
)
from registry.messages.message import Acknowledged, ByFourItems
from registry.messages.parties import IssuanceOrder, PrintOrder
from registry.outbox.models import OutboxMessage
from registry.outbox.put import CONTEXT
from registry.outbox.queue import Worker
from registry.peer.call import Refused
from registry.postgres.engine import Sessions
from registry.trail.models import CommunicationRecord, ProvisionRecord
from tests.registry.card.world import NUMBER, PHOTO, RECORD_CODE, TOWN, World, result, shipment, sign
from tests.registry.juki.town import ONE, Town, items
from tests.support.clock import FrozenClock
from tests.support.database import Stores, store_session
from tests.support.entropy import SeededBytes
from tests.support.hierarchy import hierarchy
from tests.support.stores import WRAPPING, Apps, OpenStore, open_store

OPERATIONS = sorted(operation for operation in load_matrix().operations if operation.startswith("card."))
SYSTEMS = ("number", "juki", "card", "fuhyo", "pki", "issuer", "edge", "relay", "municipal-cs", "printing-contractor")
CONTRACTORS = (
    "reception-contractor",
    "issuing-contractor",
    "call-centre",
    "network-system",
    "relying-party",
    "operator",
)


@pytest.fixture
async def card(sessions: Sessions, clock: FrozenClock, entropy: SeededBytes) -> OpenStore:
    """The card store alone."""
    return await open_store("card", sessions, clock=clock, entropy=entropy)


async def refusals(card: OpenStore) -> list[tuple[str, str, str | None]]:
    """Read who was refused what, and why."""
    async with card.parts.sessions() as session:
        rows = await session.scalars(select(ProvisionRecord).where(ProvisionRecord.outcome == "refused"))
        return [(row.operation, row.client_system, row.refusal) for row in rows]


def test_every_operation_has_a_route() -> None:
    """What the matrix names is served, and nothing is served that the matrix does not name."""
    served = {handler.opt["operation"] for handler in CardController(owner=None).get_route_handlers()}  # type: ignore[arg-type] # only its handlers are looked at

    assert served == set(OPERATIONS)


@pytest.mark.requirement("CARD-8", "CARD-30", "AUDIT-6", "LINK-13")
@pytest.mark.parametrize("operation", OPERATIONS)
async def test_other_callers(card: OpenStore, operation: str) -> None:
    """Whoever is not named for an operation is refused, contractors and neighbours alike, and recorded."""
    line = load_matrix().line(operation)
    assert line is not None
    strangers = [system for system in (*SYSTEMS, *CONTRACTORS) if system not in line.callers]
    for system in strangers:
        with pytest.raises(Refused) as refusal:
            await card.ask(system, None, operation, b"{}", Acknowledged)
        assert refusal.value.code == "not_permitted"

    assert sorted(await refusals(card)) == sorted((operation, system, "not_permitted") for system in strangers)


@pytest.mark.requirement("CARD-29", "AUDIT-6")
async def test_number_in_an_overseas_event(card: OpenStore) -> None:
    """A message of fuhyo that holds a number is refused at the door, recorded, and changes nothing."""
    event = {
        "event_id": "00000000-0000-4000-8000-000000000001",
        "resident_record_code": RECORD_CODE,
        "change_date": "2026-04-10",
        "items": msgspec.to_builtins(items()),
        "overseas": True,
        "individual_number": NUMBER,
    }
    with pytest.raises(Refused) as refusal:
        await card.ask("fuhyo", None, "card.overseas_change_event", msgspec.json.encode(event), Acknowledged)

    assert refusal.value.code == "malformed_request"
    assert await refusals(card) == [("card.overseas_change_event", "fuhyo", "malformed_request")]


@pytest.mark.requirement("CARD-22", "CARD-30", "AUDIT-12", "AUDIT-6")
async def test_refusals_are_recorded(card: OpenStore) -> None:
    """A refusal by a rule leaves a record with operator and terminal, and so does the communication."""
    message = {
        "request_id": "00000000-0000-4000-8000-000000000001",
        "card_issue_number": "0000",
        "reason": "lost",
        "identity_check": "call-1",
    }
    with pytest.raises(Refused):
        await card.ask(
            "call-centre",
            None,
            "card.suspend",
            msgspec.json.encode(message),
            Acknowledged,
            operator="a-3",
            terminal="s-1",
        )

    async with card.parts.sessions() as session:
        record = (await session.scalars(select(ProvisionRecord))).one()
        call = (await session.scalars(select(CommunicationRecord))).one()
    assert (record.refusal, record.operator, record.terminal) == ("caller_not_identified", "a-3", "s-1")
    assert (record.key_kind, call.outcome, call.peer) == ("card_issue_number", "caller_not_identified", "call-centre")


@pytest.mark.requirement("LINK-13", "CARD-32")
def test_no_bulk_and_no_whole_file() -> None:
    """Every answer of the card store is about one person or is counts: no answer has a list of records."""
    for handler in CardController(owner=None).get_route_handlers():  # type: ignore[arg-type] # only its handlers are looked at
        answer = handler.fn.__annotations__["return"]
        hints = [str(hint) for hint in answer.__annotations__.values()]
        assert not any("list" in hint or "tuple" in hint or "Sequence" in hint for hint in hints)


@pytest.fixture
async def joined(stores: Stores, sessions: Sessions, clock: FrozenClock) -> AsyncIterator[tuple[OpenStore, Town]]:
    """The card store with its real neighbours behind their doors, each on its own database."""
    opened = (store_session(stores, which) for which in (NUMBER_STORE, JUKI, FUHYO, FUHYO_TMP, PKI))
    number_at, juki_at, fuhyo_at, area_at, pki_at = opened
    async with number_at as numbers, juki_at as jukis, fuhyo_at as fuhyos, area_at as area, pki_at as pkis:
        entropy = SeededBytes("joined")
        number = await open_store("number", numbers, clock=clock, entropy=entropy)
        juki = await open_store("juki", jukis, clock=clock, entropy=entropy, others={"number": number.app})
        near = {"juki": juki.app}
        fuhyo = await open_store("fuhyo", fuhyos, clock=clock, entropy=entropy, others=near, temporary=area)
        authorities = {name: hierarchy().authority(name) for name in OPENED}
        parts = PkiParts(pkis, clock, entropy, WRAPPING, authorities, pkis)
        others: Apps = {
            "juki": juki.app,
            "fuhyo": fuhyo.app,
            "pki": create_pki(PkiSettings("", hierarchy().state, ""), parts),
        }
        yield await open_store("card", sessions, clock=clock, entropy=entropy, others=others), Town(juki)


async def sent(card: OpenStore, operation: str, kind: type[Any]) -> Any:
    """Read the one message in the outbox for an operation."""
    async with card.parts.sessions() as session:
        row = (await session.scalars(select(OutboxMessage).where(OutboxMessage.operation == operation))).one()
    return msgspec.json.decode(card.sealer.open(row.sealed, CONTEXT), type=kind)


def worker(card: OpenStore) -> Worker:
    """Make the worker as its composition root does."""
    nowhere = Path()
    settings = StoreSettings("card", "", nowhere, nowhere, nowhere, nowhere, "")
    return create_worker(settings, replace(card.parts, card_signer=CardSigner(sign, b"certificate of the signer")))


async def counter(card: OpenStore, world: World, order: IssuanceOrder, step: Any) -> CounterAnswer:
    """Take a card through a step over the wire."""
    message = CounterStep(
        request_id=world.next_id(), card_issue_number=order.card_issue_number, step=step, identity_checked=True
    )
    who = {"operator": "clerk-7", "terminal": "desk-2"}
    return await card.ask("municipal-cs", TOWN, "card.counter_step", message, CounterAnswer, **who)


def six_items(world: World, order: IssuanceOrder, number: str) -> Confirm:
    """Ask whether the six items on the chip are those of the card."""
    person = items()
    return Confirm(
        request_id=world.next_id(),
        card_issue_number=order.card_issue_number,
        individual_number=number,
        name=person.name_kanji,
        address=person.address,
        birth_date=person.birth_date,
        sex=person.sex,
        photo_digest=hashlib.sha256(PHOTO).digest(),
    )


async def look_up(card: OpenStore, world: World) -> CallCentreView:
    """Ask as an operator of the call centre."""
    person = items()
    key = ByFourItems(name=person.name_kanji, address=person.address, birth_date=person.birth_date, sex=person.sex)
    message = CallerIdentity(request_id=world.next_id(), identity_check="call-1", key=key)
    who = {"operator": "a-3", "terminal": "s-1"}
    return await card.ask("call-centre", None, "card.look_up", message, CallCentreView, **who)


async def order_card(card: OpenStore, world: World, number: str) -> IssuanceOrder:
    """Register, apply and check over the wire, and return the order in the outbox."""
    destination = world.destination(resident_record_code=ONE, individual_number=number, items=items())
    await card.ask("municipal-cs", TOWN, "card.register_destination", destination, DestinationRegistered)
    form = (await sent(card, "printing-contractor.print", PrintOrder)).application_form_id
    await card.ask("reception-contractor", None, "card.apply", world.application(form), ApplicationRegistered)
    await worker(card).run_step("applications")
    order: IssuanceOrder = await sent(card, "issuing-contractor.make", IssuanceOrder)
    return order


def test_the_worker_needs_the_signer(card: OpenStore) -> None:
    """Without the card-data signer the worker of the card store does not start; the listener never has it."""
    nowhere = Path()
    with pytest.raises(ValueError, match="signer"):
        create_worker(StoreSettings("card", "", nowhere, nowhere, nowhere, nowhere, ""), card.parts)


async def test_all_steps_of_the_worker(card: OpenStore) -> None:
    """The worker sends, checks applications, refreshes people and ends cards; with nothing due it does nothing."""
    assert set(worker(card).steps) == {"outbox", "applications", "refresh", "expire"}
    assert await worker(card).drain() == 0


@pytest.mark.requirement("CARD-11", "CARD-14", "CARD-17")
async def test_from_register_to_confirmation(joined: tuple[OpenStore, Town], world: World) -> None:
    """With the real neighbours a resident gets a card, and its six items are confirmed until the resident moves."""
    card, town = joined
    number = await town.settle()
    order = await order_card(card, world, number)
    chip = await card.ask("issuing-contractor", None, "card.issuance_result", result(order), ChipCertificates)
    await card.ask("issuing-contractor", None, "card.shipment", shipment(order), Acknowledged)
    for step in ("prepare", "hand_over"):
        await counter(card, world, order, step)
    question = six_items(world, order, number)
    card.clock.advance(minutes=1)
    assert (await look_up(card, world)).signing_certificate_state == "good"
    assert chip.signature_certificate != chip.authentication_certificate
    assert (await card.ask("issuer", None, "card.confirm", question, Confirmation)).match
    await town.say(reason="move_within", items=items(address="東京都千代田区一番町1番"), individual_number=number)
    after = await card.ask("issuer", None, "card.confirm", question, Confirmation)
    assert (after.match, after.code) == (False, "register_address_differs")
