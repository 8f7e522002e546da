from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mdoc import cbor, cose, device_signed
from mdoc.errors import MalformedData, SignatureRefused
from tests.mdoc.test_key_agreement import KEYS
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
    with pytest.raises(SignatureRefused, match="cannot be checked"):
        check(mac(), reader_key=None)
    with pytest.raises(SignatureRefused, match="can only sign"):
        check(mac(), device_key=edwards)
    with pytest.raises(SignatureRefused, match="one curve"):
        check(mac(), reader_key=private_key(3, ec.SECP384R1()))


@pytest.mark.parametrize("curve", KEYS)
def test_mac_holds_on_every_curve(curve: str) -> None:
    """Device and reader agree on EMacKey on each curve of the standard; another reader does not."""
    device, reader = KEYS[curve](21), KEYS[curve](22)
    made = device_signed.with_mac(TRANSCRIPT, MNC, device_signed.mac_key(device, reader.public_key(), TRANSCRIPT))
    check(made, device_key=device.public_key(), reader_key=reader)
    with pytest.raises(SignatureRefused, match="does not fit"):
        check(made, device_key=device.public_key(), reader_key=KEYS[curve](23))


def test_edwards_key_signs() -> None:
    """A device key on Ed448 signs; a key that can only agree does not."""
    key = Ed448PrivateKey.from_private_bytes(bytes(range(57)))
    content = device_signed.authentication_bytes(TRANSCRIPT, MNC, device_signed.EMPTY_NAME_SPACES)
    structure = cbor.encode(["Signature1", b"\xa1\x01\x27", b"", content])
    made: Any = signature()
    made["deviceAuth"]["deviceSignature"] = [b"\xa1\x01\x27", {}, None, key.sign(structure)]
    check(made, device_key=key.public_key())
    with pytest.raises(SignatureRefused, match="cannot sign"):
        check(made, device_key=KEYS["X448"](1).public_key())


@pytest.mark.parametrize("kind", ["signature", "mac"])
def test_own_elements_are_covered(kind: str) -> None:
    """What the device says of its own is read, and belongs to what it authenticates."""
    own = device_signed.own_elements({"com.example": {"nym": "x"}})
    key = device_signed.mac_key(DEVICE_KEY, EPHEMERAL_READER.public_key(), TRANSCRIPT)
    made = (
        device_signed.with_signature(TRANSCRIPT, MNC, sign_device, own)
        if kind == "signature"
        else device_signed.with_mac(TRANSCRIPT, MNC, key, own)
    )
    check(made)
    assert device_signed.read_device_signed(made, "d").name_spaces == {"com.example": {"nym": "x"}}
    with pytest.raises(SignatureRefused):
        check(made | {"nameSpaces": device_signed.EMPTY_NAME_SPACES})


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
        (
            signature() | {"nameSpaces": cbor.Embedded(cbor.encode({"x.y": {5: 1}}))},
            r"^d.nameSpaces\['x.y'\].5: .*tstr",
        ),
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
