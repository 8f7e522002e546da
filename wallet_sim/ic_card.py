"""
The chip of an Individual Number Card: four applications, three PINs with retry counters, two RSA keys (MDOC-6).

A card out of the field remembers nothing: `insert` begins a session, a PIN opens what it opens in that session only.
Forms and tries of the PINs: 6 to 16 upper-case letters and digits and five tries for signing, four digits and three
tries for the others. No time lifts a lock; the municipality does.
"""

import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final, Self

import msgspec
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa


class Pin(StrEnum):
    """The credentials of the chip."""

    SIGNATURE = "signature"  # 署名用パスワード
    INPUT_SUPPORT = "input_support"  # 券面事項入力補助用暗証番号
    AUTHENTICATION = "authentication"  # 利用者証明用暗証番号


FORMS: Final = {
    Pin.SIGNATURE: re.compile(r"(?=.*[A-Z])(?=.*[0-9])[A-Z0-9]{6,16}", re.ASCII),
    Pin.INPUT_SUPPORT: re.compile(r"[0-9]{4}", re.ASCII),
    Pin.AUTHENTICATION: re.compile(r"[0-9]{4}", re.ASCII),
}
TRIES: Final = {Pin.SIGNATURE: 5, Pin.INPUT_SUPPORT: 3, Pin.AUTHENTICATION: 3}


class CardError(Exception):
    """Root of what a card refuses. No text of it holds a PIN or anything stored."""


class PinNotSet(CardError):
    """The card has not been handed over yet: nobody has set a PIN."""


class PinRefused(CardError):
    """A wrong PIN; `left` tries remain."""

    def __init__(self, left: int) -> None:
        super().__init__(f"wrong, {left} tries left")
        self.left = left


class PinLocked(CardError):
    """The tries are used up; only the municipality unlocks."""


class PinForm(CardError):
    """A new PIN has not the form that its application asks for."""


class NotVerified(CardError):
    """Something was asked for before its PIN was verified in this session."""


class Removed(CardError):
    """The card has left the field."""


class Credential(msgspec.Struct):
    """One PIN as the chip keeps it: salted digest, tries left."""

    salt: bytes
    digest: bytes
    left: int

    def __repr__(self) -> str:
        return f"<Credential, {self.left} left>"


class Chip(msgspec.Struct):
    """
    What stands in the chip. The two texts are the exact bytes under the two signatures (MDOC-7, MDOC-8).

    Keys are PKCS#8 DER; they leave the chip in no operation.
    """

    card_issue_number: str
    card_valid_until: date
    number_and_items: bytes
    number_and_items_signature: bytes
    card_face: bytes
    card_face_signature: bytes
    signer_certificate: bytes
    signature_key: bytes
    signature_certificate: bytes
    authentication_key: bytes
    authentication_certificate: bytes
    credentials: dict[Pin, Credential] = {}

    def __repr__(self) -> str:
        return "<Chip>"

    def __rich_repr__(self) -> Any:  # noqa: ANN401 - the protocol of rich
        yield from ()


@dataclass(frozen=True, repr=False)
class SignedText:
    """A text read from the chip with its signature and the signer's certificate (DER)."""

    text: bytes
    signature: bytes
    certificate: bytes


class IcCard:
    """
    A card in somebody's hand. `keep` is called after every change, before the answer is given.

    It is how the retry counters outlive the process: tries are counted down before the PIN is compared.
    """

    def __init__(self, chip: Chip, keep: Callable[[Chip], None]) -> None:
        self._chip = chip
        self._keep = keep

    def __repr__(self) -> str:
        return "<IcCard>"

    @property
    def card_issue_number(self) -> str:
        """What is printed on the card."""
        return self._chip.card_issue_number

    def left(self, pin: Pin) -> int:
        """Tell how many tries of a PIN are left; raises PinNotSet."""
        return self._credential(pin).left

    def set_pins(self, pins: dict[Pin, str], random: Callable[[int], bytes]) -> None:
        """
        Set all PINs at the counter, where the card is handed over or unlocked, with full counters.

        Raises PinForm for a missing or malformed one; then none is set.
        """
        if set(pins) != set(Pin) or not all(FORMS[pin].fullmatch(value) for pin, value in pins.items()):
            raise PinForm
        self._chip.credentials = {pin: _credential(pin, value, random(16)) for pin, value in pins.items()}
        self._keep(self._chip)

    def insert(self) -> "CardSession":
        """Put the card on a reader."""
        return CardSession(self, self._chip)

    def verify(self, pin: Pin, value: str) -> None:
        """Compare a PIN and count; raises PinNotSet, PinLocked, PinRefused."""
        credential = self._credential(pin)
        if credential.left == 0:
            raise PinLocked
        credential.left -= 1
        self._keep(self._chip)
        if not hmac.compare_digest(credential.digest, _digest(value, credential.salt)):
            raise PinRefused(credential.left)
        credential.left = TRIES[pin]
        self._keep(self._chip)

    def _credential(self, pin: Pin) -> Credential:
        credential = self._chip.credentials.get(pin)
        if credential is None:
            raise PinNotSet
        return credential


