from typing import Any

import pytest
from sqlalchemy import update

from registry.calendar import legal_day
from registry.card.handover import FROM, STEPS
from registry.card.models.ledger import Card
from registry.card.states import CARD
from registry.errors import RegistryError
from registry.messages.jpki import ReleaseCertificates
from registry.messages.parties import IssuanceOrder
from tests.registry.card.world import NUMBER, TOWN, World

ALLOWED = {
    (state, step)
    for step, rule in STEPS.items()
    for state in CARD
    if rule.to in CARD[state] and FROM.get(step, state) == state
}


async def put_into(world: World, order: IssuanceOrder, state: str) -> None:
    """Put a card into a state."""
    async with world.sessions.begin() as session:
        await session.execute(
            update(Card).where(Card.card_issue_number == order.card_issue_number).values(card_operation_status=state)
        )


@pytest.mark.requirement("CARD-17", "CARD-18", "AUDIT-4")
async def test_handover(world: World) -> None:
    """Setting and handover bring a card into use; the number is answered for the handover alone, each is recorded."""
    order = await world.made()
    prepared = await world.counter(order, "prepare")
    handed = await world.counter(order, "hand_over")

    assert (prepared.card_operation_status, prepared.individual_number) == ("prepared", None)
    assert (handed.card_operation_status, handed.individual_number) == ("in_use", NUMBER)
    assert handed.card_valid_until == order.card_valid_until
    assert (await world.card(order)).handed_over_date == legal_day(world.clock.at)
    first, second = await world.provisions("counter_step")
    assert {record.recipient for record in (first, second)} == {TOWN}
    assert (first.operator, first.terminal, first.at) == ("clerk-7", "desk-2", world.clock.at)
    assert {record.reason: record.number_included for record in (first, second)} == {
        "prepare": False,
        "hand_over": True,
    }


@pytest.mark.requirement("CARD-17", "CARD-27")
@pytest.mark.parametrize("step", STEPS)
async def test_every_step_from_every_state(world: World, step: str) -> None:
    """A step is taken from the states that allow it and refused from all others, where it changes nothing."""
    order = await world.made()
    for state in CARD:
        await put_into(world, order, state)
        if (state, step) in ALLOWED:
            await world.counter(order, step, reason="lost")
            expected = STEPS[step].to
        else:
            with pytest.raises(RegistryError, match="illegal_transition"):
                await world.counter(order, step, reason="lost")
            expected = state
        assert (await world.card(order)).card_operation_status == expected


@pytest.mark.requirement("CARD-26")
async def test_lifting_a_suspension(world: World) -> None:
    """A suspension is lifted at the municipality after an identity check; JPKI is asked to release the certificates."""
    order = await world.in_use()
    await world.counter(order, "suspend", reason="lost")
    suspended = await world.card(order)
    assert (suspended.suspended_date, suspended.suspension_reason) == (legal_day(world.clock.at), "lost")

    world.neighbours.certificates = "held"
    await world.counter(order, "lift_suspension")

    card = await world.card(order)
    assert (card.card_operation_status, card.suspended_date, card.suspension_reason) == ("in_use", None, None)
    release = (await world.sent("pki.release", ReleaseCertificates))[0]
    assert release.signing_certificate_serial == card.subject_certificate_serial_number


@pytest.mark.parametrize(("state", "released"), [("good", 0), ("revoked", 0), ("unknown", 1)])
async def test_nothing_to_release(world: World, state: str, released: int) -> None:
    """Certificates that are not on hold are left alone; without an answer the release is sent all the same."""
    order = await world.in_use()
    await world.counter(order, "suspend", reason="lost")
    world.neighbours.certificates = state
    await world.counter(order, "lift_suspension")

    assert len(await world.sent("pki.release", ReleaseCertificates)) == released


@pytest.mark.requirement("CARD-27")
async def test_abolition_and_collection(world: World) -> None:
    """Abolition is recorded with date and reason, collection with its date."""
    order = await world.in_use()
    await world.counter(order, "abolish", reason="returned")
    world.clock.advance(days=2)
    await world.counter(order, "collect")

    card = await world.card(order)
    assert card.card_abolition_reason == "returned"
    assert (card.card_abolished_date, card.card_collected_date) == (
        legal_day(world.clock.at).replace(day=10),
        legal_day(world.clock.at),
    )


async def test_renewal(world: World) -> None:
    """The handover of a new card ends the old one, so that a person never has two cards in use."""
    old = await world.in_use()
    new = await world.in_use()

    former = await world.card(old)
    assert (former.card_operation_status, former.card_abolition_reason) == ("abolished", "reissued")
    assert (await world.card(new)).card_operation_status == "in_use"


@pytest.mark.parametrize(
    ("code", "step", "changes"),
    [
        ("identity_check_missing", "hand_over", {"identity_checked": False}),
        ("identity_check_missing", "lift_suspension", {"identity_checked": False}),
        ("identity_check_missing", "suspend", {"identity_checked": False, "reason": "lost"}),
        ("reason_missing", "suspend", {}),
        ("reason_missing", "abolish", {}),
        ("wrong_municipality", "hand_over", {"body": "132217"}),
        ("wrong_municipality", "hand_over", {"body": None}),
        ("card_unknown", "hand_over", {"card_issue_number": "0000"}),
    ],
)
@pytest.mark.requirement("CARD-18", "CARD-26")
async def test_refused_steps(world: World, code: str, step: str, changes: dict[str, Any]) -> None:
    """A step without identity check or reason, by another municipality or on an unknown card is refused."""
    order = await world.made()
    await world.counter(order, "prepare")

    with pytest.raises(RegistryError, match=code):
        await world.counter(order, step, **changes)
    assert (await world.card(order)).card_operation_status == "prepared"


async def test_a_card_past_its_end(world: World) -> None:
    """A card past its end is not handed over and no suspension of it is lifted."""
    order = await world.made()
    await world.counter(order, "prepare")
    world.clock.advance(days=4000)

    for state, step in (("prepared", "hand_over"), ("suspended", "lift_suspension")):
        await put_into(world, order, state)
        with pytest.raises(RegistryError, match="card_expired"):
            await world.counter(order, step)
