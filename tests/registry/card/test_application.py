from datetime import date
from typing import Any

import msgspec
import pytest
from sqlalchemy import func, select

from registry.card.models.application import CardApplicationRecord
from registry.card.models.destination import CardPerson
from registry.errors import RegistryError
from registry.messages.card import CardApplication
from registry.messages.message import ByFourItems
from registry.messages.parties import IssuanceOrder
from tests.registry.card.world import ITEMS, NUMBER, PHOTO, World

FOUR = ByFourItems(name="高橋\u3000花子", address=ITEMS.address, birth_date=ITEMS.birth_date, sex=ITEMS.sex)
HANDWRITTEN: dict[str, Any] = {
    "form_kind": "handwritten",
    "identity_checked": False,
    "individual_number": NUMBER,
    "four_items": FOUR,
}


async def applications(world: World) -> int:
    """Count the applications on file."""
    async with world.sessions() as session:
        return await session.scalar(select(func.count()).select_from(CardApplicationRecord)) or 0


async def refused(world: World, code: str, **changes: Any) -> None:
    """Check that an application is refused with a code and leaves nothing."""
    form = await world.register()
    with pytest.raises(RegistryError, match=code):
        await world.apply(world.application(form, **changes))
    assert await applications(world) == 0


@pytest.mark.requirement("CARD-8")
async def test_registered(world: World) -> None:
    """An application from the reception contractor is registered with its photo sealed, and waits for the job."""
    state = await world.apply(world.application(await world.register()))

    async with world.sessions() as session:
        record = (await session.scalars(select(CardApplicationRecord))).one()
    assert state == "received"
    assert record.face_photo is not None
    assert PHOTO not in record.face_photo
    assert world.sealer.open(record.face_photo, "card_application.face_photo") == PHOTO


@pytest.mark.requirement("CARD-5")
@pytest.mark.parametrize("kind", ["web", "mail", "kiosk"])
@pytest.mark.parametrize("carried", [{"individual_number": NUMBER}, {"four_items": FOUR}])
async def test_number_on_another_form(world: World, kind: str, carried: dict[str, Any]) -> None:
    """A number, or the items that go with it, on any form but the handwritten one is refused."""
    await refused(world, "number_on_form", form_kind=kind, **carried)


@pytest.mark.requirement("CARD-9")
async def test_handwritten_form_that_matches(world: World) -> None:
    """A handwritten form whose number and four items are those of its person is taken; shapes make no difference."""
    assert await world.apply(world.application(await world.register(), **HANDWRITTEN)) == "received"


@pytest.mark.requirement("CARD-9")
@pytest.mark.parametrize(
    "change",
    [
        {"individual_number": "987654321093"},
        {"four_items": msgspec.structs.replace(FOUR, name="高橋 華子")},
        {"four_items": msgspec.structs.replace(FOUR, address="東京都千代田区二番町")},
        {"four_items": msgspec.structs.replace(FOUR, birth_date=date(1980, 2, 28))},
        {"four_items": msgspec.structs.replace(FOUR, sex="1")},
    ],
)
async def test_handwritten_form_of_somebody_else(world: World, change: dict[str, Any]) -> None:
    """A wrong number or item on a handwritten form leads to no card."""
    world.resident()
    await refused(world, "form_mismatch", **{**HANDWRITTEN, **change})
    await world.run("applications")

    assert await world.sent("issuing-contractor.make", IssuanceOrder) == []


@pytest.mark.parametrize("missing", ["individual_number", "four_items"])
async def test_handwritten_form_that_lacks_something(world: World, missing: str) -> None:
    """The handwritten form needs the number and the four items to be matched at all."""
    await refused(world, "handwritten_form_incomplete", **{**HANDWRITTEN, missing: None})


@pytest.mark.requirement("CARD-10")
@pytest.mark.parametrize("kind", ["web", "kiosk"])
async def test_online_without_identity_check(world: World, kind: str) -> None:
    """An online application without an identity check inside the procedure is refused."""
    await refused(world, "identity_check_missing", form_kind=kind, identity_checked=False)


@pytest.mark.requirement("CARD-10")
async def test_mail_without_identity_check(world: World) -> None:
    """A form that comes by mail is taken: the person is identified at the counter."""
    form = await world.register()

    assert await world.apply(world.application(form, form_kind="mail", identity_checked=False)) == "received"


@pytest.mark.requirement("CARD-6", "CARD-7")
@pytest.mark.parametrize(
    "change",
    [
        {"four_items": [msgspec.to_builtins(FOUR)] * 2},
        {"application_form_id": ["1", "2"]},
        {"second_person": {"application_form_id": "2"}},
        {"occupation": "clerk"},
        {"face_photo": "A" * 80_000},
    ],
)
def test_more_than_one_person_or_more_than_the_form(world: World, change: dict[str, Any]) -> None:
    """A message with a second person, or with anything the form does not ask for, is refused by its format."""
    sent = {**msgspec.to_builtins(world.application("1")), **change}

    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(sent, CardApplication)


@pytest.mark.requirement("CARD-6")
async def test_a_form_serves_once(world: World) -> None:
    """The same application again is answered again; another one on the same form is refused."""
    message = world.application(await world.register())
    await world.apply(message)

    assert await world.apply(message) == "received"
    with pytest.raises(RegistryError, match="application_form_used"):
        await world.apply(msgspec.structs.replace(message, face_photo=b"somebody else"))
    assert await applications(world) == 1


async def test_unknown_form(world: World) -> None:
    """A form that was never printed is refused."""
    with pytest.raises(RegistryError, match="application_form_unknown"):
        await world.apply(world.application("0" * 23))


async def test_photo(world: World) -> None:
    """Only who is below the age of one on the day of application needs no photo (Order article 16)."""
    await refused(world, "photo_missing", face_photo=None)
    infant = msgspec.structs.replace(ITEMS, birth_date=date(2025, 4, 11))
    form = await world.register(world.destination(items=infant))

    assert await world.apply(world.application(form, face_photo=None)) == "received"


async def test_removed_person(world: World) -> None:
    """Who was removed after the form was posted cannot apply with it."""
    form = await world.register()
    async with world.sessions.begin() as session:
        (await session.scalars(select(CardPerson))).one().identity_info_present_flag = False

    with pytest.raises(RegistryError, match="person_removed"):
        await world.apply(world.application(form))
