from typing import Any

import msgspec
import pytest

from registry.calendar import legal_day
from registry.card.call_centre import look_up
from registry.card.suspension import suspend
from registry.errors import RegistryError
from registry.messages.card import CallerIdentity, CardState, SuspendCard
from registry.messages.message import ByFourItems
from registry.messages.parties import IssuanceOrder
from registry.messages.smp import CardSuspendedNotice
from tests.registry.card.world import ITEMS, NUMBER, TOWN, World, moved


async def identify(world: World, check: str = "call-1") -> None:
    """Identify the caller as the call centre does."""
    key = ByFourItems(name=ITEMS.name_kanji, address=ITEMS.address, birth_date=ITEMS.birth_date, sex=ITEMS.sex)
    message = CallerIdentity(request_id=world.next_id(), identity_check=check, key=key)
    await world.do(look_up, message, world.act("look_up", "call-centre", operator="agent-3", terminal="seat-1"))


async def apply_for(world: World, order: IssuanceOrder, **changes: Any) -> CardState:
    """Apply for suspension as the call centre does, with changes."""
    message = SuspendCard(
        request_id=world.next_id(), card_issue_number=order.card_issue_number, reason="lost", identity_check="call-1"
    )
    act = world.act("suspend", "call-centre", operator="agent-3", terminal="seat-1")
    state: CardState = await world.do(suspend, msgspec.structs.replace(message, **changes), act)
    return state


@pytest.mark.requirement("CARD-23", "CARD-22")
async def test_suspension(world: World) -> None:
    """After the caller's check a card in use is suspended, with date and reason."""
    order = await world.in_use()
    await identify(world)
    state = await apply_for(world, order, reason="stolen")

    card = await world.card(order)
    assert state.card_operation_status == card.card_operation_status == "suspended"
    assert (card.suspended_date, card.suspension_reason) == (legal_day(world.clock.at), "stolen")


@pytest.mark.requirement("CARD-25")
async def test_the_mayor_is_told(world: World) -> None:
    """The mayor hears which card was suspended and when; a number has no place in the notice."""
    order = await world.in_use()
    await identify(world)
    await apply_for(world, order)

    notice = (await world.sent("municipal-cs.card_suspended", CardSuspendedNotice))[0]
    assert (notice.municipality_code, notice.card_issue_number) == (TOWN, order.card_issue_number)
    assert not CardSuspendedNotice.CARRIES_NUMBER
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({**msgspec.to_builtins(notice), "individual_number": NUMBER}, CardSuspendedNotice)
    record = (await world.provisions("suspend"))[0]
    assert (record.recipient, record.number_included) == (TOWN, False)


@pytest.mark.requirement("CARD-22")
async def test_without_a_passed_check(world: World) -> None:
    """Without a check, with the check of another call, or of a call an hour ago, nothing is suspended."""
    order = await world.in_use()
    with pytest.raises(RegistryError, match="caller_not_identified"):
        await apply_for(world, order)
    await identify(world)
    with pytest.raises(RegistryError, match="caller_not_identified"):
        await apply_for(world, order, identity_check="call-2")
    with pytest.raises(RegistryError, match="caller_not_identified"):
        await apply_for(world, order, card_issue_number="0000")
    world.clock.advance(hours=1)
    with pytest.raises(RegistryError, match="caller_not_identified"):
        await apply_for(world, order)

    assert (await world.card(order)).card_operation_status == "in_use"
    assert await world.sent("municipal-cs.card_suspended", CardSuspendedNotice) == []


@pytest.mark.requirement("CARD-23")
async def test_only_from_in_use(world: World) -> None:
    """A card that is suspended already, or was abolished since the check, is not suspended again."""
    order = await world.in_use()
    await identify(world)
    await apply_for(world, order)
    with pytest.raises(RegistryError, match="illegal_transition"):
        await apply_for(world, order)
    await world.counter(order, "abolish", reason="returned")
    with pytest.raises(RegistryError, match="illegal_transition"):
        await apply_for(world, order)

    assert (await world.card(order)).card_operation_status == "abolished"


@pytest.mark.requirement("CARD-12")
async def test_identified_by_refreshed_items(world: World) -> None:
    """Who moved between application and handover is identified by the new address, no longer by the old one."""
    order = await world.made()
    world.resident(items=moved(ITEMS))
    await world.counter(order, "prepare")
    await world.counter(order, "hand_over")
    await identify(world)
    await world.run("refresh")

    with pytest.raises(RegistryError, match="look_up_without_result"):
        await identify(world, "call-2")
