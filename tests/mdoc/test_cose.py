import json
from pathlib import Path
from typing import Any

import ecdsa
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mdoc import algorithms, cbor, cose, sig_structure
from mdoc.errors import MalformedData, SignatureRefused
from tests.mdoc.world import DEVICE_KEY, SIGNER_KEY, private_key, sign_issuer

VECTORS: dict[str, dict[str, str]] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "cose" / "messages.json").read_text()
)
PAYLOAD = b"This is the content."


def parts(name: str) -> list[Any]:
    """A foreign message as its decoded array."""
    array: list[Any] = cbor.decode(bytes.fromhex(VECTORS[name]["message"]))
    return array


def rfc_key() -> ec.EllipticCurvePublicKey:
    """Key "11" of RFC 8152."""
    point = bytes.fromhex("04" + VECTORS["sign1"]["x"] + VECTORS["sign1"]["y"])
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)


def message(protected: object, unprotected: object = None, payload: object = PAYLOAD) -> list[object]:
    """The array of a message with any headers."""
    encoded = protected if isinstance(protected, bytes) else cbor.encode(protected)
    return [encoded, unprotected or {}, payload, bytes(64)]


def test_signature_of_the_rfc_is_accepted() -> None:
    """The example of RFC 8152 verifies, and our Sig_structure is the printed one."""
    received = cose.read_sign1(parts("sign1"), "m")
    assert received.to_be_signed().hex() == VECTORS["sign1"]["to_be_signed"]
    cose.check(received, rfc_key())
    assert cose.header(received, 4, protected=False) == b"11"
    assert cose.header(received, 4, protected=True) is None


@pytest.mark.parametrize("place", [0, 2, 3])
def test_changed_signature_or_content_is_refused(place: int) -> None:
    """One bit in protected header, payload or signature, and the signature of the RFC no longer fits."""
    array = parts("sign1")
    array[place] = b"\xa1\x01\x38\x22" if place == 0 else bytes([array[place][0] ^ 1]) + array[place][1:]
    with pytest.raises(SignatureRefused):
        cose.check(cose.read_sign1(array, "m"), rfc_key())


def test_other_key_is_refused() -> None:
    """A signature is not accepted under somebody else's key."""
    with pytest.raises(SignatureRefused, match="does not fit"):
        cose.check(cose.read_sign1(parts("sign1"), "m"), SIGNER_KEY.public_key())


def test_mac_of_the_working_group_is_accepted() -> None:
    """The HMAC 256/256 example of the working group verifies, and a changed tag does not."""
    received = cose.read_mac0(parts("mac0"), "m")
    received.secret = bytes.fromhex(VECTORS["mac0"]["secret"])
    assert received.verify_tag()
    received.auth_tag = bytes(32)
    assert not received.verify_tag()


def test_mac_under_another_algorithm_is_refused() -> None:
    """A message that names another algorithm than HMAC 256/256 never verifies."""
    received = cose.read_mac0(message({1: 6}, payload=None), "m")
    received.detached = PAYLOAD
    received.auth_tag = received.compute_tag()
    assert not received.verify_tag()


def test_ecdsa_is_never_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """Signing and verifying go through the given signer and OpenSSL, never through the slow pure-Python arithmetic."""

    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("pure-Python arithmetic was reached")

    for owner in (ecdsa.SigningKey, ecdsa.VerifyingKey):
        for method in ("sign", "verify", "from_string", "from_secret_exponent", "from_public_point"):
            if hasattr(owner, method):
                monkeypatch.setattr(owner, method, forbidden)
    received = cose.read_sign1(cose.sign1(PAYLOAD, sign_issuer), "m")
    cose.check(received, SIGNER_KEY.public_key())
    mac = cose.read_mac0(cose.mac0(PAYLOAD, b"k"), "m")
    mac.secret, mac.detached = b"k", PAYLOAD
    assert mac.verify_tag()


def test_protected_header_is_three_bytes() -> None:
    """The protected header of our signatures is exactly a1 01 26."""
    assert cose.sign1(PAYLOAD, sign_issuer)[0] == sig_structure.ES256_HEADER
    assert cose.unsigned(PAYLOAD).phdr_encoded == sig_structure.ES256_HEADER


