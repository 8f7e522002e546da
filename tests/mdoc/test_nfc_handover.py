from dataclasses import replace

import pytest

from mdoc import ndef, nfc_handover, retrieval_method
from mdoc.device_engagement import encode_engagement
from mdoc.errors import MalformedData
from mdoc.ndef import EXTERNAL, MEDIA, WELL_KNOWN, Record
from mdoc.retrieval_method import BLE, RetrievalMethod
from tests.mdoc.test_annex_d import handover
from tests.mdoc.world import EPHEMERAL_DEVICE

ENGAGEMENT = encode_engagement(EPHEMERAL_DEVICE.public_key())
UUID = bytes(range(16))
METHODS = [retrieval_method.ble(peripheral=UUID), retrieval_method.nfc(255, 65536)]
SELECT = nfc_handover.encode_select(ENGAGEMENT, METHODS)


def test_messages_of_the_standard_are_read() -> None:
    """The Select message of Annex D holds its engagement and BLE; its Request message offers three carriers."""
    engagement, (select, request) = handover()
    read = nfc_handover.read_select(select)
    assert (read.engagement.encoded, read.encoded) == (engagement, select)
    assert [nfc_handover.method(one) for one in read.carriers] == [RetrievalMethod(BLE, 1, {0: False, 1: True})]
    assert request is not None
    asked = nfc_handover.read_request(request)
    near, nfc, aware = (nfc_handover.method(one) for one in asked.carriers)
    assert near is not None
    assert near.options[10] == near.options[11] == bytes.fromhex("3a82d455d5fc4db3bea06fd2f6ff32c8")
    assert nfc == RetrievalMethod(retrieval_method.NFC, 1, {})
    assert aware is None
    assert asked.encoded == request


def test_select_is_read_as_written() -> None:
    """Engagement and methods survive a static handover."""
    read = nfc_handover.read_select(SELECT)
    assert read.engagement.encoded == ENGAGEMENT
    assert [nfc_handover.method(one) for one in read.carriers] == METHODS


def test_reader_asks_for_nfc_without_sizes() -> None:
    """A reader that does not know the sizes of the phone offers NFC without them."""
    method = RetrievalMethod(retrieval_method.NFC, 1, {})
    read = nfc_handover.read_request(nfc_handover.encode_request([method], b"\x01\x02"))
    assert [nfc_handover.method(one) for one in read.carriers] == [method]


def test_request_is_read_as_written() -> None:
    """What a reader offers survives a negotiated handover; the collision resolution has two bytes."""
    central = retrieval_method.ble(central=UUID)
    read = nfc_handover.read_request(nfc_handover.encode_request([central], b"\x01\x02"))
    assert [nfc_handover.method(one) for one in read.carriers] == [central]
    with pytest.raises(MalformedData, match="two bytes"):
        nfc_handover.encode_request([central], b"\x01")


@pytest.mark.parametrize(
    "method",
    [
        RetrievalMethod(retrieval_method.WIFI_AWARE, 1, {}),
        retrieval_method.ble(),
        retrieval_method.ble(peripheral=UUID, central=UUID),
    ],
)
def test_method_without_a_record_is_not_written(method: RetrievalMethod) -> None:
    """Wi-Fi Aware, and BLE in no mode or in both, have no carrier record here."""
    with pytest.raises(MalformedData, match="BLE in one mode"):
        nfc_handover.carrier(method)


def spoiled(number: int, record: Record | None) -> bytes:
    """The Select message with one record exchanged or left out."""
    records = list(ndef.decode(SELECT, "m"))
    records[number : number + 1] = [] if record is None else [record]
    return ndef.encode(records)


HEAD, DEVICE, NEAR, _ = ndef.decode(SELECT, "m")
NAMED = encode_engagement(EPHEMERAL_DEVICE.public_key(), METHODS)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (nfc_handover.encode_request(METHODS, b"cr"), "another message"),
        (spoiled(0, replace(HEAD, payload=b"")), "major version"),
        (spoiled(0, replace(HEAD, payload=b"\x25" + HEAD.payload[1:])), "major version"),
        (spoiled(0, replace(HEAD, payload=b"\x15")), "too early"),
        (spoiled(0, replace(HEAD, payload=b"\x15" + ndef.encode([Record(WELL_KNOWN, b"cr", b"")]))), "no carrier"),
        (spoiled(0, replace(HEAD, payload=b"\x15" + ndef.encode([Record(WELL_KNOWN, b"ac", b"\x01")]))), "too early"),
        (spoiled(0, replace(HEAD, payload=b"\x15" + ndef.encode([Record(WELL_KNOWN, b"ac", b"\x01\x05a")]))), "early"),
        (spoiled(1, None), "one device engagement"),
        (spoiled(1, replace(DEVICE, identifier=b"other")), "one device engagement"),
        (spoiled(1, replace(DEVICE, payload=NAMED)), "beside the carriers"),
        (spoiled(2, None), "without its configuration"),
    ],
)
def test_malformed_select_is_refused(data: bytes, reason: str) -> None:
    """Each fault in a Select message is refused with its reason."""
    with pytest.raises(MalformedData, match=reason):
        nfc_handover.read_select(data)


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (Record(EXTERNAL, nfc_handover.NFC_TYPE, b"\x02"), "version of NFC"),
        (Record(EXTERNAL, nfc_handover.NFC_TYPE, b"\x01\x00"), "ends too early"),
        (Record(EXTERNAL, nfc_handover.NFC_TYPE, b"\x01\x05\x01"), "ends too early"),
        (Record(MEDIA, nfc_handover.BLE_TYPE, b""), "no role"),
        (Record(MEDIA, nfc_handover.BLE_TYPE, b"\x02\x1c\x04"), "no role"),
    ],
)
def test_malformed_carrier_is_refused(record: Record, reason: str) -> None:
    """A carrier without its role, or with fields that end too early, is refused."""
    with pytest.raises(MalformedData, match=reason):
        nfc_handover.method(record)


def test_carrier_without_uuid_is_read() -> None:
    """BLE may be offered without a UUID, which the reader then learns from the engagement key."""
    method = nfc_handover.method(Record(MEDIA, nfc_handover.BLE_TYPE, b"\x02\x1c\x00"))
    assert method == RetrievalMethod(BLE, 1, {0: True, 1: False})
