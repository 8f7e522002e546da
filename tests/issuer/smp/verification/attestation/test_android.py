"""Android-like attestations: each statement about a key with its own code."""

from typing import Any

import pytest

from issuer.errors import Code
from tests.issuer.smp.verification.attestation.ground import NONCE, code_of
from tests.support.applications import Holder
from tests.support.attestations import (
    Phone,
    android_attestation,
)
from wallet_sim.phone.android import AGREE_KEY, SIGN, SOFTWARE, UNVERIFIED

STATED: list[tuple[str, dict[str, Any], Code]] = [
    ("record", {"challenge": b"another"}, Code.ATTESTATION_CHALLENGE),
    ("sealing", {"challenge": bytes(32)}, Code.ATTESTATION_CHALLENGE),
    ("record", {"attestation_level": SOFTWARE}, Code.ATTESTATION_LEVEL),
    ("record", {"keymint_level": SOFTWARE}, Code.ATTESTATION_LEVEL),
    ("binding", {"keymint_level": SOFTWARE}, Code.ATTESTATION_LEVEL),
    ("record", {"device_locked": False}, Code.ATTESTATION_BOOT),
    ("record", {"boot_state": UNVERIFIED}, Code.ATTESTATION_BOOT),
    ("record", {"boot_state": 1}, Code.ATTESTATION_BOOT),
    ("record", {"boot_state": None}, Code.ATTESTATION_BOOT),
    ("record", {"package": "jp.tegata.wallet.copy"}, Code.ATTESTATION_APP),
    ("record", {"signer": bytes(32)}, Code.ATTESTATION_APP),
    ("record", {"purposes": (SIGN, AGREE_KEY)}, Code.ATTESTATION_USE),
    ("sealing", {"purposes": (SIGN,)}, Code.ATTESTATION_USE),
    ("binding", {"purposes": (AGREE_KEY,)}, Code.ATTESTATION_USE),
    ("record", {"user": False}, Code.ATTESTATION_USE),
    ("record", {"origin": 2}, Code.ATTESTATION_USE),
    ("record", {"algorithm": 1}, Code.ATTESTATION_USE),
    ("record", {"curve": 2}, Code.ATTESTATION_USE),
]


@pytest.mark.parametrize(("use", "stated", "code"), STATED, ids=lambda value: str(value)[:40])
@pytest.mark.requirement("MDOC-2", "MDOC-23")
def test_what_an_android_like_phone_states_of_a_key_must_be_right(
    holder: Holder, phone: Phone, use: str, stated: dict[str, Any], code: Code
) -> None:
    """Challenge, security levels, boot state, app and use are each refused by their own code."""
    assert code_of(holder, phone, android_attestation(phone, NONCE, bend={use: stated})) == code
