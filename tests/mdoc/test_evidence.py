"""What the evidence says about well-known mistakes of issuers and phones."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from mdoc import algorithms, cbor, cose, device_response, device_signed, evidence
from mdoc.annotate.kinds import Kind, recognise
from mdoc.annotate.masked import masked_hex
from mdoc.annotate.mdoc_shapes import DEVICE_RESPONSE, ITEM_BYTES
from mdoc.device_response import Document
from mdoc.issuer_signed import decode_issuer_signed
from mdoc.issuer_signed_item import IssuerSignedItem
from tests.mdoc import test_annex_d as annex_d
from tests.mdoc.presentations import TRANSCRIPT, reissued, response, with_device_elements
from tests.mdoc.world import (
    DEVICE_KEY,
    ISO,
    JP,
    MNC,
    SIGNER_KEY,
    issued,
    prepared,
    private_key,
    sign_device,
    sign_issuer,
)


def of_digests(data: bytes) -> list[evidence.Evidence]:
    """The evidence about a record's digests."""
    record = decode_issuer_signed(data)
    return evidence.of_digests(record, record.mso())


def over(change: Callable[[IssuerSignedItem], bytes]) -> bytes:
    """A record whose issuer hashed something else of the item "sex"."""
    (item,) = (one for one in decode_issuer_signed(issued()).name_spaces[ISO] if one.identifier == "sex")

    def edit(mso: Any) -> None:
        mso["valueDigests"][ISO][item.digest_id] = sha256(change(item)).digest()

    return reissued(prepared(), edit)


def reordered(item: IssuerSignedItem) -> bytes:
    """The item with its members in another order."""
    content: dict[str, object] = cbor.decode(cbor.decode(item.encoded).content)
    return cbor.Embedded(cbor.encode(dict(reversed(content.items())))).tagged


def test_a_sound_record_has_no_evidence() -> None:
    """Where every digest fits there is nothing to show."""
    assert of_digests(issued()) == []


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        (lambda item: item.encoded[4:], "over the inner map"),
        (lambda item: item.encoded[2:], "without its tag d818"),
        (reordered, "written anew: the digest fits the order"),
        (lambda _: b"something else", ""),
    ],
)
def test_mistakes_of_issuers_are_named(change: Callable[[IssuerSignedItem], bytes], hint: str) -> None:
    """A digest over the inner map, over the untagged string or over another order is recognised as that."""
    (proof,) = of_digests(over(change))
    assert hint in proof.hint
    assert bool(proof.hint) is bool(hint)
    assert sha256(proof.content).hexdigest() == proof.found != proof.expected
    assert "sex" in proof.place


def test_digest_under_another_number_is_found() -> None:
    """An item whose digest stands elsewhere in the MSO is told where; one without a digest that there is none."""

    def swap(mso: Any) -> None:
        digests = mso["valueDigests"][JP]
        first, second = list(digests)[:2]
        digests[first], digests[second] = digests[second], digests[first]

    assert any("stands in the MSO under" in one.hint for one in of_digests(reissued(prepared(), swap)))
    (proof, *_) = of_digests(reissued(prepared(), lambda mso: mso["valueDigests"].pop(ISO)))
    assert proof.expected == ""
    assert "no digest with this digestID" in proof.hint


def test_items_of_later_editions_are_not_permuted() -> None:
    """An item with more members than four gets no guess at its order."""
    data: Any = cbor.decode(issued())
    content = data["nameSpaces"][ISO][0].open()
    content["later"] = 1
    data["nameSpaces"][ISO][0] = cbor.Embedded(cbor.encode(content))
    (proof,) = of_digests(cbor.encode(data))
    assert proof.hint == ""


def signed(to_be_signed: bytes, sign: Callable[[bytes], bytes] = sign_issuer) -> evidence.Evidence:
    """The evidence about a record whose issuer signed other bytes."""
    data: Any = cbor.decode(issued())
    data["issuerAuth"][3] = sign(to_be_signed)
    found = evidence.of_issuer_signature(decode_issuer_signed(cbor.encode(data)), SIGNER_KEY.public_key())
    assert found.content == prepared().to_be_signed
    assert recognise(found.content) is Kind.TO_BE_SIGNED
    return found


def in_der(data: bytes) -> bytes:
    """An ECDSA signature as OpenSSL gives it."""
    return SIGNER_KEY.sign(data, ec.ECDSA(hashes.SHA256()))


