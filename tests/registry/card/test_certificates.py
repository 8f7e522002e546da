from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from registry.access.matrix import load_matrix
from registry.card.certificates import take_issuance_result
from registry.errors import RegistryError
from registry.messages.card import ChipCertificates
from registry.messages.jpki import OrderCertificates
from registry.messages.parties import IssuanceOrder
from registry.problems import ServiceError
from tests.registry.card.world import NUMBER, PUBLIC, World, result


def spki(key: Any) -> bytes:
    """Return a public key as it travels."""
    return bytes(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


WEAK = spki(rsa.generate_private_key(public_exponent=65537, key_size=1024))  # noqa: S505 - it is refused for that
CURVE = spki(ec.generate_private_key(ec.SECP256R1()))


async def report(world: World, order: IssuanceOrder, **changes: Any) -> ChipCertificates:
    """Report a made chip as the issuing contractor."""
    act = world.act("issuance_result", "issuing-contractor", "maker-1")
    made: ChipCertificates = await world.do(take_issuance_result, result(order, **changes), act)
    return made


@pytest.mark.requirement("CARD-14")
async def test_certificates_for_the_chip(world: World) -> None:
    """The keys of a made chip are certified by the JPKI side, and the serial is kept with the card."""
    order = await world.ordered()
    made = await report(world, order)

    operation, asked = world.neighbours.asked[-1]
    assert operation == "pki.order_certificates"
    assert (asked.signature_public_key, asked.authentication_public_key) == tuple(PUBLIC)
    assert made.signature_certificate == b"signature of " + asked.order_id.bytes
    card = await world.card(order)
    assert (card.card_operation_status, card.subject_certificate_serial_number) == ("produced", asked.order_id.hex)


@pytest.mark.requirement("LINK-8")
async def test_jpki_gets_no_number(world: World) -> None:
    """The order of certificates has no place for a number, and the matrix lets none through to JPKI."""
    await report(world, await world.ordered())

    _, asked = world.neighbours.asked[-1]
    assert NUMBER.encode() not in msgspec.json.encode(asked)
    assert not OrderCertificates.CARRIES_NUMBER
    to_jpki = [line for line in load_matrix().lines if line.operation.startswith("pki.") and "card" in line.callers]
    assert to_jpki
    assert not any(line.number for line in to_jpki)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({**msgspec.to_builtins(asked), "individual_number": NUMBER}, OrderCertificates)


async def test_the_same_again(world: World) -> None:
    """A report that is repeated after a lost answer gets the certificates of the same order."""
    order = await world.ordered()
    first = await report(world, order)
    second = await report(world, order)

    assert first.signature_certificate == second.signature_certificate
    orders = [
        message.order_id for operation, message in world.neighbours.asked if operation == "pki.order_certificates"
    ]
    assert orders == [orders[0]] * 2


async def test_other_keys(world: World) -> None:
    """Other keys for a card that was made before are refused."""
    order = await world.ordered()
    await report(world, order)

    with pytest.raises(RegistryError, match="issuance_result_conflict"):
        await report(world, order, signature_public_key=PUBLIC[1])


@pytest.mark.parametrize("key", [b"no key", WEAK, CURVE], ids=["no key", "weak", "curve"])
@pytest.mark.parametrize("which", ["signature_public_key", "authentication_public_key"])
async def test_refused_keys(world: World, which: str, key: bytes) -> None:
    """What is no RSA key of 2048 bits is refused, and the card stays ordered."""
    order = await world.ordered()

    with pytest.raises(RegistryError, match="public_key_refused"):
        await report(world, order, **{which: key})
    assert (await world.card(order)).card_operation_status == "ordered"


async def test_unknown_order(world: World) -> None:
    """A result for an order that was never placed is refused."""
    order = await world.ordered()

    with pytest.raises(RegistryError, match="issuance_order_unknown"):
        await report(world, order, issuance_order_number="I0000")


async def test_jpki_refuses_or_is_silent(world: World) -> None:
    """Without certificates the card is not made: a refusal and silence are told apart, and both change nothing."""
    order = await world.ordered()
    world.neighbours.certificates = "refused"
    with pytest.raises(RegistryError, match="certificates_refused"):
        await report(world, order)
    world.neighbours.silent = True
    with pytest.raises(ServiceError, match="no_answer"):
        await report(world, order)

    assert (await world.card(order)).card_operation_status == "ordered"


async def test_abolished_before_it_was_made(world: World) -> None:
    """A card that was abolished meanwhile gets no certificates."""
    order = await world.ordered()
    await world.counter(order, "abolish", reason="moved")

    with pytest.raises(RegistryError, match="illegal_transition"):
        await report(world, order)
