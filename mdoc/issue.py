"""Making a document: prepare → bytes to be signed → complete (ISO/IEC 18013-5 9.1.2).

`prepare` draws everything random, `complete` adds the signature and nothing else; in between, the caller commits the
exact bytes, so that a key is never used for something that is not on record (D9).
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from struct import Struct
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from mdoc import cbor, cose, sig_structure
from mdoc.errors import MalformedData, OutsideProfile
from mdoc.issuer_signed import as_map
from mdoc.issuer_signed_item import make_item
from mdoc.mso import IdentifierReference, StatusReference, Validity, digest, encode_mso
from mdoc.suite import PROVABLE, Suite
from mdoc.unreadable import UNREADABLE

__all__ = ["IdentifierReference", "PreparedDocument", "StatusReference", "Suite", "Validity", "complete", "prepare"]

Random = Callable[[int], bytes]

SALT_SIZE: Final = 16  # the smallest the standard allows, and the best for provers
DECOYS_TO: Final = 16  # digests in each namespace, whatever the person's card shows
_MOST_DIGESTS: Final = 256  # far above what the size of the profile's MSO leaves room for


class PreparedDocument(NamedTuple):
    """A document that lacks only its signature. Storable, and silent when printed.

    `to_be_signed` is the COSE Sig_structure, `mso_bytes` its payload (MobileSecurityObjectBytes), `name_spaces` the
    IssuerSignedItemBytes of each namespace.
    """

    doc_type: str
    to_be_signed: bytes
    mso_bytes: bytes
    name_spaces: Mapping[str, tuple[bytes, ...]]

    def __repr__(self) -> str:
        return "PreparedDocument()"

    @property
    def algorithm(self) -> int:
        """The COSE number of the algorithm it waits for. Raises MalformedData when the bytes to be signed name none."""
        found = sig_structure.signed_with(self.to_be_signed)
        if found is None:
            raise MalformedData("prepared", "the bytes to be signed are not those of an issuer")
        return found

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
        if prepared.to_be_signed != sig_structure.issuer_structure(mso_bytes, prepared.algorithm):
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
    identifier: IdentifierReference | None = None,
    decoys_to: int = DECOYS_TO,
    suite: Suite = PROVABLE,
) -> PreparedDocument:
    """A document with fresh salts, digest ids in random order and decoy digests up to `decoys_to` per namespace.

    `elements`: namespace → identifier → value (date for full-date, aware datetime for tdate). `status`,
    `identifier`: where it can be revoked, by either mechanism or both. Raises OutsideProfile when a namespace has more
    elements than `decoys_to`, or `decoys_to` is above 256; MalformedData for values or instants without a CBOR form.
    """
    check_count(elements, decoys_to)
    digests: dict[str, dict[int, bytes]] = {}
    items: dict[str, tuple[bytes, ...]] = {}
    for name_space, values in elements.items():
        ids, salts, found = draw(len(values), decoys_to, random, suite.digest_size)
        made = [make_item(ids[n], salts[n], name, value) for n, (name, value) in enumerate(values.items())]
        for item in made:
            found[item.digest_id] = digest(suite.digest, item.encoded)
        digests[name_space] = dict(enumerate(found))
        # The order of the items says as little about the elements as their ids do.
        items[name_space] = tuple(item.encoded for item in sorted(made, key=lambda item: item.digest_id))
    mso_bytes = encode_mso(doc_type, digests, device_key, validity, status, identifier, digest_algorithm=suite.digest)
    return PreparedDocument(doc_type, suite.structure(mso_bytes), mso_bytes, items)


def check_count(elements: Mapping[str, Mapping[str, object]], count: int) -> None:
    """Raises OutsideProfile for more elements in a namespace than digests, or more digests than an MSO has room for."""
    for values in elements.values():
        if len(values) > count:
            raise OutsideProfile("decoys", "a namespace has more elements than digests")
    if count > _MOST_DIGESTS:
        raise OutsideProfile("decoys", "more digests than an MSO has room for")


def draw(elements: int, count: int, random: Random, size: int) -> tuple[list[int], tuple[bytes, ...], list[bytes]]:
    """What is random in a namespace: digest ids and salts of its elements, and the decoys among `count` digests.

    The ids 0 … `count` - 1 are shuffled (Fisher and Yates) by `count` random numbers of 32 bits, whose remainders
    favour no id by more than 2^-24. The ids behind the elements' own are those of decoys: random digests of `size`
    bytes that nothing tells apart (9.1.2.5); the digests of the elements are left empty.
    """
    form = _form(elements, count, size)
    drawn = form.unpack(random(form.size))
    ids = list(range(count))
    for last in range(count - 1, 0, -1):
        other: int = drawn[last] % (last + 1)
        ids[last], ids[other] = ids[other], ids[last]
    digests = [b""] * count
    for place in range(elements, count):
        digests[ids[place]] = drawn[count + place]
    return ids[:elements], drawn[count : count + elements], digests


@cache
def _form(elements: int, count: int, size: int) -> Struct:
    """Numbers, salts and decoys, one behind the other."""
    return Struct(f">{count}I" + f"{SALT_SIZE}s" * elements + f"{size}s" * (count - elements))


def complete(prepared: PreparedDocument, signature: bytes, chain: Sequence[bytes]) -> bytes:
    """IssuerSigned (CBOR): the prepared document with its raw signature and the signer's chain.

    `chain`: DER, signer first, without the root (9.1.2.4). Raises MalformedData for a root in the chain or none at
    all, SignatureRefused for a signature that is not by the first certificate.
    """
    message = cose.unsigned(
        prepared.mso_bytes, algorithm=prepared.algorithm, unprotected={cose.X5CHAIN: cose.x5chain(chain)}
    )
    message.signature = signature
    cose.check(message, check_chain(chain))
    return cbor.encode(as_map(prepared.name_spaces, cose.as_array(message, signature)))


def check_chain(chain: Sequence[bytes]) -> ec.EllipticCurvePublicKey:
    """The signer's key in `chain` (DER, signer first). Raises MalformedData for a root in the chain, or none at all."""
    if not chain:
        raise MalformedData("x5chain", "no certificate")
    try:
        certificates = [x509.load_der_x509_certificate(der) for der in chain]
        key = certificates[0].public_key()
        names_itself = [certificate.subject == certificate.issuer for certificate in certificates]
    except UNREADABLE:
        raise MalformedData("x5chain", "a certificate cannot be read") from None
    if any(names_itself):
        raise MalformedData("x5chain", "the root does not belong into the chain")
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise MalformedData("x5chain", "the signer's key is not on a curve")
    return key