def test_content_stands_in_one_place() -> None:
    """A payload both inside and beside the message, or in neither place, is refused."""
    for payload, detached in ((PAYLOAD, PAYLOAD), (None, None)):
        with pytest.raises(SignatureRefused, match="either"):
            cose.unsigned(payload).to_be_signed(detached)
    assert cose.unsigned(None).to_be_signed(PAYLOAD) == cose.unsigned(PAYLOAD).to_be_signed()
    assert cose.unsigned(None).to_be_signed(b"").endswith(b"\x40")


def test_message_without_signer_or_key_does_nothing() -> None:
    """Without a signer there is no signature, without a key no verdict."""
    with pytest.raises(SignatureRefused):
        cose.unsigned(PAYLOAD).compute_signature()
    with pytest.raises(SignatureRefused):
        cose.unsigned(PAYLOAD).verify_signature()


@pytest.mark.parametrize(
    ("array", "reason"),
    [
        ({}, "not of type array"),
        ([b"", {}, None], "four parts"),
        (message(b"\x01"), "not of type map"),
        (message(b"\xa2\x01\x26\x01\x26"), "twice"),
        (message(b""), "the algorithm"),
        (message({}), "the algorithm"),
        (message({}, {1: -7}), "the algorithm"),
        (message({1: "ES256"}), "the algorithm"),
        (message({1: -7}, {1: -7}), "both maps"),
        (message({1: -7, 33: b"a"}, {33: b"a"}), "both maps"),
        (message({1: -7, 2: [99]}), "critical"),
        (message({1: -7}, {2: [99]}), "critical"),
        (message({1: -70000}), "algorithm is unknown"),
        (message({1: -7, 4: "text"}), "not of its type"),
        (message({1: -7}, payload=5), "not of type bstr"),
        ([cbor.encode({1: -7}), [], b"", b""], "not of type map"),
        ([cbor.encode({1: -7}), {}, b"", "x"], "not of type bstr"),
    ],
)
def test_malformed_message_is_refused(array: object, reason: str) -> None:
    """Each fault in the form of a message is refused with its reason."""
    with pytest.raises(MalformedData, match=reason):
        cose.read_sign1(array, "m")


@pytest.mark.parametrize(
    ("curve", "number"),
    [(ec.SECP384R1(), -35), (ec.SECP521R1(), -36), (ec.BrainpoolP256R1(), -7), (ec.BrainpoolP384R1(), -35)],
)
def test_each_curve_has_its_algorithm(curve: ec.EllipticCurve, number: int) -> None:
    """Signatures on the curves of the standard verify under their algorithm and are refused under another."""
    key = private_key(77, curve)
    for named, fits in ((number, True), (-7 if number != -7 else -35, False)):
        received = cose.read_sign1(message({1: named}), "m")
        received.signature = algorithms.software_signer(key)(received.to_be_signed())
        if fits:
            cose.check(received, key.public_key())
        else:
            with pytest.raises(SignatureRefused, match="does not fit the key"):
                cose.check(received, key.public_key())


def test_edwards_keys_sign_under_eddsa_only() -> None:
    """An Ed25519 signature verifies under EdDSA, not under ES256, and not when changed."""
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    received = cose.read_sign1(message({1: -8}), "m")
    received.signature = key.sign(received.to_be_signed())
    cose.check(received, key.public_key())
    received.signature = bytes(64)
    with pytest.raises(SignatureRefused, match="does not fit"):
        cose.check(received, key.public_key())
    with pytest.raises(SignatureRefused, match="does not fit the key"):
        cose.check(cose.read_sign1(message({1: -7}), "m"), key.public_key())
    with pytest.raises(SignatureRefused, match="does not fit the key"):
        cose.check(cose.read_sign1(message({1: 5}), "m"), SIGNER_KEY.public_key())


def test_signature_of_another_length_is_refused() -> None:
    """A raw signature has exactly twice the width of the curve."""
    received = cose.read_sign1(parts("sign1"), "m")
    received.signature = received.signature[:-1]
    with pytest.raises(SignatureRefused, match="length"):
        cose.check(received, rfc_key())


