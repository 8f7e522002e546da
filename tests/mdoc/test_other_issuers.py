"""Documents that others issued, checked against their makers' own roots: foreign material that we did not make."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from mdoc import device_response, session_transcript, verify
from mdoc.errors import InvalidDate, Untrusted, VerificationFailed
from pki.trust.anchors import Anchor, Anchors
from pki.trust.mdoc import document_signer_trust
from tests.mdoc.test_annex_d import AT as ANNEX_D_AT
from tests.mdoc.test_annex_d import key, transcript, vector

VECTORS = Path(__file__).parents[1] / "vectors" / "other_issuers" / "documents.json"


@cache
def documents() -> dict[str, dict[str, str]]:
    """The documents by name."""
    read: dict[str, dict[str, str]] = json.loads(VECTORS.read_text())
    return read


def response(name: str) -> bytes:
    """The DeviceResponse of a document."""
    return bytes.fromhex(documents()[name]["device_response"])


def session(name: str) -> bytes:
    """The SessionTranscript in which a document was presented, as given or made of what its request said."""
    one = documents()[name]
    if "transcript" in one:
        return bytes.fromhex(one["transcript"])
    thumbprint = bytes.fromhex(one["jwk_thumbprint"])
    return session_transcript.openid4vp_redirect(one["client_id"], one["nonce"], one["response_uri"], thumbprint)


def at(name: str) -> datetime:
    """An instant at which a document and its signer were valid."""
    return datetime.strptime(documents()[name]["at"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def root(der: bytes) -> verify.Trust:
    """Trust in a root alone, with every rule of the path."""
    return document_signer_trust(Anchors((Anchor(x509.load_der_x509_certificate(der)),)))


def directly_under(der: bytes) -> verify.Trust:
    """Trust in what a root signed, for makers whose certificates lack what the profiles of the standard demand."""

    def trust(chain: Sequence[bytes], _doc_type: str, when: datetime) -> verify.SignerCertificate:
        signer: Any = x509.load_der_x509_certificate(chain[0])
        signer.verify_directly_issued_by(x509.load_der_x509_certificate(der))
        if not signer.not_valid_before_utc <= when <= signer.not_valid_after_utc:
            raise Untrusted("expired")
        valid = signer.not_valid_before_utc, signer.not_valid_after_utc
        return verify.SignerCertificate(signer.public_key(), *valid, "XX", None)

    return trust


def accept(name: str, trust: verify.Trust) -> verify.VerifiedDocument:
    """The verified document of a response."""
    return verify.verify_device_response(response(name), session(name), trust=trust, at=at(name))[0]


def test_document_of_the_standard_under_its_root() -> None:
    """The response of ISO/IEC 18013-5 Annex D verifies under the IACA certificate of the standard, by every rule."""
    verified = verify.verify_device_response(
        vector("device_response"),
        transcript(),
        trust=root(vector("iaca_certificate")),
        at=ANNEX_D_AT,
        reader_key=key("ephemeral_reader_key_d"),
    )
    assert verified[0].signer.country == "US"


@pytest.mark.requirement("MDOC-22")
def test_wallet_response_over_openid4vp_under_its_root() -> None:
    """A PID that Animo issued and Paradym presented over OpenID4VP 1.0 verifies: lengths there are not the shortest."""
    verified = accept("animo_pid", root(bytes.fromhex(documents()["animo_pid"]["root"])))
    assert verified.doc_type == "eu.europa.ec.eudi.pid.1"
    assert verified.elements["eu.europa.ec.eudi.pid.1"] == {"given_name": "Erika", "family_name": "Mustermann"}
    assert verified.validity.expected_update == datetime(2026, 7, 9, 23, 35, 34, tzinfo=UTC)


def test_age_verification_under_its_root() -> None:
    """A document of the EU's age verification profile verifies under its maker's root."""
    verified = accept("age_verification", directly_under(bytes.fromhex(documents()["age_verification"]["root"])))
    assert verified.elements == {"eu.europa.ec.av.1": {"age_over_18": True}}


def test_own_elements_without_authorization_are_refused() -> None:
    """The same document with an element of the device's own is refused: its MSO allows none."""
    name = "age_verification_own_elements"
    with pytest.raises(VerificationFailed) as failed:
        accept(name, directly_under(bytes.fromhex(documents()[name]["root"])))
    assert failed.value.step is verify.Step.KEY_AUTHORIZATIONS


def test_licence_under_its_published_key() -> None:
    """A licence of the Open Wallet Foundation verifies under the signer's key that was published with it."""
    name = "open_wallet_foundation_mdl"
    point = bytes.fromhex("04" + documents()[name]["signer_x"] + documents()[name]["signer_y"])
    published = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)

    def trust(_chain: Sequence[bytes], _doc_type: str, _when: datetime) -> verify.SignerCertificate:
        return verify.SignerCertificate(
            published, datetime(2024, 9, 2, tzinfo=UTC), datetime(2025, 9, 2, tzinfo=UTC), "UT", None
        )

    assert accept(name, trust).elements["org.iso.18013.5.1"]["height"] == 175


def test_instant_with_a_fraction_is_refused_at_its_place() -> None:
    """A licence whose instants have fractions of a second is refused, and the error says where the first stands."""
    read = device_response.decode_response(response("digital_credentials_dev_mdl")).documents[0]
    with pytest.raises(InvalidDate) as refused:
        read.issuer_signed.mso()
    assert refused.value.path == "documents[0].issuerSigned.issuerAuth.payload.validityInfo.signed"


@pytest.mark.parametrize("name", ["animo_pid", "age_verification", "open_wallet_foundation_mdl"])
def test_other_session_is_refused(name: str) -> None:
    """None of them is accepted in another session than its own."""

    def trust(chain: Sequence[bytes], _doc_type: str, _when: datetime) -> verify.SignerCertificate:
        signer: Any = x509.load_der_x509_certificate(chain[0])
        valid = signer.not_valid_before_utc, signer.not_valid_after_utc
        return verify.SignerCertificate(signer.public_key(), *valid, "XX", None)

    other = session_transcript.openid4vp_dc_api("https://other.example", "nonce", None)
    with pytest.raises(VerificationFailed) as failed:
        verify.verify_device_response(response(name), other, trust=trust, at=at(name))
    assert failed.value.step is verify.Step.DEVICE_AUTHENTICATION
