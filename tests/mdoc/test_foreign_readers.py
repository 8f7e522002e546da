"""Readers of other people accept what we issue and present: one house could agree with itself on a mistake."""

import warnings
from typing import Any

import pytest
from cryptography import x509

from mdoc import cbor, issue, present, session_transcript
from tests.mdoc.world import (
    AT,
    ELEMENTS,
    ISO,
    JP,
    MNC,
    certificate,
    issued,
    prepared,
    request,
    sign_device,
    sign_issuer,
)

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the foreign packages' own affair
    import isomdoc
    from pymdoccbor.mdoc.verifier import MdocCbor

TRANSCRIPT = session_transcript.openid4vp_dc_api("https://verifier.example", "n", None)
ASKED = {name: list(values) for name, values in ELEMENTS.items()}


def response() -> bytes:
    """A presentation of everything."""
    return present.respond([issued()], request(ASKED)[1], TRANSCRIPT, sign_device)


@pytest.mark.requirement("MDOC-22")
def test_isomdoc_accepts_our_presentation() -> None:
    """Isomdoc accepts issuer signature, digests and device signature, and reads the elements."""
    read: Any = isomdoc.verify_device_response(response(), cbor.decode(TRANSCRIPT))
    (document,) = read.documents
    assert document.issuer_signed.get_element_value(JP, "full_name_unicode") == ELEMENTS[JP]["full_name_unicode"]
    assert document.issuer_signed.get_element_value(ISO, "sex") == 2


@pytest.mark.requirement("MDOC-22")
def test_pymdoccbor_accepts_our_document() -> None:
    """Pymdoccbor accepts issuer signature and digests."""
    reader = MdocCbor()
    reader.loads(response())
    assert reader.verify()
    assert reader.documents[0].hash_verification["valid"]


def test_foreign_readers_refuse_what_was_changed() -> None:
    """Both readers refuse a document with an exchanged element, so their consent means something."""
    decoded: Any = cbor.decode(response())
    items = decoded["documents"][0]["issuerSigned"]["nameSpaces"][ISO]
    items[0] = cbor.Embedded(cbor.encode(items[0].open() | {"elementValue": 9}))
    data = cbor.encode(decoded)
    reader = MdocCbor()
    reader.loads(data)
    assert not reader.verify()
    with pytest.raises(RuntimeError, match="Digest"):
        isomdoc.verify_device_response(data, cbor.decode(TRANSCRIPT))


def test_two_certificates_are_read_by_a_foreign_reader() -> None:
    """A chain of two travels as an array that isomdoc reads."""
    document = prepared()
    chain = [certificate(), certificate("Intermediate")]
    made = issue.complete(document, sign_issuer(document.to_be_signed), chain)
    data = present.respond([made], request(ASKED, MNC)[1], TRANSCRIPT, sign_device)
    read: Any = isomdoc.verify_device_response(data, cbor.decode(TRANSCRIPT))
    assert [one.serial_number for one in read.documents[0].issuer_signed.mso_certificate_chain] == [7, 7]
    assert x509.load_der_x509_certificate(chain[1]).not_valid_after_utc > AT
