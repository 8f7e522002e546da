from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256, sha384, sha512
from typing import Any

import pytest

from mdoc import cbor, mso
from mdoc.errors import MalformedData
from tests.mdoc.world import AT, DEVICE_KEY, ISO, MNC, STATUS, VALIDITY

DIGESTS = {ISO: {0: bytes(32), 5: b"\x01" * 32}}


def encoded() -> bytes:
    """An MSO as we write it."""
    return mso.encode_mso(MNC, DIGESTS, DEVICE_KEY.public_key(), VALIDITY, STATUS)


def edited(edit: Callable[[Any], object]) -> bytes:
    """The MSO after an edit."""
    content: Any = cbor.decode(encoded()).open()
    edit(content)
    return cbor.Embedded(cbor.encode(content)).tagged


@pytest.mark.requirement("MDOC-22")
def test_mso_is_read_as_written() -> None:
    """Digests, device key, validity and status of an MSO survive writing and reading."""
    read = mso.read_mso(encoded())
    assert (read.doc_type, read.value_digests, read.validity, read.status) == (MNC, DIGESTS, VALIDITY, STATUS)
    assert read.device_key == DEVICE_KEY.public_key()
    assert read.digest_algorithm == "SHA-256"
    assert "digest" not in repr(read)


def test_digest_covers_the_whole_tagged_item() -> None:
    """The digest is over the given bytes with the named algorithm, for all three that a reader must know."""
    for name, function in (("SHA-256", sha256), ("SHA-384", sha384), ("SHA-512", sha512)):
        assert mso.digest(name, b"\xd8\x18\x41\xa0") == function(b"\xd8\x18\x41\xa0").digest()


def test_expected_update_and_missing_status_are_kept() -> None:
    """An expected update is written and read; a document without status has none."""
    validity = mso.Validity(AT, AT, AT + timedelta(days=9), AT + timedelta(days=8))
    read = mso.read_mso(mso.encode_mso(MNC, DIGESTS, DEVICE_KEY.public_key(), validity, None))
    assert (read.validity, read.status) == (validity, None)


def test_what_the_future_adds_is_left_alone() -> None:
    """A newer minor version, unknown entries and another kind of status do no harm."""
    data = edited(lambda one: one.update(version="1.7", more=[1], status={"later_list": {"id": b"1", "uri": "u"}}))
    read = mso.read_mso(data)
    assert (read.status, read.identifier) == (None, None)


@pytest.mark.parametrize("certificate", [None, b"certificate"])
def test_both_status_mechanisms_are_read_as_written(certificate: bytes | None) -> None:
    """A status list and an identifier list, with or without the certificate behind their signer, stand in one MSO."""
    status = mso.StatusReference("https://lists.example/1", 7, certificate)
    identifier = mso.IdentifierReference("https://lists.example/2", bytes(16), certificate)
    for given in ((status, identifier), (status, None), (None, identifier)):
        read = mso.read_mso(mso.encode_mso(MNC, DIGESTS, DEVICE_KEY.public_key(), VALIDITY, *given))
        assert (read.status, read.identifier) == given
    assert "lists.example" not in repr(identifier)


def test_other_digest_algorithms_are_read() -> None:
    """SHA-384 digests are accepted with their own length."""
    data = edited(lambda one: one.update(digestAlgorithm="SHA-384", valueDigests={ISO: {0: bytes(48)}}))
    assert mso.read_mso(data).digest_algorithm == "SHA-384"


