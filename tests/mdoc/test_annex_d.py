"""The example session of ISO/IEC 18013-5 Annex D, from both sides: foreign material that we did not make."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from mdoc import cbor, device_engagement, device_request, device_response, device_signed, reader_auth, session, verify
from mdoc.errors import VerificationFailed

VECTORS = Path(__file__).parents[1] / "vectors" / "iso18013_5_annex_d" / "vectors.json"
AT = datetime(2020, 10, 2, tzinfo=UTC)


@cache
def vector(name: str) -> bytes:
    """One vector as bytes."""
    values: dict[str, str] = json.loads(VECTORS.read_text())
    return bytes.fromhex(values[name])


def key(name: str) -> ec.EllipticCurvePrivateKey:
    """One of the private keys."""
    return ec.derive_private_key(int.from_bytes(vector(name), "big"), ec.SECP256R1())


def transcript() -> bytes:
    """The bare SessionTranscript array."""
    embedded: cbor.Embedded = cbor.decode(vector("session_transcript_bytes"))
    return embedded.content


def handover() -> tuple[bytes, tuple[bytes, bytes | None]]:
    """The engagement and the two NFC messages."""
    parts: list[Any] = cbor.decode(transcript())
    return parts[0].content, (parts[2][0], parts[2][1])


def trust(chain: Sequence[bytes], at: datetime) -> verify.SignerCertificate:
    """Take the certificate as it is: its path is not the subject here."""
    found = x509.load_der_x509_certificate(chain[0])
    assert found.not_valid_before_utc <= at <= found.not_valid_after_utc
    public: Any = found.public_key()
    return verify.SignerCertificate(public, found.not_valid_before_utc, found.not_valid_after_utc, "US", None)


def response(at: datetime = AT, reader_key: ec.EllipticCurvePrivateKey | None = None) -> verify.VerifiedDocument:
    """The verified document of the response."""
    documents = verify.verify_device_response(
        vector("device_response"),
        transcript(),
        trust=lambda chain, _doc_type, when: trust(chain, when),
        at=at,
        reader_key=reader_key or key("ephemeral_reader_key_d"),
    )
    return documents[0]


def test_phone_opens_the_session_of_the_standard() -> None:
    """A phone with the standard's ephemeral key derives its keys and reads its request."""
    engagement, nfc = handover()
    device = session.DeviceSession.from_establishment(
        engagement, key("ephemeral_device_key_d"), vector("session_establishment"), nfc=nfc
    )
    assert device.transcript == transcript()
    assert device.request == vector("device_request")
    assert device.encrypt(vector("device_response")) == vector("session_data")


def test_reader_makes_the_session_of_the_standard() -> None:
    """A reader with the standard's ephemeral key writes the same establishment and reads the response and the end."""
    engagement, nfc = handover()
    reader = session.ReaderSession.from_engagement(engagement, key("ephemeral_reader_key_d"), nfc=nfc)
    assert reader.transcript == transcript()
    assert reader.establish(vector("device_request")) == vector("session_establishment")
    assert reader.decrypt(vector("session_data")) == (vector("device_response"), None)
    assert reader.decrypt(vector("session_termination")) == (None, session.SessionStatus.TERMINATION)


@pytest.mark.requirement("MDOC-22")
def test_response_of_the_standard_verifies() -> None:
    """Issuer signature, six digests and deviceMac of the standard's response hold."""
    document = response()
    elements = document.elements["org.iso.18013.5.1"]
    assert elements["family_name"] == "Doe"
    assert elements["issue_date"] == date(2019, 10, 20)
    assert len(elements) == 6
    assert document.doc_type == "org.iso.18013.5.1.mDL"


def test_mac_needs_the_key_of_this_session() -> None:
    """With another reader key the deviceMac of the standard fails at device authentication."""
    with pytest.raises(VerificationFailed) as failed:
        response(reader_key=ec.derive_private_key(5, ec.SECP256R1()))
    assert failed.value.step is verify.Step.DEVICE_AUTHENTICATION


def test_mac_is_the_one_of_the_standard() -> None:
    """The MAC that a phone computes with the standard's static key is byte for byte the standard's."""
    document = device_response.decode_response(vector("device_response")).documents[0]
    reader_key = key("ephemeral_reader_key_d").public_key()
    secret = device_signed.mac_key(key("static_device_key_d"), reader_key, transcript())
    made: Any = device_signed.with_mac(transcript(), document.doc_type, secret)
    assert document.device_signed.mac is not None
    assert made["deviceAuth"]["deviceMac"][3] == document.device_signed.mac.auth_tag


def test_request_of_the_standard_is_signed_by_its_reader() -> None:
    """Reader authentication of the standard holds in its session, and in no other."""
    asked = device_request.decode_request(vector("device_request")).doc_requests[0]
    assert asked.name_spaces["org.iso.18013.5.1"]["portrait"] is False
    assert reader_auth.verify(asked, transcript(), trust=trust, at=AT).country == "US"
    with pytest.raises(VerificationFailed):
        reader_auth.verify(asked, transcript()[:-1] + b"\x15", trust=trust, at=AT)


def test_requests_and_engagements_are_written_as_the_standard_writes_them() -> None:
    """What we decode and write again is byte for byte the standard's."""
    asked = device_request.decode_request(vector("device_request")).doc_requests[0]
    written = device_request.items_request(asked.doc_type, asked.name_spaces)
    assert written == asked.items_request.content
    assert device_request.encode_request([(written, asked.reader_auth_value)]) == vector("device_request")
    engagement = device_engagement.decode_engagement(vector("device_engagement"))
    assert device_engagement.encode_engagement(engagement.device_key, engagement.methods) == vector("device_engagement")
    assert engagement.methods[0].kind == device_engagement.BLE
