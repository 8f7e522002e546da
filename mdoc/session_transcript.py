"""SessionTranscript for every way two parties meet (ISO/IEC 18013-5 9.1.5.1, OpenID4VP 1.0 B.2.6, 18013-7 Annex C).

All functions give the bare array as CBOR. DeviceAuthentication embeds it as it is; key derivation hashes its tag-24
form: confusing the two is the classic bug.
"""

from hashlib import sha256

from mdoc import cbor, heads
from mdoc.errors import MalformedData

_NULL = b"\xf6"


def qr(engagement: bytes, reader_key: bytes) -> bytes:
    """Engagement by QR code. `engagement` (DeviceEngagement) and `reader_key` (COSE_Key) encoded, before their tags."""
    return heads.array(cbor.Embedded(engagement).tagged, cbor.Embedded(reader_key).tagged, _NULL)


def nfc(engagement: bytes, reader_key: bytes, select: bytes, request: bytes | None) -> bytes:
    """Engagement by NFC: the Handover Select message, and the Request message unless the handover was static."""
    handover = cbor.encode([select, request])
    return heads.array(cbor.Embedded(engagement).tagged, cbor.Embedded(reader_key).tagged, handover)


def openid4vp_redirect(client_id: str, nonce: str, response_uri: str, jwk_thumbprint: bytes | None) -> bytes:
    """OpenID4VP over redirects. `client_id` whole, with its prefix; `jwk_thumbprint` 32 raw bytes, None unencrypted."""
    return _hashed("OpenID4VPHandover", [client_id, nonce, _thumbprint(jwk_thumbprint), response_uri])


def openid4vp_dc_api(origin: str, nonce: str, jwk_thumbprint: bytes | None) -> bytes:
    """OpenID4VP over the Digital Credentials API. Raises MalformedData for an origin with a prefix or a slash."""
    return _hashed("OpenID4VPDCAPIHandover", [_origin(origin), nonce, _thumbprint(jwk_thumbprint)])


def annex_c(encryption_info: str, origin: str) -> bytes:
    """org-iso-mdoc over the Digital Credentials API: `encryption_info` is the base64url text exactly as sent."""
    return _hashed("dcapi", [encryption_info, _origin(origin)])


def _hashed(name: str, info: list[object]) -> bytes:
    return cbor.encode([None, None, [name, sha256(cbor.encode(info)).digest()]])


def _thumbprint(thumbprint: bytes | None) -> bytes | None:
    """RFC 7638 with SHA-256, raw; its base64url text, a common mistake, has 43 characters and is refused."""
    if thumbprint is not None and len(thumbprint) != 32:
        raise MalformedData("jwkThumbprint", "not 32 raw bytes")
    return thumbprint


def _origin(origin: str) -> str:
    """The bare origin: scheme, host and port. The prefix `origin:` belongs to SD-JWT audiences only."""
    if origin.startswith("origin:") or origin.count("/") != 2:
        raise MalformedData("origin", "not a bare origin")
    return origin
