"""The work that is measured: one mdoc with eight small elements and a portrait of 20,000 bytes, under an IACA root."""

import os
from base64 import b64encode
from datetime import date, timedelta
from functools import cache
from hashlib import shake_256
from importlib.machinery import EXTENSION_SUFFIXES
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from mdoc import algorithms, mint
from mdoc.catalogue.mdl import ISO_18013, NAME
from mdoc.mso import Validity
from pki.trust.anchors import Anchors
from tests.pki.trust.conftest import AT, LEAF, ROOT

DEVICE_KEY: Final = ec.generate_private_key(ec.SECP256R1())
DEVICE_POINT: Final = DEVICE_KEY.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
VALIDITY: Final = Validity(AT, AT, AT + timedelta(days=9))
# As many digests as elements: the peers make no decoys, and the work is to be the same. A line of its own has ours.
DIGESTS: Final = 9
PORTRAIT: Final = shake_256(b"portrait").digest(20_000)
ELEMENTS: Final[dict[str, dict[str, object]]] = {
    ISO_18013: {
        "family_name": "Ban",
        "given_name": "Hanako",
        "birth_date": date(1971, 9, 1),
        "issue_date": date(2026, 4, 1),
        "expiry_date": date(2030, 4, 1),
        "issuing_country": "JP",
        "issuing_authority": "Authority",
        "document_number": "123456789",
        "portrait": PORTRAIT,
    }
}
# Peers ask their own clock about the signer's certificate, so it is in force whenever that is.
SIGNER: Final = LEAF.but(end=AT + timedelta(days=36_500))
SIGNER_ROOT: Final = ROOT.but(end=AT + timedelta(days=36_500))
SIGNER_KEY: Final[ec.EllipticCurvePrivateKey] = SIGNER.key
chance: Final = os.urandom  # noqa: TID251 - what the kernel's randomness costs is part of the work
sign: Final = algorithms.software_signer(SIGNER_KEY)


def is_compiled() -> bool:
    """Tell whether this process found the compiled form of the hot path before its source."""
    return str(mint.__file__).endswith(tuple(EXTENSION_SUFFIXES))


@cache
def chain() -> tuple[bytes, ...]:
    """The signer's certificate, without the root."""
    return (SIGNER.der(),)


@cache
def anchors() -> Anchors:
    """The root."""
    return SIGNER_ROOT.anchors()


def document(digests: int = DIGESTS) -> bytes:
    """One IssuerSigned with this many digests."""
    prepared = mint.Mint(NAME, ELEMENTS, VALIDITY, decoys_to=digests).prepare(DEVICE_POINT, random=chance, status=None)
    return mint.complete(prepared, sign(prepared.to_be_signed), chain())


def for_peers(issued: bytes) -> dict[str, object]:
    """The same work as JSON: dates as text, bytes in base64, keys in PEM; `document` is one that we issued."""
    values = ELEMENTS[ISO_18013]
    return {
        "doc_type": NAME,
        "name_space": ISO_18013,
        "texts": {name: value for name, value in values.items() if isinstance(value, str)},
        "dates": {name: value.isoformat() for name, value in values.items() if isinstance(value, date)},
        "portrait": _text(PORTRAIT),
        "signer_key": _pem(SIGNER_KEY),
        "signer": _text(chain()[0]),
        "root": _text(anchors().certificates()[0].public_bytes(Encoding.DER)),
        "device_key": _pem(DEVICE_KEY),
        "signed": VALIDITY.signed.isoformat(),
        "valid_until": VALIDITY.valid_until.isoformat(),
        "document": _text(issued),
    }


def _text(data: bytes) -> str:
    return b64encode(data).decode()


def _pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
