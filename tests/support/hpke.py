"""The phone's side of a letter: what only the sealing key opens."""

from typing import Any

import msgspec
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from registry.messages.relay import Push
from tests.support.applications import Phone


def open_letter(phone: Phone, push: Push) -> dict[str, Any]:
    """Open a letter as the phone would; raises what `cryptography` raises when it does not open."""
    info = b"tegata/letter/v1\0" + push.app_install_id.encode() + b"\0" + push.letter_id.bytes
    suite = Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_128_GCM)
    opened: dict[str, Any] = msgspec.json.decode(suite.decrypt(push.sealed, phone.sealing_key, info=info))
    return opened
