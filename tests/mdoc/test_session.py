from dataclasses import dataclass
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from mdoc import cbor, device_engagement, session
from mdoc.cose_key import encode_key
from mdoc.errors import MalformedData, SessionFailed
from mdoc.session import DeviceSession, ReaderSession, SessionStatus
from tests.mdoc.test_key_agreement import KEYS
from tests.mdoc.world import EPHEMERAL_DEVICE, EPHEMERAL_READER, private_key

ENGAGEMENT = device_engagement.encode_engagement(EPHEMERAL_DEVICE.public_key())


@dataclass
class Pair:
    """Both sides of one session."""

    reader: ReaderSession
    device: DeviceSession


@pytest.fixture
def pair() -> Pair:
    """Two sides that have just met."""
    reader = ReaderSession.from_engagement(ENGAGEMENT, EPHEMERAL_READER)
    establishment = reader.establish(b"request")
    return Pair(reader, DeviceSession.from_establishment(ENGAGEMENT, EPHEMERAL_DEVICE, establishment))


def refused(status: SessionStatus) -> Any:
    """Expect a failure that answers with this status."""
    return pytest.raises(SessionFailed, check=lambda failed: failed.status is status)


def test_both_sides_talk(pair: Pair) -> None:
    """Request, answer, second request and a farewell pass in both directions, over one transcript."""
    assert pair.device.request == b"request"
    assert pair.device.transcript == pair.reader.transcript
    assert pair.reader.decrypt(pair.device.encrypt(b"answer")) == (b"answer", None)
    assert pair.device.decrypt(pair.reader.encrypt(b"again")) == (b"again", None)
    last = pair.device.encrypt(b"last", SessionStatus.TERMINATION)
    assert pair.reader.decrypt(last) == (b"last", SessionStatus.TERMINATION)


@pytest.mark.parametrize("curve", KEYS)
def test_session_is_held_on_every_curve(curve: str) -> None:
    """Phone and reader talk on each curve of table 22, whichever the phone chose."""
    engagement = device_engagement.encode_engagement(KEYS[curve](31).public_key())
    reader = ReaderSession.from_engagement(engagement, KEYS[curve](32))
    device = DeviceSession.from_establishment(engagement, KEYS[curve](31), reader.establish(b"request"))
    assert device.request == b"request"
    assert reader.decrypt(device.encrypt(b"answer")) == (b"answer", None)


@pytest.mark.parametrize("nfc", [(b"select", None), (b"select", b"request")])
def test_session_is_held_after_both_kinds_of_handover(nfc: tuple[bytes, bytes | None]) -> None:
    """Both handover messages are in the keys: a reader that saw others cannot be read."""
    reader = ReaderSession.from_engagement(ENGAGEMENT, EPHEMERAL_READER, nfc=nfc)
    establishment = reader.establish(b"request")
    device = DeviceSession.from_establishment(ENGAGEMENT, EPHEMERAL_DEVICE, establishment, nfc=nfc)
    assert device.request == b"request"
    for other in (None, (b"select", b"other"), (b"other", nfc[1])):
        with refused(SessionStatus.ENCRYPTION_ERROR):
            DeviceSession.from_establishment(ENGAGEMENT, EPHEMERAL_DEVICE, establishment, nfc=other)


@pytest.mark.parametrize("status", SessionStatus)
def test_every_status_ends_the_session(pair: Pair, status: SessionStatus) -> None:
    """Encryption error, decoding error and termination end the session on the side that hears them."""
    assert pair.reader.decrypt(pair.device.terminate(status)) == (None, status)
    assert (pair.reader.ended, pair.device.ended) == (True, True)


def test_over_is_over(pair: Pair) -> None:
    """After an end nothing is encrypted or read any more, on either side."""
    assert pair.reader.decrypt(pair.device.terminate()) == (None, SessionStatus.TERMINATION)
    for side in (pair.reader, pair.device):
        with refused(SessionStatus.TERMINATION):
            side.encrypt(b"x")
        with refused(SessionStatus.TERMINATION):
            side.decrypt(cbor.encode({"status": 20}))


def test_equal_messages_look_different(pair: Pair) -> None:
    """The counter makes two equal messages differ, and a repeated one is refused."""
    first, second = pair.device.encrypt(b"same"), pair.device.encrypt(b"same")
    assert first != second
    assert pair.reader.decrypt(first)[0] == b"same"
    with refused(SessionStatus.ENCRYPTION_ERROR):
        pair.reader.decrypt(first)


def test_directions_have_keys_of_their_own(pair: Pair) -> None:
    """A message thrown back at its sender does not decrypt."""
    with refused(SessionStatus.ENCRYPTION_ERROR):
        pair.device.decrypt(pair.device.encrypt(b"answer"))


