"""DeviceSigned and mdoc authentication (ISO/IEC 18013-5 8.3.2.1.2.2, 9.1.3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x448 import X448PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from mdoc import algorithms, cbor, cose, heads, key_agreement, paths
from mdoc.cose_key import AnyKey
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
    return cbor.Embedded(heads.array(head, transcript, kind, name_spaces.tagged)).tagged


def mac_key(private: key_agreement.PrivateKey, public: key_agreement.PublicKey, transcript: bytes) -> bytes:
    """EMacKey, 32 bytes (9.1.3.5), from one side's private and the other side's public key: device and reader key.

    Raises SignatureRefused when the two keys are not on one curve.
    """
    try:
        return key_agreement.derive(private, public, transcript, b"EMacKey")
    except MalformedData as malformed:
        raise SignatureRefused(malformed.reason) from malformed


def with_signature(
    transcript: bytes, doc_type: str, sign: algorithms.Sign, name_spaces: cbor.Embedded = EMPTY_NAME_SPACES
) -> dict[str, object]:
    """A DeviceSigned map authenticated by a signature of the device key (9.1.3.6).

    `name_spaces`: what the device says of its own (`own_elements`), usually nothing.
    """
    content = authentication_bytes(transcript, doc_type, name_spaces)
    return _as_map(name_spaces, "deviceSignature", cose.sign1(None, sign, detached=content))


def with_mac(
    transcript: bytes, doc_type: str, key: bytes, name_spaces: cbor.Embedded = EMPTY_NAME_SPACES
) -> dict[str, object]:
    """As `with_signature`, authenticated by a MAC under `key` (see `mac_key`)."""
    content = authentication_bytes(transcript, doc_type, name_spaces)
    return _as_map(name_spaces, "deviceMac", cose.mac0(content, key))


def own_elements(elements: Mapping[str, Mapping[str, object]]) -> cbor.Embedded:
    """DeviceNameSpacesBytes: namespace → identifier → value; readers accept what keyAuthorizations allow."""
    return cbor.Embedded(cbor.encode({name: dict(one) for name, one in elements.items()}))


def _as_map(name_spaces: cbor.Embedded, kind: str, message: list[object]) -> dict[str, object]:
    return {"nameSpaces": name_spaces, "deviceAuth": {kind: message}}


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
        where = paths.entry(path, name)
        inner = cbor.expect(elements, dict, where)
        if not inner:
            raise MalformedData(where, "a namespace without elements")
        spaces[cbor.text(name, where)] = {cbor.text(one, paths.entry(where, one)): inner[one] for one in inner}
    return spaces


def check(
    signed: DeviceSigned,
    *,
    transcript: bytes,
    doc_type: str,
    device_key: AnyKey,
    reader_key: key_agreement.PrivateKey | None,
) -> None:
    """Raises SignatureRefused unless the device key authenticated this session and document (9.1.3.5, 9.1.3.6)."""
    content = authentication_bytes(transcript, doc_type, signed.name_spaces_bytes)
    if signed.signature is not None:
        _check_signature(signed.signature, device_key, content)
    else:
        _check_mac(signed.mac, device_key, reader_key, transcript, content)


def _check_signature(signature: cose.Sign1, device_key: AnyKey, content: bytes) -> None:
    if isinstance(device_key, X25519PublicKey | X448PublicKey):
        raise SignatureRefused("the device key cannot sign")
    cose.check(signature, device_key, content)


def _check_mac(
    mac: cose.Mac0 | None,
    device_key: AnyKey,
    reader_key: key_agreement.PrivateKey | None,
    transcript: bytes,
    content: bytes,
) -> None:
    if reader_key is None or mac is None:
        raise SignatureRefused("a MAC cannot be checked without the reader's ephemeral key")
    if isinstance(device_key, Ed25519PublicKey | Ed448PublicKey):
        raise SignatureRefused("the device key can only sign")
    mac.secret, mac.detached = mac_key(reader_key, device_key, transcript), content
    if not mac.verify_tag():
        raise SignatureRefused("the MAC does not fit")
