"""DeviceSigned and mdoc authentication (ISO/IEC 18013-5 8.3.2.1.2.2, 9.1.3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from mdoc import cbor, cose
from mdoc.errors import MalformedData, SignatureRefused

EMPTY_NAME_SPACES: Final = cbor.Embedded(b"\xa0")


@dataclass(frozen=True, repr=False)
class DeviceSigned:
    """The device's part of a document: its own elements and exactly one of signature and MAC."""

    name_spaces_bytes: cbor.Embedded
    name_spaces: Mapping[str, Mapping[str, object]]
    signature: cose.Sign1 | None = None
    mac: cose.Mac0 | None = None


def authentication_bytes(transcript: bytes, doc_type: str, name_spaces: cbor.Embedded) -> bytes:
    """DeviceAuthenticationBytes, the detached content (9.1.3.4). `transcript` is the bare SessionTranscript array."""
    head, kind = cbor.encode("DeviceAuthentication"), cbor.encode(doc_type)
    return cbor.Embedded(cbor.array(head, transcript, kind, name_spaces.tagged)).tagged


def mac_key(private: ec.EllipticCurvePrivateKey, public: ec.EllipticCurvePublicKey, transcript: bytes) -> bytes:
    """EMacKey, 32 bytes (9.1.3.5). The salt is over the tag-24 form, unlike DeviceAuthentication.

    Raises SignatureRefused when the two keys are not on one curve.
    """
    if private.curve.name != public.curve.name:
        raise SignatureRefused("device key and reader key are not on one curve")
    salt = sha256(cbor.Embedded(transcript).tagged).digest()
    return HKDF(hashes.SHA256(), 32, salt, b"EMacKey").derive(private.exchange(ec.ECDH(), public))


def with_signature(transcript: bytes, doc_type: str, sign: cose.Sign) -> dict[str, object]:
    """A DeviceSigned map without own elements, authenticated by a signature of the device key (9.1.3.6)."""
    content = authentication_bytes(transcript, doc_type, EMPTY_NAME_SPACES)
    return _as_map("deviceSignature", cose.sign1(None, sign, detached=content))


def with_mac(transcript: bytes, doc_type: str, key: bytes) -> dict[str, object]:
    """A DeviceSigned map without own elements, authenticated by a MAC under `key` (see `mac_key`)."""
    content = authentication_bytes(transcript, doc_type, EMPTY_NAME_SPACES)
    return _as_map("deviceMac", cose.mac0(content, key))


def _as_map(kind: str, message: list[object]) -> dict[str, object]:
    return {"nameSpaces": EMPTY_NAME_SPACES, "deviceAuth": {kind: message}}


def read_device_signed(value: object, path: str) -> DeviceSigned:
    """A decoded DeviceSigned map. Raises MalformedData."""
    parts = cbor.expect(value, dict, path)
    embedded = cbor.member(parts, "nameSpaces", cbor.Embedded, path)
    auth = cbor.member(parts, "deviceAuth", dict, path)
    if ("deviceSignature" in auth) == ("deviceMac" in auth):
        raise MalformedData(f"{path}.deviceAuth", "neither a signature nor a MAC, or both")
    name_spaces = _read_name_spaces(embedded.open(f"{path}.nameSpaces"), f"{path}.nameSpaces")
    if "deviceSignature" in auth:
        where = f"{path}.deviceAuth.deviceSignature"
        return DeviceSigned(embedded, name_spaces, signature=cose.read_sign1(auth["deviceSignature"], where))
    return DeviceSigned(embedded, name_spaces, mac=cose.read_mac0(auth["deviceMac"], f"{path}.deviceAuth.deviceMac"))


def _read_name_spaces(value: object, path: str) -> dict[str, dict[str, object]]:
    spaces: dict[str, dict[str, object]] = {}
    for name, elements in cbor.expect(value, dict, path).items():
        inner = cbor.expect(elements, dict, path)
        if not inner:
            raise MalformedData(path, "a namespace without elements")
        spaces[cbor.text(name, path)] = {cbor.text(identifier, path): one for identifier, one in inner.items()}
    return spaces


def check(
    signed: DeviceSigned,
    *,
    transcript: bytes,
    doc_type: str,
    device_key: cose.PublicKey,
    reader_key: ec.EllipticCurvePrivateKey | None,
) -> None:
    """Raises SignatureRefused unless the device key authenticated this session and document (9.1.3.5, 9.1.3.6)."""
    content = authentication_bytes(transcript, doc_type, signed.name_spaces_bytes)
    if signed.signature is not None:
        cose.check(signed.signature, device_key, content)
        return
    if reader_key is None or not isinstance(device_key, ec.EllipticCurvePublicKey) or signed.mac is None:
        raise SignatureRefused("a MAC cannot be checked without the reader's ephemeral key")
    signed.mac.secret, signed.mac.detached = mac_key(reader_key, device_key, transcript), content
    if not signed.mac.verify_tag():
        raise SignatureRefused("the MAC does not fit")