def test_authorizations_are_read() -> None:
    """Whole namespaces and single elements are told apart."""
    value = {"nameSpaces": ["a"], "dataElements": {"b": ["x"]}}
    read = mso.read_mso(edited(lambda one: one["deviceKeyInfo"].update(keyAuthorizations=value))).key_authorizations
    assert read.allows("a", "anything")
    assert read.allows("b", "x")
    assert not read.allows("b", "y")
    assert not read.allows("c", "x")


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (lambda one: one.pop("version"), "version is missing"),
        (lambda one: one.update(version="2.0"), "major version"),
        (lambda one: one.update(digestAlgorithm="MD5"), "three of the standard"),
        (lambda one: one.pop("docType"), "docType"),
        (lambda one: one.update(docType=""), "empty"),
        (lambda one: one.update(valueDigests={}), "empty"),
        (lambda one: one.update(valueDigests={ISO: {1 << 31: bytes(32)}}), "wrong number or length"),
        (lambda one: one.update(valueDigests={ISO: {-1: bytes(32)}}), "wrong number or length"),
        (lambda one: one.update(valueDigests={ISO: {0: bytes(31)}}), "wrong number or length"),
        (
            lambda one: one.update(valueDigests={ISO: {0: bytes(32), 7: "x"}}),
            r"valueDigests\['org.iso.23220.1'\].7: not of type bstr",
        ),
        (lambda one: one.update(valueDigests={ISO: {}}), r"valueDigests\['org.iso.23220.1'\]: empty"),
        (lambda one: one.update(valueDigests={ISO: {"0": bytes(32)}}), "int"),
        (lambda one: one.update(valueDigests={"": {0: bytes(32)}}), "empty"),
        (lambda one: one.update(deviceKeyInfo={}), "deviceKey"),
        (lambda one: one["deviceKeyInfo"].update(keyAuthorizations={}), "keyAuthorizations: empty"),
        (lambda one: one["deviceKeyInfo"].update(keyAuthorizations={"nameSpaces": []}), "nameSpaces: empty"),
        (lambda one: one["deviceKeyInfo"].update(keyAuthorizations={"dataElements": {}}), "dataElements: empty"),
        (
            lambda one: one["deviceKeyInfo"].update(keyAuthorizations={"dataElements": {ISO: []}}),
            r"deviceKeyInfo\.keyAuthorizations\.dataElements\['org.iso.23220.1'\]: empty",
        ),
        (
            lambda one: one["deviceKeyInfo"].update(keyAuthorizations={"nameSpaces": ["a", 5]}),
            r"keyAuthorizations\.nameSpaces\[1\]: not of type tstr",
        ),
        (lambda one: one["deviceKeyInfo"].update(keyInfo=[]), r"deviceKeyInfo\.keyInfo: not of type map"),
        (
            lambda one: one["deviceKeyInfo"].update(
                keyAuthorizations={"nameSpaces": ["a"], "dataElements": {"a": ["x"]}}
            ),
            "authorised twice",
        ),
        (lambda one: one["validityInfo"].update(validFrom=AT - timedelta(seconds=1)), "before signed"),
        (lambda one: one["validityInfo"].update(validUntil=AT), "after validFrom"),
        (lambda one: one["validityInfo"].update(signed="2026-04-10T01:00:00Z"), "tdate"),
        (lambda one: one.update(status={"status_list": {"idx": -1, "uri": "u"}}), "negative"),
        (lambda one: one.update(status={"status_list": {"idx": 1}}), r"status\.status_list\.uri: not of type tstr"),
        (lambda one: one.update(status={"status_list": {"idx": 1, "uri": ""}}), "empty"),
        (lambda one: one.update(status={"status_list": {"idx": 1, "uri": "u", "certificate": "x"}}), "bstr"),
        (lambda one: one.update(status={"identifier_list": {"id": b"", "uri": "u"}}), r"identifier_list\.id: empty"),
        (lambda one: one.update(status={"identifier_list": {"id": "x", "uri": "u"}}), "bstr"),
        (lambda one: one.update(status={"identifier_list": {"id": b"x"}}), r"identifier_list\.uri"),
        (lambda one: one.update(status=[]), "status: not of type map"),
    ],
)
def test_malformed_mso_is_refused(edit: Callable[[Any], object], reason: str) -> None:
    """Each fault in an MSO is refused with its reason."""
    with pytest.raises(MalformedData, match=reason):
        mso.read_mso(edited(edit))


def test_payload_is_wrapped_in_tag_24() -> None:
    """An MSO that is not wrapped in tag 24, as some issuers send it, is refused."""
    embedded: cbor.Embedded = cbor.decode(encoded())
    with pytest.raises(MalformedData, match="tag 24"):
        mso.read_mso(embedded.content)


def test_impossible_validity_is_not_written() -> None:
    """A document that ends before it begins is not made."""
    for validity in (mso.Validity(AT, AT, AT), mso.Validity(AT, AT - timedelta(seconds=1), AT)):
        with pytest.raises(MalformedData):
            mso.encode_mso(MNC, DIGESTS, DEVICE_KEY.public_key(), validity, None)
