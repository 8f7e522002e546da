"""The phone's side of a letter: what only the sealing key opens."""

import zlib
from typing import Any

import msgspec
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from mdoc import cbor
from registry.messages.relay import Push
from tests.support.applications import Phone


def open_letter(phone: Phone, push: Push) -> dict[str, Any]:
    """Open a letter as the phone would; raises what `cryptography` raises when it does not open."""
    info = b"tegata/letter/v1\0" + push.app_install_id.encode() + b"\0" + push.letter_id.bytes
    suite = Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_128_GCM)
    opened: dict[str, Any] = msgspec.json.decode(suite.decrypt(push.sealed, phone.sealing_key, info=info))
    if "records" in opened:
        opened["records"] = cbor.decode(zlib.decompress(msgspec.convert(opened["records"], bytes)))
    return opened
