"""The application: what the card says, signed with the card, readable by the issuer's own code."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
import pytest
from cryptography import x509

from issuer.errors import IssuerError
from issuer.smp import holder_signature
from issuer.smp.application.content import LostContent, ReleaseContent, RevokeContent
from issuer.smp.application.signed import SignedApplication, decode
from issuer.smp.verification.attestation.check import check_attestation, keys_are_distinct
from issuer.smp.verification.attestation.refused import AttestationRefused
from issuer.smp.verification.card_data import CardDataRefused, verify_card_face, verify_number_and_items
from tests.support.attestations import makers_of
from tests.wallet_sim.cards import NUMBER, PINS, card, certificate_of, signing_key
from tests.wallet_sim.conftest import Scene
from tests.wallet_sim.counterpart import URL
from wallet_sim.answers import Refused, Unanswered
from wallet_sim.faults import Fault
from wallet_sim.ic_card import Pin, PinRefused
from wallet_sim.phone.application import Wishes, apply, ask_state, request_with_card, send
from wallet_sim.phone.content import Applied, HolderContent
from wallet_sim.phone.maker import KINDS, Kind, WalletMaker
from wallet_sim.phone.secure_area import store
from wallet_sim.phone.state import Enrolment

NONCE = "N" * 43
APPLIED = {"application_id": str(UUID(int=5)), "state": "received", "next_step_token": "T" * 43}


@dataclass
class Sent:
    """What arrived at the door."""

    scene: Scene

    @property
    def messages(self) -> list[bytes]:
        """The signed messages, in order."""
        bodies = [body for path, body, _ in self.scene.door.asked if path == "/applications"]
        return [msgspec.convert(body["signed_application"], type=bytes, builtin_types=()) for body in bodies]


@pytest.fixture
def sent(scene: Scene) -> Sent:
    """A door that gives a nonce and takes what comes."""
    scene.door.answers["/nonces"] = lambda _: {"nonce": NONCE, "expires_at": scene.clock()}
    scene.door.answers["/applications"] = lambda _: APPLIED
    return Sent(scene)


async def go(scene: Scene, **changed: Any) -> Enrolment:
    """Apply with the right PINs."""
    arguments: dict[str, Any] = {
        "input_support_pin": PINS[Pin.INPUT_SUPPORT],
        "signature_password": PINS[Pin.SIGNATURE],
        "at": scene.clock(),
        "random": scene.world.random,
        "wishes": Wishes(device_keys=3),
    } | changed
    return await apply(scene.wallet.vault, scene.world.door, card().insert(), **arguments)


def read(message: bytes) -> SignedApplication:
    """Decode with the issuer's own code."""
    decoded = decode(message)
    assert isinstance(decoded, SignedApplication)
    return decoded


@pytest.mark.requirement("MDOC-5", "MDOC-67")
async def test_the_application_holds_the_six_items_as_the_card_has_them(sent: Sent, maker: WalletMaker) -> None:
    """Items come from the chip under the card's signatures; keys are attested; the whole is signed with the card."""
    enrolment = await go(sent.scene)
    signed = read(sent.messages[0])
    assert signed.number_and_items.individual_number == NUMBER
    assert signed.card_face.photo == b"\xff\xd8photo"
    signer = holder_signature.verify(signed.message)
    assert signer.serial_number == 0x1001
    check_attestation(signed, makers_of(maker), at=sent.scene.clock(), now=sent.scene.clock())
    assert (signed.content.nonce, signed.content.audience) == (NONCE, URL)
    assert (enrolment.state, enrolment.application_id) == ("received", UUID(int=5))


@pytest.mark.requirement("MDOC-5")
@pytest.mark.parametrize(
    "fault", [Fault.ALTERED_NUMBER, Fault.ALTERED_ADDRESS, Fault.ALTERED_FACE, Fault.SWAPPED_SIGNATURES]
)
async def test_items_that_the_card_did_not_sign_are_told_apart(sent: Sent, fault: Fault) -> None:
    """An item entered by hand has no card signature: whoever checks the two signatures refuses it."""
    await go(sent.scene, faults={fault})
    try:
        signed = read(sent.messages[0])
    except IssuerError:
        return  # not even the check digit fits any more
    signer = x509.load_der_x509_certificate(signed.content.signer_certificate)
    with pytest.raises(CardDataRefused):
        _both(signed, signer)


