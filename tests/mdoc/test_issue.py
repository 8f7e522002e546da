from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding

from mdoc import cbor, issue, issuer_signed, issuer_signed_item, sig_structure
from mdoc.errors import MalformedData, OutsideProfile, SignatureRefused
from mdoc.signature_form import der_signature
from tests.mdoc.world import (
    AT,
    DEVICE_KEY,
    ELEMENTS,
    ISO,
    JP,
    MNC,
    ROOT_KEY,
    STATUS,
    VALIDITY,
    certificate,
    issued,
    name,
    prepared,
    sign_device,
    sign_issuer,
)
from tests.support.entropy import SeededBytes


@pytest.mark.requirement("MDOC-22")
def test_digests_do_not_tell_which_elements_exist() -> None:
    """Every namespace has the same number of digests, whatever it holds, and each item has its own among them."""
    document = issuer_signed.decode_issuer_signed(issued())
    digests = document.mso().value_digests
    assert {len(one) for one in digests.values()} == {issue.DECOYS_TO}
    for space, items in document.name_spaces.items():
        assert len({digests[space][item.digest_id] for item in items}) == len(items)
        assert list(digests[space]) == list(range(issue.DECOYS_TO))


def test_digest_ids_say_nothing_about_elements() -> None:
    """Over many documents an element lands on every digest id, and items stand in the order of their ids."""
    random = SeededBytes("many")
    places: Counter[int] = Counter()
    for _ in range(200):
        made = issue.prepare(
            MNC, {ISO: {"a": 1, "b": 2}}, DEVICE_KEY.public_key(), VALIDITY, random=random, status=None, decoys_to=4
        )
        items = [issuer_signed_item.read_item(cbor.decode(item), "i") for item in made.name_spaces[ISO]]
        assert [item.digest_id for item in items] == sorted(item.digest_id for item in items)
        places.update(item.digest_id for item in items if item.identifier == "a")
    assert set(places) == {0, 1, 2, 3}
    assert min(places.values()) > 25


def test_every_order_of_digest_ids_is_as_likely() -> None:
    """Of the twenty-four orders of four ids each comes about 250 times in 6,000, give or take five sigma."""
    random = SeededBytes("orders")
    orders = Counter(tuple(issue.draw(4, 4, random, 32)[0]) for _ in range(6000))
    assert len(orders) == 24
    assert max(abs(count - 250) for count in orders.values()) < 80


@pytest.mark.parametrize("word", [b"\x00", b"\xff"])
def test_any_chance_gives_every_id_once(word: bytes) -> None:
    """Chance that says the same again and again still gives an order of all ids."""
    ids, salts, digests = issue.draw(9, 16, lambda count: word * count, 32)
    assert len(set(ids)) == len(salts) == 9
    assert digests.count(b"") == 9
    assert {number for number, digest in enumerate(digests) if not digest} == set(ids)


@pytest.mark.requirement("MDOC-22")
def test_salts_are_fresh_for_each_item_and_document() -> None:
    """No salt of 16 bytes is used twice, within a document or between two."""
    salts = [
        item.random
        for seed in ("one", "two")
        for items in issuer_signed.decode_issuer_signed(issued(prepared(seed=seed))).name_spaces.values()
        for item in items
    ]
    assert {len(salt) for salt in salts} == {16}
    assert len(set(salts)) == len(salts)


def test_prepared_document_is_stored_and_completed_later() -> None:
    """What was committed before signing is enough to finish the document, byte for byte."""
    document = prepared()
    stored = issue.PreparedDocument.from_bytes(document.to_bytes())
    assert stored == document
    signature = sign_issuer(stored.to_be_signed)
    assert issue.complete(stored, signature, [certificate()]) == issue.complete(document, signature, [certificate()])
    assert "番号" not in repr(document)


