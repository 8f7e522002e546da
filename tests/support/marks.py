"""What a relying party can recognise a record by, apart from the person's own data (D9)."""

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mdoc.issuer_signed import decode_issuer_signed


def marks_of(issuer_signed: bytes) -> set[object]:
    """Return device key, salts, digests, signature and place in a status list of one record (IssuerSigned, CBOR)."""
    record = decode_issuer_signed(issuer_signed)
    mso = record.mso()
    salts = {item.random for items in record.name_spaces.values() for item in items}
    digests = {digest for space in mso.value_digests.values() for digest in space.values()}
    key = mso.device_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert mso.status is not None
    return {*salts, *digests, record.issuer_auth.signature, key, (mso.status.uri, mso.status.index)}
