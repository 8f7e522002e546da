"""The forms of a published list."""

import json
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import load_der_x509_certificate
from jwt.utils import base64url_decode, base64url_encode

from issuer.status_list.forms import identifier_list_form, status_list_forms
from issuer.status_list.publication import Publisher
from mdoc import status_list, status_token
from mdoc.errors import StatusTokenRefused
from mdoc.identifier_list import read_identifier_list
from tests.support.clock import START
from tests.support.hierarchy import hierarchy

URI = "https://smp.test/status-lists/1"
SIGNED: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "vectors" / "token_status_list" / "signed.json").read_text()
)


@pytest.mark.parametrize("bits", [1, 2])
def test_both_forms_say_the_same(publisher: Publisher, bits: int) -> None:
    """The JWT, read by pyjwt alone with the key of its x5c, holds the list and the terms of the CWT."""
    packed = status_list.pack([0, 1, 1, 0, 1, 0, 0, 0] * 9, bits)
    token, signed = status_list_forms(URI, bits, packed, publisher, START)
    header = jwt.get_unverified_header(signed)
    (certificate,) = header["x5c"]
    key: Any = load_der_x509_certificate(base64url_decode(certificate.replace("+", "-").replace("/", "_"))).public_key()
    claims = jwt.decode(signed, key, algorithms=["ES256"], options={"verify_exp": False, "verify_iat": False})
    read = status_token.read_status_list(token, trust=publisher.trust, at=START, uri=URI)

    assert header["typ"] == "statuslist+jwt"
    assert zlib.decompress(base64url_decode(claims["status_list"]["lst"])) == read.packed == packed
    assert claims["status_list"]["bits"] == read.bits == bits
    assert claims["status_list"]["aggregation_uri"] == read.aggregation_uri == publisher.aggregation_uri
    assert (claims["sub"], claims["ttl"]) == (URI, read.ttl)
    assert (claims["iat"], claims["exp"]) == (int(read.issued.timestamp()), int(read.expires.timestamp()))


def test_signed_token_of_the_draft() -> None:
    """The draft's JWT verifies by pyjwt with its key, and our list stands in it byte for byte."""
    x, y = (int.from_bytes(base64url_decode(SIGNED["key"][name]), "big") for name in "xy")
    key = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    claims = jwt.decode(SIGNED["jwt"], key, algorithms=["ES256"], options={"verify_exp": False})
    packed = status_list.pack([1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1], 1)

    assert claims["status_list"] == {"bits": 1, "lst": base64url_encode(status_list.compress(packed)).decode()}
    assert (claims["sub"], claims["ttl"]) == (SIGNED["uri"], SIGNED["ttl"])


def test_not_signed_by_its_certificate(publisher: Publisher) -> None:
    """What the key of the certificate did not sign never leaves, in whichever form."""
    wrong = replace(publisher, sign=hierarchy().signer("document_signer").sign)
    with pytest.raises(StatusTokenRefused):
        status_list_forms(URI, 2, bytes(8), wrong, START)
    with pytest.raises(StatusTokenRefused):
        identifier_list_form(URI, [bytes(16)], wrong, START)

    calls = []

    def only_once(data: bytes) -> bytes:
        calls.append(data)
        return publisher.sign(data) if len(calls) == 1 else bytes(64)

    with pytest.raises(jwt.InvalidSignatureError):
        status_list_forms(URI, 2, bytes(8), replace(publisher, sign=only_once), START)


def test_identifier_list(publisher: Publisher) -> None:
    """The identifier list names who is revoked."""
    token = identifier_list_form(URI, [b"a" * 16], publisher, START)
    found = read_identifier_list(token, trust=publisher.trust, at=START, uri=URI)
    assert found.identifiers == {b"a" * 16}
    assert found.aggregation_uri == publisher.aggregation_uri
