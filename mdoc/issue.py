"""Making a document: prepare → bytes to be signed → complete (ISO/IEC 18013-5 9.1.2).

`prepare` draws everything random, `complete` adds the signature and nothing else; in between, the caller commits the
exact bytes, so that a key is never used for something that is not on record (D9).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from mdoc import cbor, cose
from mdoc.errors import MalformedData, OutsideProfile
from mdoc.issuer_signed import as_map
from mdoc.issuer_signed_item import IssuerSignedItem, make_item
from mdoc.mso import SHA_256, StatusReference, Validity, digest, encode_mso

__all__ = ["PreparedDocument", "StatusReference", "Validity", "complete", "prepare"]

Random = Callable[[int], bytes]

SALT_SIZE: Final = 16  # the smallest the standard allows, and the best for provers
DECOYS_TO: Final = 16  # digests in each namespace, whatever the person's card shows
_DIGEST_SIZE: Final = 32


@dataclass(frozen=True, repr=False)
class PreparedDocument:
    """A document that lacks only its signature. Storable, and silent when printed.

    `to_be_signed` is the COSE Sig_structure, `mso_bytes` its payload (MobileSecurityObjectBytes), `name_spaces` the
    IssuerSignedItemBytes of each namespace.
    """

    doc_type: str
    to_be_signed: bytes
    mso_bytes: bytes
    name_spaces: Mapping[str, tuple[bytes, ...]]

    def to_bytes(self) -> bytes:
        """The whole document to be signed, for the record that is committed before the key is used."""
        spaces = {name: list(items) for name, items in self.name_spaces.items()}
        return cbor.encode([self.doc_type, self.to_be_signed, self.mso_bytes, spaces])

    @classmethod
    def from_bytes(cls, data: bytes) -> "PreparedDocument":
        """The document again. Raises MalformedData, also when the bytes to be signed are not those of its MSO."""
        path = "prepared"
        parts = cbor.expect(cbor.decode(data, path=path), list, path)
        if len(parts) != 4:
            raise MalformedData(path, "not a prepared document")
        mso_bytes = cbor.expect(parts[2], bytes, path)
        spaces = {
            cbor.text(name, path): tuple(cbor.expect(item, bytes, path) for item in cbor.expect(items, list, path))
            for name, items in cbor.expect(parts[3], dict, path).items()
        }
        prepared = cls(cbor.text(parts[0], path), cbor.expect(parts[1], bytes, path), mso_bytes, spaces)
        if prepared.to_be_signed != cose.unsigned(mso_bytes).to_be_signed():
            raise MalformedData(path, "the bytes to be signed are not those of the document")
        return prepared


def prepare(
    doc_type: str,
    elements: Mapping[str, Mapping[str, object]],
    device_key: ec.EllipticCurvePublicKey,
    validity: Validity,
    *,
    random: Random,
    status: StatusReference | None,
    decoys_to: int = DECOYS_TO,
) -> PreparedDocument:
    """A document with fresh salts, digest ids in random order and decoy digests up to `decoys_to` per namespace.

    `elements`: namespace → identifier → value (date for full-date, aware datetime for tdate). Raises OutsideProfile
    when a namespace has more elements than `decoys_to`, MalformedData for values or instants without a CBOR form.
    """
    digests: dict[str, dict[int, bytes]] = {}
    items: dict[str, tuple[bytes, ...]] = {}
    for name_space, values in elements.items():
        made = _items(values, decoys_to, random)
        digests[name_space] = _digests(made, decoys_to, random)
        items[name_space] = tuple(item.encoded for item in made)
    mso_bytes = encode_mso(doc_type, digests, device_key, validity, status)
    return PreparedDocument(doc_type, cose.unsigned(mso_bytes).to_be_signed(), mso_bytes, items)


def _items(values: Mapping[str, object], count: int, random: Random) -> list[IssuerSignedItem]:
    if len(values) > count:
        raise OutsideProfile("decoys", "a namespace has more elements than digests")
    ids = _shuffled(count, random)
    made = [make_item(ids[n], random(SALT_SIZE), name, value) for n, (name, value) in enumerate(values.items())]
    # The order of the items says as little about the elements as their ids do.
    return sorted(made, key=lambda item: item.digest_id)


def _digests(items: Sequence[IssuerSignedItem], count: int, random: Random) -> dict[int, bytes]:
    """One digest for every id below `count`: the items' own, and random ones that nothing tells apart (9.1.2.5)."""
    real = {item.digest_id: digest(SHA_256, item.encoded) for item in items}
    return {number: real[number] if number in real else random(_DIGEST_SIZE) for number in range(count)}


def _shuffled(count: int, random: Random) -> list[int]:
    """0 … count-1 in random order (Fisher-Yates; eight bytes per draw leave a bias below 2^-50)."""
    numbers = list(range(count))
    for last in range(count - 1, 0, -1):
        chosen = int.from_bytes(random(8), "big") % (last + 1)
        numbers[last], numbers[chosen] = numbers[chosen], numbers[last]
    return numbers


def complete(prepared: PreparedDocument, signature: bytes, chain: Sequence[bytes]) -> bytes:
    """IssuerSigned (CBOR): the prepared document with its raw ES256 signature and the signer's chain.

    `chain`: DER, signer first, without the root (9.1.2.4). Raises MalformedData for a root in the chain or none at
    all, SignatureRefused for a signature that is not by the first certificate.
    """
    message = cose.unsigned(prepared.mso_bytes, unprotected={cose.X5CHAIN: cose.x5chain(chain)})
    message.signature = signature
    cose.check(message, _signer_key(chain))
    return cbor.encode(as_map(prepared.name_spaces, cose.as_array(message, signature)))


def _signer_key(chain: Sequence[bytes]) -> ec.EllipticCurvePublicKey:
    try:
        certificates = [x509.load_der_x509_certificate(der) for der in chain]
        key = certificates[0].public_key()
    except ValueError:
        raise MalformedData("x5chain", "a certificate cannot be read") from None
    if any(certificate.subject == certificate.issuer for certificate in certificates):
        raise MalformedData("x5chain", "the root does not belong into the chain")
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise MalformedData("x5chain", "the signer's key is not on a curve")
    return key
