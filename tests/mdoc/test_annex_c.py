from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhpke import AEADId, CipherSuite, KDFId, KEMId, KEMKey

from mdoc import annex_c, base64url, cbor
from mdoc.cose_key import encode_key
from mdoc.errors import MalformedData, MdocError, NotDecryptable, TooLarge
from tests.mdoc.test_key_agreement import KEYS
from tests.mdoc.world import private_key

KEY = private_key(91)
ORIGIN = "https://verifier.example"
INFO = annex_c.encryption_info(bytes(range(16)), KEY.public_key())
RESPONSE = b"a DeviceResponse"
SEALED = annex_c.seal(RESPONSE, INFO, ORIGIN)
ORACLE = CipherSuite.new(KEMId.DHKEM_P256_HKDF_SHA256, KDFId.HKDF_SHA256, AEADId.AES128_GCM)


def parts(encrypted: bytes) -> tuple[bytes, bytes]:
    """Encapsulated key and ciphertext of an EncryptedResponse."""
    name, fields = cbor.decode(encrypted)
    assert name == "dcapi"
    return fields["enc"], fields["cipherText"]


def test_other_implementation_opens_what_we_seal() -> None:
    """A second HPKE opens our response with the bare transcript as info and no associated data."""
    enc, cipher_text = parts(SEALED)
    pem = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    context = ORACLE.create_recipient_context(enc, KEMKey.from_pem(pem.decode("ascii")), info=INFO.transcript(ORIGIN))
    assert context.open(cipher_text) == RESPONSE


def test_we_open_what_another_implementation_seals() -> None:
    """We open a response that a second HPKE sealed for us."""
    pem = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    enc, context = ORACLE.create_sender_context(KEMKey.from_pem(pem.decode("ascii")), info=INFO.transcript(ORIGIN))
    encrypted = cbor.encode(["dcapi", {"enc": enc, "cipherText": context.seal(RESPONSE)}])
    assert annex_c.open_response(encrypted, KEY, INFO, ORIGIN) == RESPONSE


@settings(deadline=None, max_examples=20)
@given(st.binary(max_size=200))
def test_response_is_opened_as_sealed(response: bytes) -> None:
    """Every response survives, and two sealed alike differ."""
    first, second = annex_c.seal(response, INFO, ORIGIN), annex_c.seal(response, INFO, ORIGIN)
    assert first != second
    assert annex_c.open_response(first, KEY, INFO, ORIGIN) == response


def test_messages_are_read_as_written() -> None:
    """Request and answer survive the way through the browser, and the text of encryptionInfo is kept as sent."""
    request = annex_c.request_data(b"a DeviceRequest", INFO)
    assert set(request) == {"deviceRequest", "encryptionInfo"}
    device_request, info = annex_c.read_request_data(request)
    assert device_request == b"a DeviceRequest"
    assert (info, info.text) == (INFO, request["encryptionInfo"])
    assert annex_c.read_response_data(annex_c.response_data(SEALED)) == SEALED


@pytest.mark.parametrize(
    "change",
    [
        lambda: (SEALED, private_key(92), INFO, ORIGIN),
        lambda: (SEALED, KEY, INFO, "https://other.example"),
        lambda: (SEALED, KEY, annex_c.encryption_info(bytes(16), KEY.public_key()), ORIGIN),
        lambda: (SEALED[:-1] + bytes([SEALED[-1] ^ 1]), KEY, INFO, ORIGIN),
        lambda: (SEALED.replace(parts(SEALED)[0], b"\x04" + bytes(64)), KEY, INFO, ORIGIN),
    ],
    ids=["key", "origin", "request", "bit", "point"],
)
def test_response_of_another_meeting_does_not_open(change: Callable[[], tuple[Any, ...]]) -> None:
    """Another key, origin or request, a flipped bit and a point off the curve are refused."""
    with pytest.raises(NotDecryptable):
        annex_c.open_response(*change())