def _both(signed: SignedApplication, signer: Any) -> None:
    verify_number_and_items(signed, signer)
    verify_card_face(signed, signer)


async def test_faults_behind_the_signature_are_seen(sent: Sent) -> None:
    """An altered message, another's certificate, no signature at all: the issuer's code refuses each."""
    for fault in (Fault.ALTERED_MESSAGE, Fault.FOREIGN_CERTIFICATE):
        foreign = certificate_of(signing_key(), 0x2002)
        await go(sent.scene, faults={fault}, foreign_certificate=foreign)
    altered, foreign_signed = (read(message) for message in sent.messages)
    with pytest.raises(holder_signature.WrongSignature):
        holder_signature.verify(altered.message)
    assert foreign_signed.serial == f"{0x2002:x}"
    await go(sent.scene, faults={Fault.NOT_SIGNED})
    with pytest.raises(IssuerError):
        decode(sent.messages[2])


@pytest.mark.parametrize(
    ("fault", "android", "apple"),
    [
        (Fault.FORGED_NONCE, "challenge_wrong", "challenge_wrong"),
        (Fault.STRIPPED_ATTESTATION, "link_broken", "challenge_wrong"),
        (Fault.DOUBLED_KEY, "keys_differ", "keys_differ"),
        (Fault.UNATTESTED_KEY, "keys_differ", "keys_differ"),
    ],
)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.requirement("MDOC-23")
async def test_faults_of_keys_and_attestation_are_seen(
    sent: Sent, maker: WalletMaker, kind: Kind, fault: Fault, android: str, apple: str
) -> None:
    """Keys that the maker did not vouch for in this application do not pass the issuer's check, on either phone."""
    equip_as(sent, maker, kind)
    await go(sent.scene, faults={fault})
    with pytest.raises(AttestationRefused, match=android if kind == "android" else apple):
        check_attestation(read(sent.messages[0]), makers_of(maker), at=sent.scene.clock(), now=sent.scene.clock())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.requirement("MDOC-23", "MDOC-67")
async def test_both_kinds_of_phone_are_vouched_for(sent: Sent, maker: WalletMaker, kind: Kind) -> None:
    """An Android-like and an Apple-like phone attest their keys in their own ways, and the issuer believes both."""
    equip_as(sent, maker, kind)
    await go(sent.scene)
    signed = read(sent.messages[0])
    check_attestation(signed, makers_of(maker), at=sent.scene.clock(), now=sent.scene.clock())
    assert keys_are_distinct(signed)


def equip_as(sent: Sent, maker: WalletMaker, kind: Kind) -> None:
    """Let the phone be of one kind."""
    state = sent.scene.wallet.state
    key, chain = maker.equip(kind, at=sent.scene.clock(), random=sent.scene.world.random)
    state.kind, state.attestation_key, state.attestation_chain = kind, store(key), chain


async def test_too_few_keys_and_a_wrong_audience_are_sent_as_told(sent: Sent) -> None:
    """The two faults that need no signature to be wrong arrive at the door as they were made."""
    await go(sent.scene, faults={Fault.FEW_KEYS})
    with pytest.raises(IssuerError):
        decode(sent.messages[0])
    await go(sent.scene, faults={Fault.WRONG_AUDIENCE})
    assert read(sent.messages[1]).content.audience == "https://elsewhere.example"


@pytest.mark.requirement("MDOC-6")
async def test_a_wrong_pin_sends_nothing(sent: Sent) -> None:
    """Without both PINs there is no application: nothing is signed and nothing leaves the phone."""
    for wrong in ({"input_support_pin": "0000"}, {"signature_password": "ZZZ999"}):
        with pytest.raises(PinRefused):
            await go(sent.scene, **wrong)
    assert sent.messages == []
    assert len(sent.scene.wallet.state.enrolments) == 1


