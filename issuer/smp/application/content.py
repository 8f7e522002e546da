"""What the holder signs: closed structures, one per kind of application (MDOC-4, MDOC-13)."""

from hashlib import sha256
from typing import Annotated, Any, Literal

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.utils import base64url_decode
from msgspec import Meta, Struct

from registry.messages.message import Code, Der, Photo

FEWEST_KEYS, MOST_KEYS = 2, 20  # two or more records are issued at once (Act 18-2); twenty is ours

Nonce = Annotated[str, Meta(min_length=16, max_length=128, pattern=r"^[A-Za-z0-9_-]+$")]
Url = Annotated[str, Meta(min_length=8, max_length=256)]
Coordinate = Annotated[str, Meta(min_length=43, max_length=43, pattern=r"^[A-Za-z0-9_-]+$")]
Point = Annotated[bytes, Meta(min_length=65, max_length=65)]
Text = Annotated[bytes, Meta(min_length=2, max_length=60_000)]
Signature = Annotated[bytes, Meta(min_length=64, max_length=1_024)]
Install = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{16,64}$")]


class Signed(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Root of the signed structures: closed, and silent when printed."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __rich_repr__(self) -> Any:  # noqa: ANN401 - the protocol of rich
        yield from ()


class Jwk(Signed, frozen=True):
    """A public key on P-256, with exactly the four members it needs (RFC 7518 6.2)."""

    kty: Literal["EC"]
    crv: Literal["P-256"]
    x: Coordinate
    y: Coordinate

    @property
    def point(self) -> bytes:
        """The uncompressed point, 65 bytes; raises ValueError when it is not on the curve."""
        raw = b"\x04" + base64url_decode(self.x) + base64url_decode(self.y)
        return check_point(raw)


def check_point(raw: bytes) -> bytes:
    """Return the 65 bytes when they are a point on P-256; raises ValueError otherwise."""
    public_key(raw)
    return raw


def thumbprint(point: bytes) -> bytes:
    """Return SHA-256 of an uncompressed point: the name of a device key."""
    return sha256(point).digest()


def public_key(point: bytes) -> ec.EllipticCurvePublicKey:
    """Return the key of an uncompressed point; raises ValueError when it is not on P-256."""
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError("not a point on P-256") from None


class AndroidAttestation(Signed, tag="android", tag_field="kind", frozen=True):
    """A certificate for each key, in the order record keys, binding key, sealing key; the authorities over them."""

    keys: Annotated[list[Der], Meta(min_length=FEWEST_KEYS, max_length=MOST_KEYS + 2)]
    chain: Annotated[list[Der], Meta(min_length=1, max_length=4)]


class AppleAttestation(Signed, tag="apple", tag_field="kind", frozen=True):
    """An attested key of the app, and the client data in which the app names every key in the same order."""

    attestation_object: Annotated[bytes, Meta(min_length=64, max_length=16_384)]
    client_data: Annotated[bytes, Meta(min_length=64, max_length=16_384)]


class IssueContent(Signed, tag="issue", tag_field="type", frozen=True):
    """
    An issue application: what was read from the card, and the keys of the phone (MDOC-3, MDOC-5).

    `number_and_items` and `card_face` are the exact bytes under the two card-data signatures. The sealing key is the
    uncompressed point that letters are sealed to (D12); the binding key verifies the phone's later messages. A captured
    photo is compared with the card's and goes no further (MDOC-9); a smartphone certificate applied for together is
    kept as a status alone (MDOC-29).
    """

    nonce: Nonce
    audience: Url
    app_install_id: Install
    os_identifier: Annotated[str, Meta(max_length=16, pattern=r"^[A-Za-z0-9 ._-]+$")]
    number_and_items: Text
    number_and_items_signature: Signature
    card_face: Text
    card_face_signature: Signature
    signer_certificate: Der
    device_keys: Annotated[list[Jwk], Meta(min_length=FEWEST_KEYS, max_length=MOST_KEYS)]
    sealing_key: Point
    binding_key: Jwk
    key_attestation: AndroidAttestation | AppleAttestation
    face_photo_captured: Photo | None = None
    smartphone_certificate: bool = False


class FreshKeys(Signed, frozen=True):
    """Device keys that take the place of used ones, attested like those of an application (Order 39-5, 39-11(1) 1)."""

    nonce: Nonce
    device_keys: Annotated[list[Jwk], Meta(min_length=FEWEST_KEYS, max_length=MOST_KEYS)]
    key_attestation: AndroidAttestation | AppleAttestation

    @property
    def points(self) -> list[bytes]:
        """The points, 65 bytes each; raises ValueError when one is not on the curve."""
        return [key.point for key in self.device_keys]


class ReleaseContent(Signed, tag="release", tag_field="type", frozen=True):
    """The holder lifts a suspension, with the card (MDOC-57)."""

    nonce: Nonce
    audience: Url
    reason: Code | None = None


class LostContent(Signed, tag="lost", tag_field="type", frozen=True):
    """The holder reports from another device that the phone is lost, with the card (MDOC-52)."""

    nonce: Nonce
    audience: Url
    reason: Code | None = None


class RevokeContent(Signed, tag="revoke", tag_field="type", frozen=True):
    """The holder asks that the records lose effect, with the card (MDOC-34, Order 39-9)."""

    nonce: Nonce
    audience: Url
    reason: Code | None = None


Content = IssueContent | ReleaseContent | LostContent | RevokeContent


def read_content(data: bytes) -> Content:
    """Return the signed structure; raises msgspec.MsgspecError, UnicodeDecodeError for what it is not."""
    content: Content = msgspec.json.decode(data, type=Content)
    return content
