"""A phone that presents: some elements of one record, signed by its device key for one session."""

from cryptography.hazmat.primitives.asymmetric import ec

from issuer.authority.elements import DOC_TYPE, ISO, JAPAN
from mdoc import cbor
from mdoc.device_request import decode_request, encode_request, items_request
from mdoc.present import respond
from pki.keys.signer import SoftwareSigner

TRANSCRIPT = cbor.encode([None, None, ["this", b"session"]])


def present(record: bytes, device_key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return a DeviceResponse with name, birth date and "over 20"."""
    asked = {JAPAN: {"full_name_unicode": False}, ISO: {"birth_date": False, "age_over_20": False}}
    request = decode_request(encode_request([(items_request(DOC_TYPE, asked), None)]))
    return respond([record], request, TRANSCRIPT, SoftwareSigner(device_key).sign)
