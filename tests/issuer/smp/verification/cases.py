"""Applications that are wrong in one thing each; the name of the function says which."""

import base64
import hashlib
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import msgspec
from cryptography.hazmat.primitives.serialization import Encoding

from issuer.smp.application.content import thumbprint
from issuer.smp.application.models import Application, DeviceKey
from issuer.smp.application.signed import SignedApplication
from issuer.smp.verification.verify import Case, Unproven, verify
from registry.act import new_id
from registry.messages.chip import CardFace, write
from tests.issuer.smp.conftest import Desk, Line, issued_set
from tests.support.applications import (
    Holder,
    a_holder,
    an_application,
    authentication_certificate_for,
    certificate_for,
    issue_content,
    signed,
    with_items,
)
from tests.support.attestations import Phone, a_phone, android_attestation, authority, point_of
from tests.support.hierarchy import hierarchy


@dataclass
class World:
    """What a case may bend before the check runs."""

    desk: Desk
    line: Line
    holder: Holder
    phone: Phone
    nonce: str

    def message(self, **changes: Any) -> bytes:
        """A signed application with some members replaced."""
        return an_application(self.holder, self.phone, self.nonce, **changes)


async def run(world: World, cms: bytes) -> SignedApplication:
    """Verify a message that was registered at the present instant."""
    desk = world.desk
    row = Application(
        application_id=new_id(desk.random),
        application_type="issue",
        application_status="verifying",
        application_received_at=desk.clock(),
        app_install_id=world.phone.app_install_id,
        card_issue_number=world.holder.face.card_issue_number,
        signing_certificate_serial_number=world.holder.serial,
        registered_at=desk.clock(),
        updated_at=desk.clock(),
        erase_after=desk.clock(),
    )
    async with desk.sessions.begin() as session:
        session.add(row)
        await session.flush()
        unproven: Unproven = {}
        proven = await verify(session, [Case(row, cms, desk.act(), desk.tools)], unproven)
    for why in unproven.values():
        raise why
    return proven[0].signed


async def typed_by_hand(world: World) -> bytes:
    """An item beside those of the card."""
    return world.message(name="typed")


async def other_signature(world: World) -> bytes:
    """A signature over something else."""
    content = msgspec.json.encode(issue_content(world.holder, world.phone, world.nonce))
    return signed(world.holder, content, digest=hashlib.sha256(b"else").digest())


async def authentication_certificate(world: World) -> bytes:
    """The card's user authentication certificate, with its own key."""
    certificate = authentication_certificate_for(world.holder)
    content = msgspec.json.encode(issue_content(world.holder, world.phone, world.nonce))
    return signed(world.holder, content, certificate=certificate)


async def other_receiver(world: World) -> bytes:
    """A message signed for somebody else."""
    return world.message(audience="https://elsewhere.test")


async def foreign_nonce(world: World) -> bytes:
    """A nonce that nobody here made, with a fitting attestation."""
    world.nonce = "A" * 75
    return world.message()


async def own_card_data_signer(world: World) -> bytes:
    """Card data signed under a root of the wrong kind (MDOC-66)."""
    certificate = hierarchy().certificate("signature_ca")
    der = certificate.public_bytes(Encoding.DER)
    return world.message(signer_certificate=base64.b64encode(der).decode())


async def altered_items(world: World) -> bytes:
    """An address that the card does not state, with the signature of the one it states."""
    altered = with_items(world.holder, address="大阪府大阪市北区中之島一丁目")
    return world.message(number_and_items=base64.b64encode(write(altered.items)).decode())


async def altered_photo(world: World) -> bytes:
    """Another photo under the signature of the card's own."""
    face: CardFace = msgspec.structs.replace(world.holder.face, photo=b"\xff\xd8another\xff\xd9")
    return world.message(card_face=base64.b64encode(write(face)).decode())


async def faces_of_two_cards(world: World) -> bytes:
    """A genuine face of somebody with another birth date beside genuine items."""
    face = msgspec.structs.replace(world.holder.face, birth_date=date(1991, 6, 3))
    world.holder = replace(world.holder, face=face)
    return world.message()


async def borrowed_card(world: World) -> bytes:
    """The card of one person, the signature of another."""
    other = certificate_for(a_holder("別人 太郎").items, world.holder.key, seed="other")
    content = msgspec.json.encode(issue_content(world.holder, world.phone, world.nonce))
    return signed(world.holder, content, certificate=other)


async def card_that_ended(world: World) -> bytes:
    """A card whose last day was yesterday in Tokyo."""
    face = msgspec.structs.replace(world.holder.face, card_valid_until=date(2026, 4, 9))
    world.holder = replace(world.holder, face=face)
    return world.message()


async def self_attested(world: World) -> bytes:
    """An attestation made by the phone's own key and not by its maker."""
    vouching, _ = authority("android")
    own = replace(vouching, key=world.phone.binding_key)
    return world.message(key_attestation=android_attestation(world.phone, world.nonce, by=own))


async def captured_photo(world: World) -> bytes:
    """A photo taken by the phone, where faces are not compared."""
    return world.message(face_photo_captured=base64.b64encode(b"captured").decode())


async def one_key_twice(world: World) -> bytes:
    """The same device key for two records, attested as such."""
    first = world.phone.device_keys[0]
    world.phone = replace(world.phone, device_keys=(first, first))
    return world.message()


async def key_of_another_holder(world: World) -> bytes:
    """A device key that was accepted for somebody before."""
    owner = await issued_set(
        world.desk, a_holder("前任 者", seed="before"), a_phone(app_install_id="install-of-before")
    )
    async with world.desk.sessions.begin() as session:
        point = point_of(world.phone.device_keys[1])
        row = DeviceKey(
            thumbprint=thumbprint(point),
            application_id=owner.application_id,
            position=7,
            use="record",
            public_point=point,
        )
        session.add(row)
    return world.message()


async def phone_of_another_holder(world: World) -> bytes:
    """The installation of the app in which somebody else's records are in force."""
    other = a_phone(app_install_id=world.phone.app_install_id)
    await issued_set(world.desk, a_holder("同居 人", seed="same-phone"), other)
    return world.message()


async def second_set(world: World) -> bytes:
    """A holder whose records are in force on another phone."""
    await issued_set(world.desk, world.holder, a_phone(app_install_id="install-of-first-phone"))
    return world.message()


async def revoked_certificate(world: World) -> bytes:
    """A certificate that JPKI has revoked."""
    world.line.certificate = "revoked"
    return world.message()


async def items_of_no_card(world: World) -> bytes:
    """Items that the card system does not confirm."""
    world.line.card_matches = False
    return world.message()
