"""
The application: the card is read, the keys are made and attested, everything is signed with the card (MDOC-3 to 6).

The holder types PINs and nothing else: there is no argument through which an item could be entered (MDOC-5).
"""

from datetime import datetime
from typing import Literal, NamedTuple

import msgspec
from msgspec.structs import replace

from wallet_sim.answers import Refused
from wallet_sim.chance import Chance
from wallet_sim.faults import Fault, Faults
from wallet_sim.ic_card import CardSession, Pin
from wallet_sim.phone import signed_data
from wallet_sim.phone.attestation import attest
from wallet_sim.phone.content import Applied, Ask, Empty, HolderContent, IssueContent, Nonce, Signed, State
from wallet_sim.phone.secure_area import jwk_of, load, new_enrolment, point_of
from wallet_sim.phone.spoilt import spoil, spoil_message
from wallet_sim.phone.state import Enrolment
from wallet_sim.phone.vault import Vault
from wallet_sim.public_door import PublicDoor

DEVICE_KEYS = 10


class Wishes(NamedTuple):
    """How many records, and what else: a captured photo, a smartphone certificate applied for together."""

    device_keys: int = DEVICE_KEYS
    face_photo_captured: bytes | None = None
    smartphone_certificate: bool = False


async def apply(
    vault: Vault,
    door: PublicDoor,
    card: CardSession,
    *,
    input_support_pin: str,
    signature_password: str,
    at: datetime,
    random: Chance,
    wishes: Wishes | None = None,
    faults: Faults = (),
    foreign_certificate: bytes | None = None,
) -> Enrolment:
    """
    Apply for records with the card on the reader; return the application as it was registered.

    `foreign_certificate` is what FOREIGN_CERTIFICATE puts beside the signature. Raises CardError for what the card
    refuses, Refused or Unanswered for the door's answer; after Unanswered `send` sends the same application again.
    """
    nonce = (await door.post("/nonces", Empty(), Nonce)).nonce
    wishes = wishes or Wishes()
    enrolment = new_enrolment(random, wishes.device_keys)
    read = _read(vault, card, enrolment, input_support_pin, nonce=nonce, audience=door.url, at=at, random=random)
    photo, certificate_too = wishes.face_photo_captured, wishes.smartphone_certificate
    content = spoil(replace(read, face_photo_captured=photo, smartphone_certificate=certificate_too), faults)
    card.verify(Pin.SIGNATURE, signature_password)
    certificate = card.signature_certificate()
    if Fault.FOREIGN_CERTIFICATE in faults and foreign_certificate is not None:
        certificate = foreign_certificate
    encoded = msgspec.json.encode(content)
    message = signed_data.sign(encoded, certificate, card.sign, at=at)
    enrolment.signed_application = spoil_message(message, encoded, faults)
    vault.state.enrolments.append(enrolment)
    vault.save()
    return await send(vault, door, enrolment)


def _read(
    vault: Vault,
    card: CardSession,
    enrolment: Enrolment,
    pin: str,
    *,
    nonce: str,
    audience: str,
    at: datetime,
    random: Chance,
) -> IssueContent:
    card.verify(Pin.INPUT_SUPPORT, pin)
    number, face = card.read_number_and_items(), card.read_card_face()
    return IssueContent(
        nonce=nonce,
        audience=audience,
        app_install_id=vault.state.app_install_id,
        os_identifier=vault.state.os_identifier,
        number_and_items=number.text,
        number_and_items_signature=number.signature,
        card_face=face.text,
        card_face_signature=face.signature,
        signer_certificate=number.certificate,
        device_keys=[jwk_of(load(key)) for key in enrolment.device_keys],
        sealing_key=point_of(load(enrolment.sealing_key)),
        binding_key=jwk_of(load(enrolment.binding_key)),
        key_attestation=attest(vault.state, enrolment, nonce=nonce, at=at, random=random),
    )


async def send(vault: Vault, door: PublicDoor, enrolment: Enrolment) -> Enrolment:
    """
    Send the signed application, or send it again: the same message is the same application (MDOC-3).

    Raises Refused, after which the application is over, or Unanswered, after which it may be sent again.
    """
    try:
        applied = await door.post("/applications", Signed(enrolment.signed_application or b""), Applied)
    except Refused as refusal:
        enrolment.state, enrolment.detail = "refused", refusal.code
        vault.save()
        raise
    enrolment.application_id = applied.application_id
    enrolment.state, enrolment.next_step_token = applied.state, applied.next_step_token
    vault.save()
    return enrolment


async def ask_state(vault: Vault, door: PublicDoor, enrolment: Enrolment) -> State:
    """Ask where an application stands (MDOC-31); raises Refused, Unanswered, LookupError for one never sent."""
    if enrolment.application_id is None or enrolment.next_step_token is None:
        raise LookupError("this application was never registered")
    question = Ask(enrolment.application_id, enrolment.next_step_token)
    answer = await door.post("/applications/state", question, State)
    enrolment.state, enrolment.detail = answer.state, answer.detail
    vault.save()
    return answer


async def request_with_card(
    door: PublicDoor,
    card: CardSession,
    kind: Literal["release", "lost", "revoke"],
    *,
    signature_password: str,
    at: datetime,
    reason: str | None = None,
) -> Applied:
    """
    Send a request of the holder from any device: the card says who it is (MDOC-34, MDOC-52, MDOC-57).

    Raises CardError for what the card refuses, Refused or Unanswered for the door's answer.
    """
    nonce = (await door.post("/nonces", Empty(), Nonce)).nonce
    content = HolderContent(type=kind, nonce=nonce, audience=door.url, reason=reason)
    card.verify(Pin.SIGNATURE, signature_password)
    message = signed_data.sign(msgspec.json.encode(content), card.signature_certificate(), card.sign, at=at)
    return await door.post("/applications", Signed(message), Applied)
