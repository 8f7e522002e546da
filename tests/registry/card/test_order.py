from datetime import date

import msgspec
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA256

from registry.card.certificates import take_issuance_result
from registry.card.order import take_shipment
from registry.errors import RegistryError
from registry.messages.card import Shipment
from registry.messages.chip import read_card_face, read_number_and_items
from tests.registry.card.world import ITEMS, KEYS, NUMBER, PHOTO, TOWN, World, result, shipment


async def ship(world: World, message: Shipment) -> None:
    """Report a shipment as the issuing contractor."""
    async with world.sessions.begin() as session:
        await take_shipment(session, world.act("shipment", "issuing-contractor", "maker-1"), message)


@pytest.mark.requirement("CARD-14", "AUDIT-10")
async def test_what_is_ordered(world: World) -> None:
    """The order holds what goes onto the card and into the chip, its end by age, and leaves a record."""
    order = await world.ordered()

    assert (order.individual_number, order.name, order.photo) == (NUMBER, ITEMS.name_kanji, PHOTO)
    assert order.card_valid_until == date(2036, 2, 29)
    card = await world.card(order)
    assert (card.card_operation_status, card.card_valid_until) == ("ordered", order.card_valid_until)
    record = (await world.provisions("check_applications"))[0]
    assert (record.recipient, record.number_included, record.operator) == ("issuing-contractor", True, None)


async def test_chip_texts_are_signed(world: World) -> None:
    """Both texts of the chip are signed by the card-data signer, say what the order says, and cannot be altered."""
    order = await world.ordered()
    public = KEYS[0].public_key()

    public.verify(order.number_and_items_signature, order.number_and_items, padding.PKCS1v15(), SHA256())
    public.verify(order.card_face_signature, order.card_face, padding.PKCS1v15(), SHA256())
    with pytest.raises(InvalidSignature):
        public.verify(order.card_face_signature, order.card_face + b" ", padding.PKCS1v15(), SHA256())
    text, face = read_number_and_items(order.number_and_items), read_card_face(order.card_face)
    assert (text.individual_number, text.name, text.address) == (NUMBER, "高橋 花子", ITEMS.address)
    assert (face.card_issue_number, face.municipality_code, face.photo) == (order.card_issue_number, TOWN, PHOTO)
    assert order.signer_certificate == b"certificate of the signer"


async def test_the_stay_ends_the_card(world: World) -> None:
    """The card of a foreign resident ends with the period of stay."""
    order = await world.ordered(period_of_stay_expiry_date=date(2027, 1, 31), stay_class="mid_to_long_term")

    assert order.card_valid_until == date(2027, 1, 31)


async def test_order_numbers_differ(world: World) -> None:
    """Each order has an order number and a card issue number of its own."""
    first = await world.ordered()
    second = await world.ordered()

    assert first.issuance_order_number != second.issuance_order_number
    assert first.card_issue_number != second.card_issue_number


@pytest.mark.requirement("CARD-16")
@pytest.mark.parametrize("sent_to", ["municipality", "resident"])
async def test_shipment(world: World, sent_to: str) -> None:
    """A made card is sent to the mayor or to the resident; the same report again is taken again."""
    order = await world.ordered()
    await world.do(take_issuance_result, result(order), world.act("issuance_result", "issuing-contractor"))
    await ship(world, shipment(order, sent_to=sent_to))
    await ship(world, shipment(order, sent_to=sent_to))

    assert (await world.card(order)).card_operation_status == "delivered"


@pytest.mark.requirement("CARD-17")
async def test_refused_shipments(world: World) -> None:
    """A card that was not made, a second destination, and a pair of numbers that do not belong together are refused."""
    order = await world.ordered()
    with pytest.raises(RegistryError, match="illegal_transition"):
        await ship(world, shipment(order))
    with pytest.raises(RegistryError, match="issuance_order_unknown"):
        await ship(world, shipment(order, card_issue_number="0000"))
    assert (await world.card(order)).card_operation_status == "ordered"

    await world.do(take_issuance_result, result(order), world.act("issuance_result", "issuing-contractor"))
    await ship(world, shipment(order))
    with pytest.raises(RegistryError, match="illegal_transition"):
        await ship(world, shipment(order, sent_to="resident"))


def test_shipment_elsewhere(world: World) -> None:
    """There is no third place to which a card may be sent."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"issuance_order_number": "I1", "card_issue_number": "1", "sent_to": "neighbour"}, Shipment)
