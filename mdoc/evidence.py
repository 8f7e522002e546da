"""What exactly was hashed or signed, for whoever looks for the byte that differs; asked only after a refusal.

Where one of the well-known mistakes explains the difference, the evidence says which: a digest over the inner map, an
item written anew, a transcript in tag 24, a signature in DER. Nothing here accepts anything.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from itertools import permutations

from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x448 import X448PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from mdoc import algorithms, cbor, cose, device_signed, key_agreement
from mdoc.annotate.mdoc_shapes import ITEM_BYTES, TO_BE_SIGNED
from mdoc.annotate.shape import Shape
from mdoc.cose_key import AnyKey
from mdoc.device_response import Document
from mdoc.errors import MdocError, SignatureRefused
from mdoc.issuer_signed import IssuerSigned
from mdoc.issuer_signed_item import IssuerSignedItem
from mdoc.mso import MobileSecurityObject, digest


@dataclass(frozen=True, repr=False)
class Evidence:
    """`content` is what was hashed, of the given `shape`; `expected` and `found` are digests in hex, or empty."""

    place: str
    content: bytes
    shape: Shape
    found: str
    expected: str = ""
    hint: str = ""


def of_digests(issuer_signed: IssuerSigned, mso: MobileSecurityObject) -> list[Evidence]:
    """Every item whose bytes do not hash to what the MSO says (9.1.2.5)."""
    return [
        _of_item(name, item, mso)
        for name, items in issuer_signed.name_spaces.items()
        for item in items
        if mso.value_digests.get(name, {}).get(item.digest_id) != digest(mso.digest_algorithm, item.encoded)
    ]


def _of_item(name: str, item: IssuerSignedItem, mso: MobileSecurityObject) -> Evidence:
    expected = mso.value_digests.get(name, {}).get(item.digest_id, b"")
    hints = _item_hints(name, item, mso, expected) if expected else iter(["the MSO has no digest with this digestID"])
    return Evidence(
        place=f"{name} {item.identifier}, digestID {item.digest_id}, {mso.digest_algorithm}",
        content=item.encoded,
        shape=ITEM_BYTES,
        found=digest(mso.digest_algorithm, item.encoded).hex(),
        expected=expected.hex(),
        hint=next(hints, ""),
    )


def _item_hints(name: str, item: IssuerSignedItem, mso: MobileSecurityObject, expected: bytes) -> Iterator[str]:
    embedded: cbor.Embedded = cbor.decode(item.encoded)
    if digest(mso.digest_algorithm, embedded.content) == expected:
        yield "the digest is over the inner map; it must be over the whole IssuerSignedItemBytes, tag 24 included"
    if digest(mso.digest_algorithm, item.encoded[2:]) == expected:
        yield "the digest is over the byte string without its tag d818"
    content: dict[str, object] = cbor.decode(embedded.content)
    # An item has four members; with the entries of later editions the orders would be too many to try.
    for order in permutations(content) if len(content) == 4 else ():
        written = cbor.Embedded(cbor.encode({key: content[key] for key in order})).tagged
        if digest(mso.digest_algorithm, written) == expected:
            yield f"the item was written anew: the digest fits the order {', '.join(order)}"
    found = digest(mso.digest_algorithm, item.encoded)
    for space, digests in mso.value_digests.items():
        for number, one in digests.items():
            if one == found:
                yield f"the digest stands in the MSO under {space}, digestID {number}, and not under {name}"


def of_issuer_signature(issuer_signed: IssuerSigned, key: algorithms.PublicKey) -> Evidence:
    """The Sig_structure of IssuerAuth (RFC 9052 4.4), which the signature does not fit."""
    auth = issuer_signed.issuer_auth
    content = auth.to_be_signed()
    hint = _der_hint(auth.signature)
    if not hint and auth.payload is not None:
        hint = next((told for told, payload in _payloads(auth.payload) if _fits(issuer_signed, key, payload)), "")
    return Evidence("IssuerAuth", content, TO_BE_SIGNED, sha256(content).hexdigest(), hint=hint)


def _payloads(payload: bytes) -> Iterator[tuple[str, bytes]]:
    """What issuers sign by mistake."""
    inner = cbor.decode(payload)
    if isinstance(inner, cbor.Embedded):
        yield (
            "the signature is over the bare MSO; the payload must be MobileSecurityObjectBytes, tag 24 included",
            inner.content,
        )


def _fits(issuer_signed: IssuerSigned, key: algorithms.PublicKey, payload: bytes) -> bool:
    array = issuer_signed.issuer_auth_value
    return _signs(cose.read_sign1([array[0], array[1], payload, array[3]], ""), key, None)


def _der_hint(signature: bytes) -> str:
    return (
        "the signature is in DER; COSE has r and s side by side"
        if signature[:1] == b"\x30" and len(signature) not in (64, 96, 132)
        else ""
    )


def of_device(
    document: Document, key: AnyKey, transcript: bytes, reader_key: key_agreement.PrivateKey | None
) -> Evidence:
    """The structure that the device signed or authenticated (9.1.3.4): our own transcript and the received names."""
    signed = document.device_signed
    content = device_signed.authentication_bytes(transcript, document.doc_type, signed.name_spaces_bytes)
    if signed.signature is None:
        return _of_mac(signed.mac, content, key, transcript, reader_key)  # type: ignore[arg-type]  # one of both is there
    signature = signed.signature
    structure = signature.to_be_signed(content)
    hint = _der_hint(signature.signature) or next(
        (told for told, other in _contents(document, transcript) if _signs(signature, key, other)), ""
    )
    return Evidence("deviceSignature", structure, TO_BE_SIGNED, sha256(structure).hexdigest(), hint=hint)


def _of_mac(
    mac: cose.Mac0, content: bytes, key: AnyKey, transcript: bytes, reader_key: key_agreement.PrivateKey | None
) -> Evidence:
    """Both tags: the received one, and ours where our ephemeral key and the device key agree on one."""
    structure, found = cbor.encode(["MAC0", mac.phdr_encoded, b"", content]), ""
    if reader_key is not None and not isinstance(key, Ed25519PublicKey | Ed448PublicKey):
        with suppress(MdocError):  # keys on two curves
            mac.secret, mac.detached = device_signed.mac_key(reader_key, key, transcript), content
            found = mac.compute_tag().hex()
    return Evidence("deviceMac", structure, TO_BE_SIGNED, found, expected=mac.auth_tag.hex())


def _contents(document: Document, transcript: bytes) -> Iterator[tuple[str, bytes]]:
    """What phones sign by mistake."""
    names = document.device_signed.name_spaces_bytes
    right = device_signed.authentication_bytes(transcript, document.doc_type, names)
    yield (
        "the signature is over the array; it must be over DeviceAuthenticationBytes, tag 24 included",
        cbor.decode(right).content,
    )
    yield (
        "the signature is over SessionTranscriptBytes in tag 24; it must be over the array itself",
        device_signed.authentication_bytes(cbor.Embedded(transcript).tagged, document.doc_type, names),
    )


def _signs(signature: cose.Sign1, key: AnyKey, content: bytes | None) -> bool:
    if isinstance(key, X25519PublicKey | X448PublicKey):
        return False
    try:
        cose.check(signature, key, content)
    except SignatureRefused:
        return False
    return True