@pytest.mark.parametrize("place", [0, 1, 2, 3])
def test_stored_document_of_another_form_is_refused(place: int) -> None:
    """Stored bytes whose parts are of other kinds, or do not belong together, are refused."""
    parts: list[Any] = cbor.decode(prepared().to_bytes())
    parts[place] = 5
    with pytest.raises(MalformedData):
        issue.PreparedDocument.from_bytes(cbor.encode(parts))


def test_stored_bytes_to_be_signed_must_be_those_of_the_document() -> None:
    """A stored document whose MSO was exchanged is refused, and so is one of another length."""
    other = prepared(seed="other")
    with pytest.raises(MalformedData, match="not those of the document"):
        issue.PreparedDocument.from_bytes(prepared()._replace(mso_bytes=other.mso_bytes).to_bytes())
    with pytest.raises(MalformedData, match="not a prepared"):
        issue.PreparedDocument.from_bytes(b"\x80")


def test_more_elements_than_digests_are_refused() -> None:
    """A namespace with more elements than digests would show its size: nothing is made."""
    with pytest.raises(OutsideProfile) as refused:
        issue.prepare(MNC, ELEMENTS, DEVICE_KEY.public_key(), VALIDITY, random=SeededBytes(), status=None, decoys_to=4)
    assert refused.value.rule == "decoys"


@pytest.mark.parametrize(
    "validity", [VALIDITY._replace(valid_until=AT), VALIDITY._replace(signed=AT - timedelta(microseconds=1))]
)
def test_impossible_instants_are_refused(validity: issue.Validity) -> None:
    """An end before the beginning, and fractions of a second, are refused before anything is signed."""
    with pytest.raises(MalformedData):
        prepared(validity=validity)


def test_issuer_signature_has_the_form_of_the_profile() -> None:
    """Protected header a1 01 26, one certificate as a byte string in the unprotected header, 64 bytes of signature."""
    decoded: Any = cbor.decode(issued())
    protected, unprotected, payload, signature = decoded["issuerAuth"]
    assert protected == sig_structure.ES256_HEADER
    assert unprotected == {33: certificate()}
    assert payload == prepared().mso_bytes
    assert len(signature) == 64


def test_signature_by_another_key_does_not_complete() -> None:
    """A signature that is not by the first certificate is refused, and so is one in DER."""
    document = prepared()
    for signature in (
        sign_device(document.to_be_signed),
        der_signature(sign_issuer(document.to_be_signed)),
    ):
        with pytest.raises(SignatureRefused):
            issue.complete(document, signature, [certificate()])


def edwards_certificate() -> bytes:
    """A certificate for a key that cannot sign ES256."""
    key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    builder = x509.CertificateBuilder().subject_name(name("Signer")).issuer_name(name("IACA")).serial_number(7)
    builder = builder.public_key(key.public_key()).not_valid_before(AT).not_valid_after(AT + timedelta(days=1))
    return builder.sign(ROOT_KEY, hashes.SHA256()).public_bytes(Encoding.DER)


def test_root_stays_out_of_the_chain() -> None:
    """A chain with a root in it, without a certificate, or with one that cannot be read, is refused."""
    document = prepared()
    signature = sign_issuer(document.to_be_signed)
    for chain, reason in (
        ([certificate(), certificate("IACA")], "root"),
        ([], "no certificate"),
        ([b"\x30\x00"], "cannot be read"),
        ([certificate().replace(b"\x0c\x06Signer", b"\x03\x06\x00igner", 1)], "cannot be read"),
        ([edwards_certificate()], "not on a curve"),
    ):
        with pytest.raises(MalformedData, match=reason):
            issue.complete(document, signature, chain)


def test_status_and_validity_are_what_was_ordered() -> None:
    """The MSO names the given list entry and the given instants."""
    mso = issuer_signed.decode_issuer_signed(issued()).mso()
    assert (mso.status, mso.validity) == (STATUS, VALIDITY)
    assert issuer_signed.decode_issuer_signed(issued(prepared({JP: ELEMENTS[JP]}, status=None))).mso().status is None