def encoded(*values: object) -> str:
    """An EncryptionInfo of these parts."""
    return base64url.encode(cbor.encode(list(values)))


PARAMETERS: dict[str, object] = {"nonce": bytes(16), "recipientPublicKey": encode_key(KEY.public_key())}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("oA==", "base64url"),
        (base64url.encode(b"\xa0"), "not of type array"),
        (encoded("dcapi"), "its parameters"),
        (encoded("other", PARAMETERS), "its parameters"),
        (encoded("dcapi", []), r"encryptionInfo\[1\]: not of type map"),
        (encoded("dcapi", PARAMETERS | {"nonce": bytes(15)}), "shorter"),
        (encoded("dcapi", PARAMETERS | {"nonce": "x"}), "bstr"),
        (encoded("dcapi", {"nonce": bytes(16)}), "recipientPublicKey: not of type map"),
        (
            encoded(
                "dcapi", PARAMETERS | {"recipientPublicKey": encode_key(private_key(1, ec.SECP384R1()).public_key())}
            ),
            "not on P-256",
        ),
        (encoded("dcapi", PARAMETERS | {"recipientPublicKey": encode_key(KEYS["X25519"](1).public_key())}), "P-256"),
    ],
)
def test_malformed_encryption_info_is_refused(text: str, reason: str) -> None:
    """Each fault in EncryptionInfo is refused with its place."""
    with pytest.raises(MalformedData, match=reason):
        annex_c.read_encryption_info(text)


@pytest.mark.parametrize(
    "encrypted",
    [
        cbor.encode({}),
        cbor.encode(["dcapi", {"enc": bytes(65)}]),
        cbor.encode(["dcapi", {"enc": bytes(64), "cipherText": bytes(16)}]),
        cbor.encode(["dcapi", {"enc": bytes(65), "cipherText": bytes(15)}]),
        cbor.encode(["dcapi", {"enc": "x", "cipherText": bytes(16)}]),
    ],
)
def test_malformed_response_is_refused(encrypted: bytes) -> None:
    """A response without its two parts, or with parts too short, is refused for its form."""
    with pytest.raises(MalformedData):
        annex_c.open_response(encrypted, KEY, INFO, ORIGIN)


def test_short_nonce_and_other_curve_are_not_written() -> None:
    """A reader does not ask with a nonce that can be guessed, or for encryption that phones do not know."""
    with pytest.raises(MalformedData, match="shorter"):
        annex_c.encryption_info(bytes(15), KEY.public_key())
    with pytest.raises(MalformedData, match="P-256"):
        annex_c.encryption_info(bytes(16), private_key(1, ec.SECP384R1()).public_key())


@pytest.mark.parametrize("data", [{}, {"deviceRequest": 5, "encryptionInfo": "x"}, {"deviceRequest": "oA"}])
def test_malformed_request_data_is_refused(data: dict[str, object]) -> None:
    """A request that lacks one of its two texts is refused."""
    with pytest.raises(MalformedData):
        annex_c.read_request_data(data)


def test_long_text_is_refused_unread() -> None:
    """A text beyond the bound is refused for its length."""
    with pytest.raises(TooLarge):
        annex_c.read_response_data({"response": "A" * (annex_c.MAX_TEXT + 1)})


@settings(deadline=None, max_examples=40)
@given(st.binary(max_size=100), st.integers(0, 150), st.integers(0, 4))
def test_spoiled_response_raises_only_our_errors(garbage: bytes, place: int, cut: int) -> None:
    """Whatever comes back from the browser is refused with one of our errors."""
    for data in (garbage, SEALED[:place] + garbage[:3] + b"\x00" + SEALED[place + cut :]):
        with pytest.raises(MdocError):
            annex_c.open_response(data, KEY, INFO, ORIGIN)
        with pytest.raises(MdocError):
            annex_c.read_encryption_info(base64url.encode(data))


def test_info_does_not_print() -> None:
    """Nonce and key do not show when printed."""
    assert "nonce" not in repr(INFO)
