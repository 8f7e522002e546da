from datetime import date
from typing import Any

import msgspec
import pytest

from registry.access.matrix import load_matrix
from registry.card.call_centre import look_up
from registry.errors import RegistryError
from registry.messages.card import CallCentreView, CallerIdentity
from registry.messages.message import ByFourItems, ByNumber
from tests.registry.card.world import ITEMS, NUMBER, World

FOUR = ByFourItems(name=ITEMS.name_kanji, address=ITEMS.address, birth_date=ITEMS.birth_date, sex=ITEMS.sex)
OTHER_CODE, OTHER_NUMBER = "20000000020", "987654321093"


async def ask(world: World, **changes: Any) -> CallCentreView:
    """Look the resident up by the four items, with changes."""
    message = CallerIdentity(
        request_id=world.next_id(), identity_check="call-1", key=msgspec.structs.replace(FOUR, **changes)
    )
    act = world.act("look_up", "call-centre", operator="agent-3", terminal="seat-1", key_kind="four_items")
    view: CallCentreView = await world.do(look_up, message, act)
    return view


@pytest.mark.requirement("CARD-19", "CARD-31", "AUDIT-12")
async def test_what_the_call_centre_sees(world: World) -> None:
    """By all four items the call centre finds the state of one card and its certificate, and the query is recorded."""
    order = await world.in_use()
    world.neighbours.certificates = "held"
    view = await ask(world, name="高橋\u3000花子")

    assert (view.card_issue_number, view.card_operation_status) == (order.card_issue_number, "in_use")
    assert (view.card_valid_until, view.signing_certificate_state) == (order.card_valid_until, "held")
    record = (await world.provisions("look_up"))[0]
    assert (record.operator, record.key_kind, record.number_included) == ("agent-3", "four_items", False)


@pytest.mark.requirement("CARD-20", "CARD-31")
async def test_no_number_to_see(world: World) -> None:
    """The view has six fields, none of them a number or an item of the person."""
    await world.in_use()
    shown = msgspec.json.encode(await ask(world)).decode()

    assert set(CallCentreView.__struct_fields__) == {
        "request_id",
        "card_issue_number",
        "card_operation_status",
        "card_valid_until",
        "signing_certificate_serial",
        "signing_certificate_state",
    }
    assert not any(text in shown for text in (NUMBER, ITEMS.name_kanji, ITEMS.address))
    assert not any(line.number for line in load_matrix().lines if line.callers == {"call-centre"})


@pytest.mark.requirement("CARD-19", "CARD-32")
async def test_nothing_is_learned_by_asking(world: World) -> None:
    """Nobody, two people, and a person without a card in use get the same refusal with the same words."""
    await world.made()
    heard = []
    for changes in ({}, {"birth_date": date(1980, 2, 28)}, {"sex": "1"}, {"address": "東京都"}, {"name": "高橋"}):
        with pytest.raises(RegistryError) as refusal:
            await ask(world, **changes)
        heard.append((refusal.value.code, refusal.value.detail))

    assert len(set(heard)) == 1
    assert heard[0][0] == "look_up_without_result"


@pytest.mark.requirement("CARD-32")
async def test_two_people_with_the_same_items(world: World) -> None:
    """Where the four items fit two people, neither is shown: there is no list of hits."""
    await world.in_use()
    await ask(world)
    await world.register(world.destination(resident_record_code=OTHER_CODE, individual_number=OTHER_NUMBER))

    with pytest.raises(RegistryError, match="look_up_without_result"):
        await ask(world)


@pytest.mark.requirement("CARD-32")
def test_no_search_by_fewer_items_or_by_number(world: World) -> None:
    """A search by three items, by a number or by several people at once is outside the format."""
    message = msgspec.to_builtins(CallerIdentity(request_id=world.next_id(), identity_check="call-1", key=FOUR))
    three = {name: value for name, value in message["key"].items() if name != "address"}

    for key in (three, msgspec.to_builtins(ByNumber(individual_number=NUMBER)), [message["key"]] * 2):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({**message, "key": key}, CallerIdentity)


async def test_silence_of_jpki(world: World) -> None:
    """A loss cannot wait: without an answer of the JPKI side the certificate's state is unknown."""
    await world.in_use()
    world.neighbours.silent = True

    assert (await ask(world)).signing_certificate_state == "unknown"
