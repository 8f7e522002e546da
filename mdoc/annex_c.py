"""org-iso-mdoc over the Digital Credentials API (ISO/IEC TS 18013-7 Annex C): request, and response under HPKE.

HPKE is the base mode in one shot: DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-128-GCM, with the bare SessionTranscript
as info and no associated data. The transcript covers the text of encryptionInfo exactly as it was sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from mdoc import base64url, cbor, session_transcript
from mdoc.cose_key import encode_key, read_agreement_key
from mdoc.errors import MalformedData, NotDecryptable, TooLarge

PROTOCOL: Final = "org-iso-mdoc"
NONCE_SIZE: Final = 16  # bytes of entropy, at least
MAX_TEXT: Final = 2 << 20

_NAME: Final = "dcapi"
_SUITE: Final = Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_128_GCM)
_ENCAPSULATED: Final = 65  # bytes of an uncompressed point on P-256
_TAG: Final = 16


@dataclass(frozen=True, repr=False)
class EncryptionInfo:
    """What the reader said of the encryption; `text` is the base64url form as received, for the transcript."""

    text: str
    nonce: bytes
    recipient: ec.EllipticCurvePublicKey

    def transcript(self, origin: str) -> bytes:
        """The bare SessionTranscript for a page of `origin`. Raises MalformedData for an origin that is not bare."""
        return session_transcript.annex_c(self.text, origin)


def encryption_info(nonce: bytes, recipient: ec.EllipticCurvePublicKey) -> EncryptionInfo:
    """The EncryptionInfo of a reader; `nonce`: 16 random bytes or more, `recipient`: a key for this request alone.

    Raises MalformedData for a shorter nonce or a key on another curve than P-256.
    """
    return _checked(base64url.encode(cbor.encode([_NAME, _parameters(nonce, recipient)])), nonce, recipient)


def _parameters(nonce: bytes, recipient: ec.EllipticCurvePublicKey) -> dict[str, object]:
    return {"nonce": nonce, "recipientPublicKey": encode_key(recipient)}


def read_encryption_info(text: str) -> EncryptionInfo:
    """A received EncryptionInfo in base64url. Raises MalformedData."""
    path = "encryptionInfo"
    parts = _read_named(_from_text(text, path), path)
    key = read_agreement_key(parts.get("recipientPublicKey"), f"{path}[1].recipientPublicKey")
    return _checked(text, cbor.member(parts, "nonce", bytes, f"{path}[1]"), key)


def _checked(text: str, nonce: bytes, recipient: object) -> EncryptionInfo:
    if len(nonce) < NONCE_SIZE:
        raise MalformedData("encryptionInfo[1].nonce", f"shorter than {NONCE_SIZE} bytes")
    if not isinstance(recipient, ec.EllipticCurvePublicKey) or not isinstance(recipient.curve, ec.SECP256R1):
        raise MalformedData("encryptionInfo[1].recipientPublicKey", "not on P-256")
    return EncryptionInfo(text, nonce, recipient)


def request_data(device_request: bytes, info: EncryptionInfo) -> dict[str, str]:
    """The `data` of the request to the browser, for an encoded DeviceRequest."""
    return {"deviceRequest": base64url.encode(device_request), "encryptionInfo": info.text}


def read_request_data(data: Mapping[str, object]) -> tuple[bytes, EncryptionInfo]:
    """The encoded DeviceRequest and the EncryptionInfo of a received request. Raises MalformedData."""
    request = cbor.member(data, "deviceRequest", str, "data")
    info = read_encryption_info(cbor.member(data, "encryptionInfo", str, "data"))
    return _from_text(request, "deviceRequest"), info


def seal(device_response: bytes, info: EncryptionInfo, origin: str) -> bytes:
    """EncryptedResponse for the reader of `info`, as asked by a page of `origin`.

    The ephemeral key is drawn inside OpenSSL: its HPKE takes none from outside.
    """
    sealed = _SUITE.encrypt(device_response, info.recipient, info=info.transcript(origin))
    return cbor.encode([_NAME, {"enc": sealed[:_ENCAPSULATED], "cipherText": sealed[_ENCAPSULATED:]}])


def open_response(
    encrypted: bytes, private_key: ec.EllipticCurvePrivateKey, info: EncryptionInfo, origin: str
) -> bytes:
    """The DeviceResponse in a received EncryptedResponse; `info` and `origin` are those of our own request.

    Raises MalformedData for the form, NotDecryptable for another key, request or origin.
    """
    path = "encryptedResponse"
    parts = _read_named(encrypted, path)
    enc, cipher_text = (cbor.member(parts, name, bytes, f"{path}[1]") for name in ("enc", "cipherText"))
    if len(enc) != _ENCAPSULATED or len(cipher_text) < _TAG:
        raise MalformedData(f"{path}[1]", "not an encapsulated key and a tag")
    try:
        return _SUITE.decrypt(enc + cipher_text, private_key, info=info.transcript(origin))
    except (InvalidTag, ValueError):
        raise NotDecryptable("the response is for another key, request or origin, or was changed") from None


def response_data(encrypted: bytes) -> dict[str, str]:
    """The `data` of the answer to the browser."""
    return {"response": base64url.encode(encrypted)}


def read_response_data(data: Mapping[str, object]) -> bytes:
    """The EncryptedResponse of a received answer. Raises MalformedData."""
    return _from_text(cbor.member(data, "response", str, "data"), "response")


def _from_text(text: str, path: str) -> bytes:
    if len(text) > MAX_TEXT:
        raise TooLarge(path, f"more than {MAX_TEXT} characters")
    return base64url.decode(text, path)


def _read_named(data: bytes, path: str) -> dict[Any, object]:
    """The map behind the name of the protocol, in an array of two."""
    parts: list[object] = cbor.expect(cbor.decode(data, path=path), list, path)
    if len(parts) != 2 or parts[0] != _NAME:
        raise MalformedData(path, f"not {_NAME} and its parameters")
    return cbor.expect(parts[1], dict, f"{path}[1]")