async def test_an_application_without_an_answer_is_sent_again_as_it_was(sent: Sent) -> None:
    """A lost answer costs no second application: the kept message is the same, byte for byte."""
    sent.scene.door.answers["/applications"] = lambda _: (503, "busy")
    with pytest.raises(Unanswered):
        await go(sent.scene)
    enrolment = sent.scene.wallet.state.enrolments[-1]
    assert enrolment.state == "unsent"
    sent.scene.door.answers["/applications"] = lambda _: APPLIED
    await send(sent.scene.wallet.vault, sent.scene.world.door, enrolment)
    assert sent.messages[0] == sent.messages[1]


async def test_a_refused_application_is_over(sent: Sent) -> None:
    """The door's refusal is kept with its code."""
    sent.scene.door.answers["/applications"] = lambda _: (409, "record_in_force")
    with pytest.raises(Refused, match="record_in_force"):
        await go(sent.scene)
    enrolment = sent.scene.wallet.state.enrolments[-1]
    assert (enrolment.state, enrolment.detail) == ("refused", "record_in_force")


async def test_the_state_is_asked_with_the_token_of_the_next_step(sent: Sent) -> None:
    """The phone shows the token it was given, and takes over what it is told; a refused token is an error."""
    enrolment = await go(sent.scene)
    state = {"application_id": str(UUID(int=5)), "state": "rejected", "detail": "photo_mismatch"}
    sent.scene.door.answers["/applications/state"] = lambda _: state
    answer = await ask_state(sent.scene.wallet.vault, sent.scene.world.door, enrolment)
    assert (answer.state, enrolment.detail) == ("rejected", "photo_mismatch")
    assert sent.scene.door.asked[-1][1] == {"application_id": str(UUID(int=5)), "next_step_token": "T" * 43}
    sent.scene.door.answers["/applications/state"] = lambda _: (403, "token_expired")
    with pytest.raises(Refused, match="token_expired"):
        await ask_state(sent.scene.wallet.vault, sent.scene.world.door, enrolment)
    with pytest.raises(LookupError):
        await ask_state(sent.scene.wallet.vault, sent.scene.world.door, Enrolment([], b"", b""))


async def test_requests_with_the_card_come_from_any_device(sent: Sent) -> None:
    """Release, loss and revocation need the card and its password, and nothing of the phone."""
    forms = {"release": ReleaseContent, "lost": LostContent, "revoke": RevokeContent}
    for kind in forms:
        await request_with_card(
            sent.scene.world.door,
            card().insert(),
            kind,  # type: ignore[arg-type]  # the three kinds, by name
            signature_password=PINS[Pin.SIGNATURE],
            at=sent.scene.clock(),
        )
    for message, form in zip(sent.messages, forms.values(), strict=True):
        decoded = decode(message)
        assert isinstance(decoded.content, form)
        holder_signature.verify(decoded.message)
    with pytest.raises(PinRefused):
        await request_with_card(
            sent.scene.world.door, card().insert(), "lost", signature_password="ZZZ999", at=sent.scene.clock()
        )


async def test_a_key_attested_by_another_maker_is_not_believed(sent: Sent, maker: WalletMaker) -> None:
    """An attestation under another root than the trusted one vouches for nothing."""
    stranger = WalletMaker.make(at=sent.scene.clock(), random=sent.scene.world.random)
    await go(sent.scene)
    with pytest.raises(AttestationRefused, match="root_unknown"):
        check_attestation(read(sent.messages[0]), makers_of(stranger), at=sent.scene.clock(), now=sent.scene.clock())


def test_nothing_that_is_signed_is_printed(scene: Scene) -> None:
    """Contents and answers with tokens have no printable form."""
    content = HolderContent(type="lost", nonce=NONCE, audience=URL)
    printed = f"{content!r} {Applied(UUID(int=1), 'received', 'T' * 43)!r}"
    assert NONCE not in printed
    assert "T" * 43 not in printed
    assert not list(content.__rich_repr__())