class CardSession:
    """A card on a reader, until it is taken away (`remove`, or the end of a `with`)."""

    def __init__(self, card: IcCard, chip: Chip) -> None:
        self._card = card
        self._chip = chip
        self._open: set[Pin] | None = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()

    def remove(self) -> None:
        """Take the card away: everything that was verified is forgotten."""
        self._open = None

    def verify(self, pin: Pin, value: str) -> None:
        """Open what a PIN opens for the rest of this session; raises PinNotSet, PinLocked, PinRefused, Removed."""
        self._verified().discard(pin)
        self._card.verify(pin, value)
        self._verified().add(pin)

    def read_number_and_items(self) -> SignedText:
        """Read number and four items with their signature (券面事項入力補助AP); needs INPUT_SUPPORT."""
        self._need(Pin.INPUT_SUPPORT)
        chip = self._chip
        return SignedText(chip.number_and_items, chip.number_and_items_signature, chip.signer_certificate)

    def read_card_face(self) -> SignedText:
        """Read the card face with its photo (券面事項確認AP); needs INPUT_SUPPORT."""
        self._need(Pin.INPUT_SUPPORT)
        return SignedText(self._chip.card_face, self._chip.card_face_signature, self._chip.signer_certificate)

    def signature_certificate(self) -> bytes:
        """Read the signature certificate (DER): it names the holder, so it needs SIGNATURE."""
        self._need(Pin.SIGNATURE)
        return self._chip.signature_certificate

    def sign(self, data: bytes) -> bytes:
        """Sign with the signature key: RSA PKCS#1 v1.5 with SHA-256 (JPKI AP); needs SIGNATURE."""
        self._need(Pin.SIGNATURE)
        return _sign(self._chip.signature_key, data)

    def authentication_certificate(self) -> bytes:
        """Read the user authentication certificate (DER): free, it names nobody."""
        self._verified()
        return self._chip.authentication_certificate

    def authenticate(self, challenge: bytes) -> bytes:
        """Sign a challenge with the authentication key; needs AUTHENTICATION."""
        self._need(Pin.AUTHENTICATION)
        return _sign(self._chip.authentication_key, challenge)

    def _verified(self) -> set[Pin]:
        if self._open is None:
            raise Removed
        return self._open

    def _need(self, pin: Pin) -> None:
        if pin not in self._verified():
            raise NotVerified


def private_key_der(key: rsa.RSAPrivateKey) -> bytes:
    """Return a key as the chip stores it."""
    pkcs8, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.DER, pkcs8, plain)


def public_key_der(private: bytes) -> bytes:
    """Return the public half (SubjectPublicKeyInfo) of a stored key."""
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    return _load(private).public_key().public_bytes(serialization.Encoding.DER, spki)


def _load(private: bytes) -> rsa.RSAPrivateKey:
    # A chip made the key itself, and nobody else writes into its memory: it does not ask again whether p is prime.
    key = serialization.load_der_private_key(private, password=None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise CardError("the stored key is no RSA key")
    return key


def _sign(private: bytes, data: bytes) -> bytes:
    return _load(private).sign(data, padding.PKCS1v15(), hashes.SHA256())


def _credential(pin: Pin, value: str, salt: bytes) -> Credential:
    return Credential(salt, _digest(value, salt), TRIES[pin])


def _digest(value: str, salt: bytes) -> bytes:
    """A chip compares inside its own walls; the retry counter, not the digest, is what protects four digits."""
    return sha256(salt + value.encode()).digest()
