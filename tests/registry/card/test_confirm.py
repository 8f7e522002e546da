import hashlib
from datetime import date
from typing import Any

import msgspec
import pytest
from sqlalchemy import update

from registry.card.change_events import take_overseas_change
from registry.card.confirm import confirm
from registry.card.models.ledger import Card
from registry.messages.card import Confirm, Confirmation, OverseasChangeEvent
from registry.messages.juki import UserInformationQuery
from registry.messages.parties import IssuanceOrder
from registry.messages.person import OverseasUserInformation
from registry.problems import ServiceError
from tests.registry.card.world import ITEMS, NUMBER, PHOTO, RECORD_CODE, World, moved


async def ask(world: World, order: IssuanceOrder, **changes: Any) -> Confirmation:
    """Ask with the six items of the chip, with changes."""
    message = Confirm(
        request_id=world.next_id(),
        card_issue_number=order.card_issue_number,
        individual_number=NUMBER,
        name="高橋 花子",
        address=ITEMS.address,
        birth_date=ITEMS.birth_date,
        sex=ITEMS.sex,
        photo_digest=hashlib.sha256(PHOTO).digest(),
    )
    act = world.act("confirm", "issuer", key_kind="card_issue_number")
    answer: Confirmation = await world.do(confirm, msgspec.structs.replace(message, **changes), act)
    return answer


async def put_into(world: World, order: IssuanceOrder, **values: Any) -> None:
    """Change the ledger's row of a card."""
    async with world.sessions.begin() as session:
        await session.execute(update(Card).where(Card.card_issue_number == order.card_issue_number).values(**values))


async def test_match(world: World) -> None:
    """Six items that are those of the card, of the ledger and of juki get a yes, again and again, and no data."""
    order = await world.in_use()
    first, second = (
        await ask(world, order),
        await ask(world, order, name=ITEMS.name_kanji, address="東京都千代田区一番町1丁目"),
    )

    assert (first.match, first.code) == (second.match, second.code) == (True, None)
    assert set(Confirmation.__struct_fields__) == {"request_id", "match", "code"}
    assert [record.reason for record in await world.provisions("confirm")] == ["match"] * 2
    assert {tuple(record.fields) for record in await world.provisions("confirm")} == {("match",)}


@pytest.mark.requirement("LINK-6")
async def test_what_juki_is_asked(world: World) -> None:
    """No number goes to juki: it is asked by record code, for verification."""
    order = await world.in_use()
    await ask(world, order)

    assert world.neighbours.asked[-1] == (
        "juki.user_information",
        UserInformationQuery(resident_record_code=RECORD_CODE, purpose="verification"),
    )


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("number_differs", {"individual_number": "987654321093"}),
        ("name_differs", {"name": "高橋 華子"}),
        ("address_differs", {"address": moved(ITEMS).address}),
        ("birth_date_differs", {"birth_date": date(1980, 2, 28)}),
        ("sex_differs", {"sex": "1"}),
        ("photo_differs", {"photo_digest": hashlib.sha256(b"another face").digest()}),
        ("photo_differs", {"photo_digest": None}),
        ("card_unknown", {"card_issue_number": "0000"}),
    ],
)
async def test_mismatch(world: World, code: str, changes: dict[str, Any]) -> None:
    """One item that is not the card's gets a no with its code; juki is not asked, and the answer is recorded."""
    order = await world.in_use()
    asked = len(world.neighbours.asked)
    answer = await ask(world, order, **changes)

    assert (answer.match, answer.code) == (False, code)
    assert len(world.neighbours.asked) == asked
    assert [record.reason for record in await world.provisions("confirm")] == [code]


@pytest.mark.parametrize("state", ["ordered", "produced", "delivered", "prepared", "suspended", "abolished", "expired"])
async def test_card_not_in_use(world: World, state: str) -> None:
    """A card in any other state than in use confirms nothing."""
    order = await world.in_use()
    await put_into(world, order, card_operation_status=state)

    assert (await ask(world, order)).code == f"card_{state}"


async def test_card_past_its_end(world: World) -> None:
    """A card confirms through its last day and not on the next, also before the job has marked it."""
    order = await world.in_use()
    await put_into(world, order, card_valid_until=date(2026, 4, 10))
    assert (await ask(world, order)).match

    world.clock.advance(days=1)
    assert (await ask(world, order)).code == "card_expired"


@pytest.mark.parametrize(
    ("code", "number", "items"),
    [
        ("register_address_differs", NUMBER, moved(ITEMS)),
        ("register_name_differs", NUMBER, msgspec.structs.replace(ITEMS, name_kanji="山田 花子")),
        ("register_number_differs", "987654321093", ITEMS),
        ("register_number_missing", None, ITEMS),
    ],
)
async def test_juki_knows_better(world: World, code: str, number: Any, items: Any) -> None:
    """Items that are the card's but no longer the resident's get a no: juki has heard of a change."""
    order = await world.in_use()
    world.resident(number=number, items=items)

    assert (await ask(world, order)).code == code


async def test_not_in_juki(world: World) -> None:
    """A holder who is removed from juki, or unknown to it, gets a no."""
    order = await world.in_use()
    world.resident(present=False)
    assert (await ask(world, order)).code == "register_person_removed"

    world.neighbours.people.clear()
    assert (await ask(world, order)).code == "register_person_unknown"


async def test_silence_is_no_yes(world: World) -> None:
    """Without an answer of juki there is no verdict."""
    order = await world.in_use()
    world.neighbours.silent = True

    with pytest.raises(ServiceError, match="no_answer"):
        await ask(world, order)
    assert await world.provisions("confirm") == []


async def test_overseas_holder(world: World) -> None:
    """The holder who left Japan is confirmed with fuhyo's answer, in which the number has no part."""
    order = await world.in_use()
    event = OverseasChangeEvent(
        event_id=world.next_id(),
        resident_record_code=RECORD_CODE,
        change_date=world.clock.at.date(),
        items=ITEMS,
        overseas=True,
    )
    await world.do(take_overseas_change, event, world.act("overseas_change_event", "fuhyo"))
    world.neighbours.overseas[RECORD_CODE] = OverseasUserInformation(
        resident_record_code=RECORD_CODE, items=ITEMS, overseas=True
    )

    assert (await ask(world, order)).match
    assert world.neighbours.asked[-1][0] == "fuhyo.user_information"
