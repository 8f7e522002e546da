from contextlib import suppress
from typing import Any

import pytest
from asn1crypto import core, ocsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp as reading
from hypothesis import given, settings
from hypothesis import strategies as st

from pki.ca.ocsp import REQUEST_LIMIT, NoStatus, Trouble, read_question, without_status
from tests.support.hierarchy import Hierarchy

NAMED = {
    "hash_algorithm": {"algorithm": "sha256"},
    "issuer_name_hash": bytes(32),
    "issuer_key_hash": bytes(32),
    "serial_number": 7,
}


def nonce(value: bytes, *, critical: bool = False) -> dict[str, object]:
    """A nonce extension."""
    return {
        "extn_id": "nonce",
        "critical": critical,
        "extn_value": core.ParsableOctetString(core.OctetString(value).dump()),
    }


def foreign(*, critical: bool) -> dict[str, object]:
    """An extension that nobody here knows."""
    return {"extn_id": "1.2.3.4", "critical": critical, "extn_value": core.ParsableOctetString(b"\x05\x00")}


def request(
    named: dict[str, Any] | None = None, *, count: int = 1, extensions: Any = None, single: Any = None
) -> bytes:
    """A request with one thing changed."""
    one: dict[str, Any] = {"req_cert": named or NAMED}
    if single is not None:
        one["single_request_extensions"] = single
    body: dict[str, Any] = {"request_list": [one] * count}
    if extensions is not None:
        body["request_extensions"] = extensions
    encoded: bytes = ocsp.OCSPRequest({"tbs_request": body}).dump()
    return encoded


def refused(der: bytes) -> None:
    """A request that is malformed."""
    with pytest.raises(NoStatus) as refusal:
        read_question(der)
    assert refusal.value.trouble is Trouble.MALFORMED


def test_request_of_another_library(pki: Hierarchy) -> None:
    """Serial number, both digests and nonce of a request that `cryptography` wrote are read as they were written."""
    certificate, issuer = pki.certificate("document_signer"), pki.certificate("iaca")
    builder = reading.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA1())  # noqa: S303 - RFC 5019
    written = builder.add_extension(x509.OCSPNonce(b"12345678"), critical=False).build()
    question = read_question(written.public_bytes(serialization.Encoding.DER))
    (asked,) = question.asked
    assert (asked.algorithm, asked.serial, question.nonce) == ("sha1", certificate.serial_number, b"12345678")
    assert (asked.name_digest, asked.key_digest) == (written.issuer_name_hash, written.issuer_key_hash)


def test_what_is_taken() -> None:
    """Sixteen certificates, a nonce of 128 octets and an extension that is not critical are taken."""
    question = read_question(request(count=16, extensions=[nonce(bytes(128)), foreign(critical=False)]))
    assert (len(question.asked), question.nonce) == (16, bytes(128))
    assert read_question(request(single=[foreign(critical=False)])).nonce is None
    assert read_question(request(extensions=[nonce(b"1", critical=True)])).nonce == b"1"


@pytest.mark.parametrize(
    "der",
    [
        b"",
        bytes(REQUEST_LIMIT + 1),
        request() + b"\0",
        request()[:-1],
        request(count=0),
        request(count=17),
        request(extensions=[nonce(b"")]),
        request(extensions=[nonce(bytes(129))]),
        request(extensions=[nonce(b"1"), nonce(b"2")]),
        request(extensions=[foreign(critical=True)]),
        request(single=[foreign(critical=True)]),
        request(NAMED | {"hash_algorithm": {"algorithm": "sha512"}}),
        request(NAMED | {"issuer_name_hash": bytes(20)}),
        request(NAMED | {"issuer_key_hash": bytes(33)}),
    ],
)
def test_malformed_requests(der: bytes) -> None:
    """Too long, cut, with something behind it, none or too many certificates, a wrong nonce, digest or extension."""
    refused(der)


def test_answers_without_status() -> None:
    """The three answers without a status are what another library reads as such."""
    expected = {
        Trouble.MALFORMED: reading.OCSPResponseStatus.MALFORMED_REQUEST,
        Trouble.TRY_LATER: reading.OCSPResponseStatus.TRY_LATER,
        Trouble.UNAUTHORIZED: reading.OCSPResponseStatus.UNAUTHORIZED,
    }
    found = {each: reading.load_der_ocsp_response(without_status(each)).response_status for each in Trouble}
    assert found == expected


VALID = request(extensions=[nonce(b"12345678")])


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=200), st.integers(0, len(VALID) - 1), st.integers(0, 255))
def test_nothing_but_our_own_refusal_comes_out(garbage: bytes, place: int, octet: int) -> None:
    """Garbage, and a request with one octet changed, is read or refused as malformed, by nothing else."""
    changed = VALID[:place] + bytes([octet]) + VALID[place + 1 :]
    for der in (garbage, changed, b"\x30" + bytes([len(garbage) % 128]) + garbage):
        with suppress(NoStatus):
            read_question(der)
