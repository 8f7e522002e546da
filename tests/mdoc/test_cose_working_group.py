"""The messages of the COSE working group, those that must fail included: foreign material that we did not make."""

import json
from base64 import urlsafe_b64decode
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from mdoc import algorithms, cbor, cose
from mdoc.errors import MalformedData, SignatureRefused, WrongTag

VECTORS: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "cose" / "working_group.json").read_text()
)
CURVES: dict[str, ec.EllipticCurve] = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}
EDWARDS: dict[str, type[Ed25519PublicKey | Ed448PublicKey]] = {"Ed25519": Ed25519PublicKey, "Ed448": Ed448PublicKey}
TAGS = {"sign1": b"\xd2", "mac0": b"\xd1"}


def public_key(jwk: dict[str, str]) -> algorithms.PublicKey:
    """The key of an example."""
    if "x_hex" in jwk:
        return EDWARDS[jwk["crv"]].from_public_bytes(bytes.fromhex(jwk["x_hex"]))
    x, y = (urlsafe_b64decode(jwk[name] + "=" * (-len(jwk[name]) % 4)) for name in ("x", "y"))
    return ec.EllipticCurvePublicKey.from_encoded_point(CURVES[jwk["crv"]], b"\x04" + x + y)


def message(example: dict[str, Any], kind: str) -> object:
    """The array of an example, out of its own tag: inside mdoc structures it stands without one."""
    return cbor.decode(bytes.fromhex(example["cbor"]).removeprefix(TAGS[kind]))


def sign1(example: dict[str, Any]) -> cose.Sign1:
    """The message of an example, with the data beside it."""
    received = cose.read_sign1(message(example, "sign1"), "m")
    received.external_aad = bytes.fromhex(example["external"])  # type: ignore[misc]  # pycose has a setter
    return received


def mac0(example: dict[str, Any]) -> cose.Mac0:
    """The message of an example under its key, with the data beside it."""
    received = cose.read_mac0(message(example, "mac0"), "m")
    received.external_aad = bytes.fromhex(example["external"])  # type: ignore[misc]  # pycose has a setter
    received.secret = bytes.fromhex(example["secret"])
    return received


def examples(kind: str, *, valid: bool, usable: bool = True) -> list[Any]:
    """The examples of a kind; usable ones name a fitting algorithm in the protected header."""
    chosen = [one for one in VECTORS[kind] if (one["valid"], one["protected_algorithm"]) == (valid, usable)]
    return [pytest.param(one, id=one["name"]) for one in chosen]


@pytest.mark.parametrize("example", examples("sign1", valid=True))
def test_signatures_are_accepted(example: dict[str, Any]) -> None:
    """ES256, ES384, ES512, Ed25519 and Ed448 verify, over the printed Sig_structure."""
    received = sign1(example)
    assert received.to_be_signed().hex() == example["to_be_signed"]
    cose.check(received, public_key(example["key"]))


@pytest.mark.parametrize("example", examples("sign1", valid=False))
def test_failing_signatures_are_refused(example: dict[str, Any]) -> None:
    """Another tag, content, algorithm or header: each example that must fail is refused."""
    with pytest.raises((MalformedData, SignatureRefused)):
        cose.check(sign1(example), public_key(example["key"]))


@pytest.mark.parametrize("example", examples("sign1", valid=True, usable=False))
def test_what_the_standard_narrows_is_refused(example: dict[str, Any]) -> None:
    """An algorithm outside the protected header, or ES512 on P-256, is fine for COSE and not for ISO/IEC 18013-5."""
    with pytest.raises((MalformedData, SignatureRefused), match=r"protected header|does not fit the key|wrong length"):
        cose.check(sign1(example), public_key(example["key"]))


@pytest.mark.parametrize("example", examples("mac0", valid=True))
def test_macs_are_accepted(example: dict[str, Any]) -> None:
    """HMAC 256/256 verifies, and we make the same tag over the same content."""
    received = mac0(example)
    assert received.verify_tag()
    payload = received.payload or b""
    assert bytes.fromhex(example["to_be_maced"]).endswith(payload)
    assert cose.mac0(payload, received.secret)[3] == received.auth_tag


@pytest.mark.parametrize("example", [*examples("mac0", valid=False), *examples("mac0", valid=True, usable=False)])
def test_failing_macs_are_refused(example: dict[str, Any]) -> None:
    """Another tag, algorithm or header, and an algorithm that nobody protects: each is refused."""
    try:
        verified = mac0(example).verify_tag()
    except MalformedData:
        verified = False
    assert not verified


def test_foreign_tag_has_its_own_error() -> None:
    """A message under a tag that is not its own is refused for the tag."""
    with pytest.raises(WrongTag):
        cose.read_sign1(message(VECTORS["sign1"][0], "sign1"), "m")
