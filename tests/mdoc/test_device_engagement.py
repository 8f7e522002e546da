from typing import Any

import pytest

from mdoc import cbor, device_engagement
from mdoc.cose_key import encode_key
from mdoc.device_engagement import BLE, Capabilities, RetrievalMethod
from mdoc.errors import MalformedData, TooLarge
from tests.mdoc.world import EPHEMERAL_DEVICE

METHOD = RetrievalMethod(BLE, 1, {0: False, 1: True, 11: bytes(16)})
KEY = cbor.Embedded(cbor.encode(encode_key(EPHEMERAL_DEVICE.public_key())))


def test_qr_code_is_read_as_written() -> None:
    """An engagement survives the way through a QR code, and keeps its bytes for the transcript."""
    data = device_engagement.encode_engagement(EPHEMERAL_DEVICE.public_key(), [METHOD])
    text = device_engagement.qr_text(data)
    assert text.startswith("mdoc:")
    assert "=" not in text
    read = device_engagement.read_qr(text)
    assert (read.encoded, read.methods) == (data, (METHOD,))
    assert read.device_key == EPHEMERAL_DEVICE.public_key()


def test_nfc_engagement_names_no_method() -> None:
    """Without methods the engagement has no key 2, as NFC wants it."""
    data = device_engagement.encode_engagement(EPHEMERAL_DEVICE.public_key())
    assert sorted(cbor.decode(data)) == [0, 1]
    assert device_engagement.decode_engagement(data).methods == ()


def test_capabilities_and_origins_are_read_as_written() -> None:
    """With either the version is 1.1, and capabilities bring an empty list of origins along."""
    capable = Capabilities(reader_auth_all=True, extended_request=True)
    data = device_engagement.encode_engagement(EPHEMERAL_DEVICE.public_key(), capabilities=capable)
    assert cbor.decode(data) == {0: "1.1", 1: [1, KEY], 5: [], 6: {3: True, 4: True}}
    read = device_engagement.decode_engagement(data)
    assert (read.capabilities, read.origin_infos) == (capable, ())
    origin = {"cat": 1, "type": 1, "details": {"domain": "example.com"}}
    data = device_engagement.encode_engagement(EPHEMERAL_DEVICE.public_key(), origin_infos=[origin])
    read = device_engagement.decode_engagement(data)
    assert (read.capabilities, read.origin_infos) == (None, (origin,))


def test_what_newer_phones_add_is_left_alone() -> None:
    """Unknown keys and capabilities of a later minor version do no harm."""
    data = cbor.encode({0: "1.9", 1: [1, KEY], 5: [], 6: {2: False, 77: [1]}, 8: "x", -1: "y"})
    read = device_engagement.decode_engagement(data)
    assert read.device_key == EPHEMERAL_DEVICE.public_key()
    assert read.capabilities == Capabilities()


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ([], "map"),
        ({0: "2.0", 1: [1, KEY]}, "major version"),
        ({0: "1.0"}, "1 is missing"),
        ({0: "1.0", 1: [1]}, "cipher suite"),
        ({0: "1.0", 1: [2, KEY]}, "cipher suite"),
        ({0: "1.0", 1: [1, KEY.content]}, "tag 24"),
        ({0: "1.0", 1: [1, cbor.Embedded(b"\xa0")]}, "missing"),
        ({0: "1.0", 1: [1, KEY], 2: []}, "no method"),
        ({0: "1.0", 1: [1, KEY], 2: [[9, 1, {}]] * 9}, "too many"),
        ({0: "1.1", 1: [1, KEY], 6: {}}, r"engagement\.5: missing"),
        ({0: "1.1", 1: [1, KEY], 5: [5]}, r"engagement\.5\[0\]: not of type map"),
        ({0: "1.1", 1: [1, KEY], 5: [], 6: {2: 1}}, r"engagement\.6\.2: not of type bool"),
        ({0: "1.0", 1: [1, KEY], 2: [[2, 1]]}, "three parts"),
        ({0: "1.0", 1: [1, KEY], 2: [[2, "1", {}]]}, "int"),
        ({0: "1.0", 1: [1, KEY], 2: [[2, 1, []]]}, "map"),
    ],
)
def test_malformed_engagement_is_refused(value: Any, reason: str) -> None:
    """Each fault in an engagement is refused with its reason."""
    with pytest.raises(MalformedData, match=reason):
        device_engagement.decode_engagement(cbor.encode(value))


@pytest.mark.parametrize("text", ["https://example.com", "mdoc:oA==", "mdoc:!", "mdoc:a", "mdoc:あ", ""])
def test_other_codes_are_refused(text: str) -> None:
    """A code of another scheme, with padding or in another alphabet is refused."""
    with pytest.raises(MalformedData):
        device_engagement.read_qr(text)


def test_code_says_how_to_reach_the_phone() -> None:
    """An engagement without methods is that of NFC, and no code."""
    data = device_engagement.encode_engagement(EPHEMERAL_DEVICE.public_key())
    with pytest.raises(MalformedData, match="how to reach"):
        device_engagement.read_qr(device_engagement.qr_text(data))


def test_long_code_is_refused_unread() -> None:
    """A text longer than any QR code is refused for its length."""
    with pytest.raises(TooLarge):
        device_engagement.read_qr("mdoc:" + "A" * 5000)
