"""What the phone signs with the card, as a wallet maker writes it from the document of the public door."""

from typing import Any, Literal
from uuid import UUID

import msgspec

from wallet_sim.answers import Problem
from wallet_sim.phone.secure_area import Jwk


class Content(msgspec.Struct, kw_only=True, frozen=True):
    """Root of signed contents: silent when printed."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __rich_repr__(self) -> Any:  # noqa: ANN401 - the protocol of rich
        yield from ()


class AndroidAttestation(Content, frozen=True, tag="android", tag_field="kind", kw_only=False):
    """A certificate for each key, and the authorities over them without the root."""

    keys: list[bytes]
    chain: list[bytes]


class AppleAttestation(Content, frozen=True, tag="apple", tag_field="kind", kw_only=False):
    """An attested key of the app, and what the app says of all keys."""

    attestation_object: bytes
    client_data: bytes


class IssueContent(Content, frozen=True, kw_only=True, omit_defaults=True, tag="issue", tag_field="type"):
    """An application for records: the two texts of the card with their signatures, and the keys of the phone."""

    nonce: str
    audience: str
    app_install_id: str
    os_identifier: str
    number_and_items: bytes
    number_and_items_signature: bytes
    card_face: bytes
    card_face_signature: bytes
    signer_certificate: bytes
    device_keys: list[Jwk]
    sealing_key: bytes
    binding_key: Jwk
    key_attestation: AndroidAttestation | AppleAttestation
    face_photo_captured: bytes | None = None
    smartphone_certificate: bool = False


class FreshKeys(Content, frozen=True, kw_only=True):
    """Device keys that take the place of used ones, with their attestation."""

    nonce: str
    device_keys: list[Jwk]
    key_attestation: AndroidAttestation | AppleAttestation


class HolderContent(Content, frozen=True, kw_only=True, omit_defaults=True):
    """A request of the holder, who identifies by the card: lift a suspension, phone lost, end the records."""

    type: Literal["release", "lost", "revoke"]
    nonce: str
    audience: str
    reason: str | None = None


class Nonce(msgspec.Struct):
    """A fresh nonce of the door."""

    nonce: str


class Applied(msgspec.Struct):
    """The answer to anything signed with the card."""

    application_id: UUID
    state: str
    next_step_token: str

    def __repr__(self) -> str:
        return "<Applied>"


class NextStep(msgspec.Struct):
    """A step was taken; this token serves the next one."""

    next_step_token: str

    def __repr__(self) -> str:
        return "<NextStep>"


class State(msgspec.Struct):
    """Where an application stands."""

    application_id: UUID
    state: str
    detail: str | None = None
    problem: Problem | None = None
    display_message: str | None = None
    smartphone_certificate: str | None = None


class Signed(msgspec.Struct):
    """The envelope of a signed message (CMS, DER)."""

    signed_application: bytes


class Ask(msgspec.Struct):
    """A question for the state of an application."""

    application_id: UUID
    next_step_token: str


class Empty(msgspec.Struct):
    """A request that says nothing."""