def test_chain_of_one_is_a_byte_string() -> None:
    """One certificate travels as a byte string, several as an array, and an array of one is refused."""
    for chain in ([b"a"], [b"a", b"b"]):
        unprotected = {cose.X5CHAIN: cose.x5chain(chain)}
        received = cose.read_sign1(cose.as_array(cose.unsigned(PAYLOAD, unprotected=unprotected), bytes(64)), "m")
        assert cose.chain(received, "m") == chain
        with pytest.raises(MalformedData):
            cose.chain(received, "m", protected=True)
    for wrong in ([b"a"], [], "a", [b"a", "b"], [b"a"] * 9):
        with pytest.raises(MalformedData, match="x5chain"):
            cose.chain(cose.read_sign1(message({1: -7}, {33: wrong}), "m"), "m")
    with pytest.raises(MalformedData, match="no certificate"):
        cose.x5chain([])


def test_messages_do_not_print() -> None:
    """A message shows nothing of its content, and a device key in it neither."""
    received = cose.read_sign1(parts("sign1"), "m")
    received.public_key = DEVICE_KEY.public_key()
    assert repr(received) == "Sign1()"
    assert repr(cose.read_mac0(parts("mac0"), "m")) == "Mac0()"


KEYS = {
    algorithms.ES256: private_key(71),
    algorithms.ES384: private_key(72, ec.SECP384R1()),
    algorithms.ES512: private_key(73, ec.SECP521R1()),
}


@pytest.mark.parametrize("number", KEYS)
def test_messages_are_written_under_each_algorithm(number: int) -> None:
    """A message names the algorithm that its key has, in the protected header, and verifies under it alone."""
    key = KEYS[number]
    assert algorithms.algorithm_for(key.public_key()) == number
    array = cose.sign1(PAYLOAD, algorithms.software_signer(key), algorithm=number)
    assert cbor.decode(array[0]) == {1: number}  # type: ignore[arg-type]
    received = cose.read_sign1(array, "m")
    cose.check(received, key.public_key())
    for other in KEYS.keys() - {number}:
        with pytest.raises(SignatureRefused):
            cose.check(cose.read_sign1(array, "m"), KEYS[other].public_key())


@pytest.mark.parametrize(
    "key",
    [
        Ed25519PrivateKey.from_private_bytes(bytes(range(32))),
        Ed448PrivateKey.from_private_bytes(bytes(range(57))),
    ],
)
def test_edwards_messages_are_written(key: Ed25519PrivateKey | Ed448PrivateKey) -> None:
    """Both Edwards curves sign under EdDSA."""
    assert algorithms.algorithm_for(key.public_key()) == algorithms.EDDSA
    array = cose.sign1(None, key.sign, algorithm=algorithms.EDDSA, detached=PAYLOAD)
    cose.check(cose.read_sign1(array, "m"), key.public_key(), PAYLOAD)


def test_curve_without_algorithm_is_refused() -> None:
    """A key on a curve that the standard does not know has no algorithm."""
    with pytest.raises(SignatureRefused, match="no algorithm"):
        algorithms.algorithm_for(private_key(71, ec.SECP256K1()).public_key())


def test_chain_may_stand_in_the_protected_header() -> None:
    """On request readers find x5chain in either header, the unprotected one first."""
    received = cose.read_sign1(message({1: -7, 33: b"a"}), "m")
    assert cose.chain(received, "m", protected=None) == cose.chain(received, "m", protected=True) == [b"a"]
    with pytest.raises(MalformedData, match="neither one"):
        cose.chain(received, "m")
    assert cose.chain(cose.read_sign1(message({1: -7}, {33: b"b"}), "m"), "m", protected=None) == [b"b"]


def test_a_usual_message_has_its_payload_in_itself_and_needs_a_key() -> None:
    """The short way of a usual message refuses what the long way refuses."""
    structure = sig_structure.es256_structure(PAYLOAD)
    usual = cose.Sign1.usual(b"certificate", PAYLOAD, sign_issuer(structure))
    cose.check(usual, SIGNER_KEY.public_key())
    with pytest.raises(SignatureRefused, match="either in the message or beside"):
        cose.check(usual, SIGNER_KEY.public_key(), PAYLOAD)
    with pytest.raises(SignatureRefused, match="does not fit"):
        cose.check(usual, DEVICE_KEY.public_key())
    with pytest.raises(SignatureRefused, match="no key"):
        cose.Sign1.usual(b"certificate", PAYLOAD, bytes(64)).verify_signature()