def test_changed_message_ends_the_session(pair: Pair) -> None:
    """A flipped bit is refused, and the session is over afterwards."""
    message = pair.device.encrypt(b"answer")
    with refused(SessionStatus.ENCRYPTION_ERROR):
        pair.reader.decrypt(message[:-1] + bytes([message[-1] ^ 1]))
    with refused(SessionStatus.TERMINATION):
        pair.reader.decrypt(message)


@pytest.mark.parametrize(
    "message", [b"", b"\x80", b"\xa0", cbor.encode({"data": "x"}), cbor.encode({"data": b"x", "status": 10})]
)
def test_malformed_message_ends_the_session(pair: Pair, message: bytes) -> None:
    """What is no SessionData is answered with status 11 and ends the session."""
    with refused(SessionStatus.CBOR_DECODING_ERROR):
        pair.reader.decrypt(message)
    assert pair.reader.ended


@pytest.mark.parametrize(
    ("establishment", "status"),
    [
        (b"\xa0", SessionStatus.CBOR_DECODING_ERROR),
        (cbor.encode({"eReaderKey": b"x", "data": b""}), SessionStatus.CBOR_DECODING_ERROR),
        (cbor.encode({"eReaderKey": cbor.Embedded(b"\xa0"), "data": b""}), SessionStatus.ENCRYPTION_ERROR),
        (
            cbor.encode(
                {
                    "eReaderKey": cbor.Embedded(cbor.encode(encode_key(EPHEMERAL_READER.public_key()))),
                    "data": bytes(40),
                }
            ),
            SessionStatus.ENCRYPTION_ERROR,
        ),
        (
            cbor.encode(
                {
                    "eReaderKey": cbor.Embedded(cbor.encode(encode_key(private_key(3, ec.SECP384R1()).public_key()))),
                    "data": bytes(40),
                }
            ),
            SessionStatus.ENCRYPTION_ERROR,
        ),
    ],
)
def test_bad_establishment_is_refused_with_its_status(establishment: bytes, status: SessionStatus) -> None:
    """The phone refuses a bad establishment and knows which status to answer."""
    with refused(status):
        DeviceSession.from_establishment(ENGAGEMENT, EPHEMERAL_DEVICE, establishment)


def test_bad_engagement_begins_no_session() -> None:
    """A reader refuses an engagement that it cannot read, or a key on another curve."""
    with pytest.raises(MalformedData):
        ReaderSession.from_engagement(b"\xa0", EPHEMERAL_READER)
    for key in (private_key(3, ec.SECP384R1()), KEYS["X25519"](3)):
        with refused(SessionStatus.ENCRYPTION_ERROR):
            ReaderSession.from_engagement(ENGAGEMENT, key)


def test_reader_key_is_not_compressed() -> None:
    """A reader's key in compressed form is refused, although the engagement's may be."""
    key = encode_key(EPHEMERAL_READER.public_key())
    compressed = cbor.encode(key | {-3: bool(key[-3][-1] & 1)})  # type: ignore[index]
    with refused(SessionStatus.ENCRYPTION_ERROR):
        DeviceSession.from_establishment(
            ENGAGEMENT, EPHEMERAL_DEVICE, cbor.encode({"eReaderKey": cbor.Embedded(compressed), "data": bytes(40)})
        )


def test_session_is_established_once() -> None:
    """A second establishment from one session is refused: its key would be used in two conversations."""
    reader = ReaderSession.from_engagement(ENGAGEMENT, EPHEMERAL_READER)
    reader.establish(b"request")
    with refused(SessionStatus.TERMINATION):
        reader.establish(b"request")


def test_counter_does_not_come_round(pair: Pair) -> None:
    """When the four bytes of the counter are used up, nothing more is encrypted."""
    pair.device._sending.counter = session.MAX_MESSAGES
    with refused(SessionStatus.TERMINATION):
        pair.device.encrypt(b"x")


def test_other_engagement_gives_other_keys() -> None:
    """A phone that engaged with other bytes cannot read the request: the transcript is in the keys."""
    establishment = ReaderSession.from_engagement(ENGAGEMENT, EPHEMERAL_READER).establish(b"request")
    method = device_engagement.RetrievalMethod(1, 1, {0: 255, 1: 256})
    other = device_engagement.encode_engagement(EPHEMERAL_DEVICE.public_key(), [method])
    with refused(SessionStatus.ENCRYPTION_ERROR):
        DeviceSession.from_establishment(other, EPHEMERAL_DEVICE, establishment)


def test_session_does_not_print(pair: Pair) -> None:
    """Keys and transcript do not show when a session is printed."""
    assert "key" not in repr(pair.reader) + repr(pair.device._sending)
