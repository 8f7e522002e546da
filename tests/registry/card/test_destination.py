import msgspec
import pytest
from sqlalchemy import func, select

from registry.card.destination import register_destination
from registry.card.models.destination import CardPerson, DestinationRecord
from registry.card.people import opened
from registry.errors import RegistryError
from registry.messages.card import Destination, PrintResult
from registry.messages.parties import PrintOrder
from tests.registry.card.world import ITEMS, NUMBER, RECORD_CODE, TOWN, World


async def count(world: World, table: type[CardPerson | DestinationRecord]) -> int:
    """Count the rows of a table."""
    async with world.sessions() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


async def send(world: World, message: Destination, body: str = TOWN) -> None:
    """Send a destination record as a municipality."""
    await world.do(register_destination, message, world.act("register_destination", "municipal-cs", body))


@pytest.mark.requirement("CARD-1")
async def test_registered(world: World) -> None:
    """A destination record becomes rows of the card file: the person sealed, the destination with its lengths."""
    await send(world, world.destination())

    async with world.sessions() as session:
        person = (await session.scalars(select(CardPerson))).one()
        record = (await session.scalars(select(DestinationRecord))).one()
    assert opened(world.sealer, person, "resident_record_code") == RECORD_CODE
    assert opened(world.sealer, person, "individual_number") == NUMBER
    assert opened(world.sealer, person, "substitute_char_name") == "高橋 花子"
    assert (person.name_gaiji_count, person.gaiji_flag, person.substitute_char_name_positions) == (1, True, "0")
    assert (record.municipality_code, record.destination_name_kanji_length) == (TOWN, 5)
    assert opened(world.sealer, record, "destination_address_kanji") == ITEMS.address


@pytest.mark.requirement("CARD-1", "CARD-7")
@pytest.mark.parametrize(
    "change",
    [
        {"postal_code": "102-0082"},
        {"individual_number": "123456789017"},
        {"resident_record_code": "1000000001"},
        {"municipality_code": "131017"},
        {"destination_name": ""},
        {"nickname": "はなちゃん"},
    ],
)
def test_outside_the_format(world: World, change: dict[str, str]) -> None:
    """A destination record outside the fixed format is refused: wrong shapes, check digits, fields beyond the form."""
    sent = {**msgspec.to_builtins(world.destination()), **change}

    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(sent, Destination)


@pytest.mark.requirement("CARD-3")
async def test_number_not_checked(world: World) -> None:
    """A record without the mark that number and record code were compared is refused and leaves nothing."""
    with pytest.raises(RegistryError, match="number_not_checked"):
        await send(world, world.destination(number_checked=False))

    assert await count(world, CardPerson) == 0


@pytest.mark.requirement("CARD-2")
async def test_removed_person(world: World) -> None:
    """A person who is no longer on record gets no destination record."""
    await send(world, world.destination())
    async with world.sessions.begin() as session:
        (await session.scalars(select(CardPerson))).one().identity_info_present_flag = False

    with pytest.raises(RegistryError, match="person_removed"):
        await send(world, world.destination())
    assert await count(world, DestinationRecord) == 1


async def test_other_municipality(world: World) -> None:
    """A municipality cannot register a record in the name of another one."""
    with pytest.raises(RegistryError, match="wrong_municipality"):
        await send(world, world.destination(), body="132217")

    assert await count(world, CardPerson) == 0


async def test_twice_is_once(world: World) -> None:
    """The same request again is answered again and registers nothing; another one under its id is refused."""
    message = world.destination()
    await send(world, message)
    await send(world, message)

    assert await count(world, DestinationRecord) == 1
    assert len(await world.sent("printing-contractor.print", PrintOrder)) == 1
    with pytest.raises(RegistryError, match="request_id_reused"):
        await send(world, msgspec.structs.replace(message, destination_name="別人"))


async def test_new_record_of_a_known_person(world: World) -> None:
    """A later destination record refreshes the person instead of making a second one."""
    await send(world, world.destination())
    await send(world, world.destination(items=msgspec.structs.replace(ITEMS, address="東京都千代田区二番町")))

    async with world.sessions() as session:
        person = (await session.scalars(select(CardPerson))).one()
    assert opened(world.sealer, person, "address") == "東京都千代田区二番町"
    assert await count(world, DestinationRecord) == 2


def test_messages_do_not_show_people(world: World) -> None:
    """Printing a message shows its type alone."""
    assert NUMBER not in repr(world.destination())
    assert repr(PrintResult(print_request_number="P1", result="posted")) == "<PrintResult>"
