"""Apple-like attestations: each part of the app's word with its own code."""

from typing import Any

import msgspec
import pytest
from cryptography import x509

from issuer.errors import Code
from issuer.smp.verification.attestation import apple, key_description
from mdoc import cbor
from tests.issuer.smp.verification.attestation.ground import NONCE, code_of
from tests.support.applications import Holder
from tests.support.attestations import (
    Phone,
    apple_attestation,
)
from wallet_sim.phone.content import AppleAttestation

NOWHERE = {"kty": "EC", "crv": "P-256", "x": "A" * 43, "y": "A" * 43}


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"client": {"key_storage": "software"}}, Code.ATTESTATION_LEVEL),
        ({"client": {"user_authentication": "none"}}, Code.ATTESTATION_USE),
        ({"client": {"challenge": bytes(32)}}, Code.ATTESTATION_CHALLENGE),
        (
            {"client": {"keys": [NOWHERE] * 4}},
            Code.ATTESTATION_KEYS,
        ),
        ({"authenticator": {"app": "OTHERTEAM0.jp.tegata.wallet"}}, Code.ATTESTATION_APP),
        ({"authenticator": {"environment": b"appattestdevelop"}}, Code.ATTESTATION_LEVEL),
        ({"authenticator": {"counter": 1}}, Code.ATTESTATION_CHALLENGE),
        ({"authenticator": {"credential_id": bytes(32)}}, Code.ATTESTATION_KEYS),
        ({"sent": b"{" + b" " * 80 + b"}"}, Code.ATTESTATION_MALFORMED),
        ({"extension": x509.UnrecognizedExtension(apple.OID, b"\x30\x00")}, Code.ATTESTATION_EXTENSION),
        (
            {"extension": x509.UnrecognizedExtension(key_description.OID, b"\x05\x00")},
            Code.ATTESTATION_EXTENSION,
        ),
    ],
    ids=lambda value: str(value)[:50],
)
@pytest.mark.requirement("MDOC-2", "MDOC-23")
def test_what_an_apple_like_phone_says_must_be_right(
    holder: Holder, phone: Phone, changed: dict[str, Any], code: Code
) -> None:
    """Storage, user authentication, app, environment, counter, key id and extension are each refused by their code."""
    assert code_of(holder, phone, apple_attestation(phone, NONCE, **changed)) == code


def test_client_data_that_was_not_attested_is_refused(holder: Holder, phone: Phone) -> None:
    """The app's word counts only as it was attested: one more blank is another word."""
    sound = apple_attestation(phone, NONCE)
    longer = replace_struct(sound, client_data=sound.client_data + b" ")
    assert code_of(holder, phone, longer) == Code.ATTESTATION_CHALLENGE


def replace_struct(attestation: AppleAttestation, **changed: Any) -> AppleAttestation:
    """Return the attestation with other parts."""
    return msgspec.structs.replace(attestation, **changed)


@pytest.mark.parametrize(
    "value",
    [
        b"\x00" * 80,
        {"fmt": "packed"},
        {"attStmt": {"x5c": [b"a", b"b"]}},
        {"attStmt": {"x5c": [b"a"], "receipt": b""}},
        {"attStmt": {"x5c": "ab", "receipt": b""}},
        {"authData": "text"},
        {"authData": bytes(20)},
        {"more": 1},
    ],
    ids=str,
)
def test_an_object_of_another_shape_is_refused(holder: Holder, phone: Phone, value: Any) -> None:
    """What is no attestation object is malformed, whatever else it is; nothing of it is repaired."""
    sound = apple_attestation(phone, NONCE)
    changed = value if isinstance(value, bytes) else cbor.encode(cbor.decode(sound.attestation_object) | value)
    code = code_of(holder, phone, replace_struct(sound, attestation_object=changed))
    assert code in {Code.ATTESTATION_MALFORMED, Code.ATTESTATION_CHALLENGE}
    assert (code == Code.ATTESTATION_CHALLENGE) == (value == {"authData": bytes(20)})