def test_mistakes_in_the_issuers_signature_are_named() -> None:
    """A signature over the bare MSO, or in DER, is recognised; any other is shown without a guess."""
    bare = cbor.decode(prepared().mso_bytes).content
    assert "bare MSO" in signed(cose.unsigned(bare).to_be_signed()).hint
    assert "in DER" in signed(prepared().to_be_signed, in_der).hint
    assert signed(b"other").hint == ""


def test_payload_without_tag_24_gets_no_guess() -> None:
    """An IssuerAuth whose payload is no tag 24 is shown as it is."""
    record = decode_issuer_signed(issued())
    array = list(record.issuer_auth_value)
    array[2] = cbor.encode({"version": "1.0"})
    strange = record._replace(issuer_auth=cose.read_sign1(array, ""), issuer_auth_value=array)
    assert evidence.of_issuer_signature(strange, SIGNER_KEY.public_key()).hint == ""


def device(content: Callable[[cbor.Embedded], bytes], sign: algorithms.Sign = sign_device) -> evidence.Evidence:
    """The evidence about a response whose phone signed other content."""
    data: Any = cbor.decode(response())
    names = data["documents"][0]["deviceSigned"]["nameSpaces"]
    signature = cose.sign1(None, sign, detached=content(names))
    data["documents"][0]["deviceSigned"]["deviceAuth"] = {"deviceSignature": signature}
    return of_device(cbor.encode(data))


def of_device(data: bytes) -> evidence.Evidence:
    """The evidence about the only document."""
    (document,) = device_response.decode_response(data).documents
    return evidence.of_device(document, DEVICE_KEY.public_key(), TRANSCRIPT, None)


def test_mistakes_of_phones_are_named() -> None:
    """A transcript in tag 24, and an array without its tag 24, are recognised; other content gets no guess."""
    tagged = cbor.Embedded(TRANSCRIPT).tagged
    assert "SessionTranscriptBytes" in device(lambda names: device_signed.authentication_bytes(tagged, MNC, names)).hint
    assert (
        "over the array"
        in device(lambda names: cbor.decode(device_signed.authentication_bytes(TRANSCRIPT, MNC, names)).content).hint
    )
    assert device(lambda _: b"other").hint == ""
    assert device(lambda _: b"other", algorithms.software_signer(private_key(7, ec.SECP384R1()))).hint == ""


def test_keys_that_cannot_sign_get_no_guess() -> None:
    """A device key for key agreement signed nothing, whatever stands there."""
    (document,) = device_response.decode_response(response()).documents
    key = X25519PrivateKey.from_private_bytes(bytes(range(32))).public_key()
    assert evidence.of_device(document, key, TRANSCRIPT, None).hint == ""


def test_mac_shows_both_tags() -> None:
    """For a MAC the received tag and the one under the reader's key are shown; without the key only the received."""
    document: Document
    (document,) = device_response.decode_response(annex_d.vector("device_response")).documents
    key = document.issuer_signed.mso().device_key
    transcript = annex_d.transcript()
    other = evidence.of_device(document, key, transcript, private_key(9))
    right = evidence.of_device(document, key, transcript, annex_d.key("ephemeral_reader_key_d"))
    unknown = evidence.of_device(document, key, transcript, None)
    elsewhere = evidence.of_device(document, key, transcript, private_key(9, ec.SECP384R1()))
    assert elsewhere.found == ""
    assert other.found != other.expected
    assert right.found == right.expected == unknown.expected
    assert unknown.found == ""
    assert recognise(right.content) is Kind.TO_BE_SIGNED


def test_masked_bytes_keep_their_places() -> None:
    """Masked hex has two characters for every byte; what is not masked is what stands there."""
    item = decode_issuer_signed(issued()).name_spaces[ISO][0].encoded
    masked = masked_hex(item, ITEM_BYTES)
    assert len(masked) == 2 * len(item)
    for place, byte in enumerate(item):
        assert masked[2 * place : 2 * place + 2] in ("··", f"{byte:02x}")
    assert "··" in masked
    assert masked_hex(item, ITEM_BYTES, reveal=True) == item.hex()


def test_device_elements_and_unknown_entries_are_masked() -> None:
    """What the device signed of its own, and entries without a name, are masked with their keys."""
    data: Any = cbor.decode(with_device_elements({"nameSpaces": [ISO]}, {ISO: {"x": "MARK"}}))
    data["later MARK"] = {"MARK": "MARK"}
    encoded = cbor.encode(data)
    assert b"MARK" in encoded
    assert b"MARK".hex() not in masked_hex(encoded, DEVICE_RESPONSE)
    assert masked_hex(b"", DEVICE_RESPONSE) == ""
