from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mdoc import cbor, cose, device_signed
from mdoc.errors import MalformedData, SignatureRefused
from tests.mdoc.world import DEVICE_KEY, EPHEMERAL_READER, MNC, private_key, sign_device

TRANSCRIPT = b"\x83\xf6\xf6\x82\x61\x61\x41\x01"


def check(value: dict[str, object], **changes: Any) -> None:
    """Check a DeviceSigned as a reader does."""
    options: dict[str, Any] = {"transcript": TRANSCRIPT, "doc_type": MNC, "reader_key": EPHEMERAL_READER}
    options |= {"device_key": DEVICE_KEY.public_key()}
    device_signed.check(device_signed.read_device_signed(value, "d"), **(options | changes))


def signature() -> dict[str, object]:
    """DeviceSigned with a signature."""
    return device_signed.with_signature(TRANSCRIPT, MNC, sign_device)


def mac() -> dict[str, object]:
    """DeviceSigned with a MAC."""
    key = device_signed.mac_key(DEVICE_KEY, EPHEMERAL_READER.public_key(), TRANSCRIPT)
    return device_signed.with_mac(TRANSCRIPT, MNC, key)


@pytest.mark.parametrize("make", [signature, mac])
def test_device_is_believed_in_its_session_only(make: Any) -> None:
    """Signature and MAC hold for this session and docType, and for no other."""
    check(make())
    for other in ({"transcript": b"\x83\xf6\xf6\xf6"}, {"doc_type": "x"}, {"device_key": private_key(3).public_key()}):
        with pytest.raises(SignatureRefused):
            check(make(), **other)


def test_authentication_embeds_the_bare_transcript() -> None:
    """DeviceAuthentication holds the transcript array itself, not its tag-24 form."""
    outer: cbor.Embedded = cbor.decode(device_signed.authentication_bytes(TRANSCRIPT, MNC, cbor.Embedded(b"\xa0")))
    assert outer.open() == ["DeviceAuthentication", cbor.decode(TRANSCRIPT), MNC, cbor.Embedded(b"\xa0")]


def test_mac_needs_the_reader_key_and_one_curve() -> None:
    """A MAC cannot be checked without the ephemeral key, under a signing-only key, or across curves."""
    edwards = Ed25519PrivateKey.from_private_bytes(bytes(range(32))).public_key()
    for changes in ({"reader_key": None}, {"device_key": edwards}):
        with pytest.raises(SignatureRefused, match="cannot be checked"):
            check(mac(), **changes)
    with pytest.raises(SignatureRefused, match="one curve"):
        check(mac(), reader_key=private_key(3, ec.SECP384R1()))


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ([], "map"),
        ({"deviceAuth": {}}, "nameSpaces is missing"),
        (signature() | {"nameSpaces": {}}, "tag 24"),
        (signature() | {"deviceAuth": {}}, "neither"),
        (signature() | {"deviceAuth": {"deviceSignature": [], "deviceMac": []}}, "both"),
        (signature() | {"deviceAuth": {"deviceSignature": []}}, "four parts"),
        (signature() | {"deviceAuth": {"deviceMac": []}}, "four parts"),
        (signature() | {"nameSpaces": cbor.Embedded(b"\x80")}, "map"),
        (signature() | {"nameSpaces": cbor.Embedded(cbor.encode({"x": {}}))}, "without elements"),
        (signature() | {"nameSpaces": cbor.Embedded(cbor.encode({"x": {5: 1}}))}, "tstr"),
    ],
)
def test_malformed_device_signed_is_refused(value: object, reason: str) -> None:
    """Each fault in DeviceSigned is refused with its reason."""
    with pytest.raises(MalformedData, match=reason):
        device_signed.read_device_signed(value, "d")


def test_signature_is_detached() -> None:
    """The signature carries no payload; one that brings its own content is refused."""
    made: Any = signature()
    assert made["deviceAuth"]["deviceSignature"][2] is None
    made["deviceAuth"]["deviceSignature"] = cose.sign1(b"own content", sign_device)
    with pytest.raises(SignatureRefused):
        check(made)
