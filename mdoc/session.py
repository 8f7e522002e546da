"""Session encryption in proximity (ISO/IEC 18013-5 9.1.1): two keys, two counters, one transcript.

Ephemeral private keys are arguments; a session object belongs to one conversation and is not shared between threads.
"""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from mdoc import cbor, key_agreement, session_transcript
from mdoc.cose_key import encode_key, read_agreement_key
from mdoc.device_engagement import decode_engagement
from mdoc.errors import MalformedData, SessionFailed
from mdoc.key_agreement import PrivateKey, PublicKey

READER_IDENTIFIER: Final = bytes(8)
DEVICE_IDENTIFIER: Final = bytes(7) + b"\x01"
MAX_MESSAGES: Final = (1 << 32) - 1


class SessionStatus(IntEnum):
    """Status codes in SessionData (table 20)."""

    ENCRYPTION_ERROR = 10
    CBOR_DECODING_ERROR = 11
    TERMINATION = 20


@dataclass(repr=False)
class _Channel:
    """One direction: key, identifier and counter, which starts at 1 (9.1.1.5)."""

    key: bytes
    identifier: bytes
    counter: int = field(default=0)

    def _nonce(self) -> bytes:
        if self.counter >= MAX_MESSAGES:
            raise SessionFailed(SessionStatus.TERMINATION, "the counter of this direction is used up")
        self.counter += 1
        return self.identifier + self.counter.to_bytes(4, "big")

    def encrypt(self, plaintext: bytes) -> bytes:
        return AESGCM(self.key).encrypt(self._nonce(), plaintext, None)

    def decrypt(self, ciphertext: bytes) -> bytes:
        try:
            return AESGCM(self.key).decrypt(self._nonce(), ciphertext, None)
        except InvalidTag:
            raise SessionFailed(SessionStatus.ENCRYPTION_ERROR, "the message does not decrypt") from None


@dataclass(repr=False)
class _Session:
    """What both sides share: the transcript, both channels, and whether the conversation is over."""

    transcript: bytes
    _sending: _Channel
    _receiving: _Channel
    ended: bool = False

    def encrypt(self, plaintext: bytes, status: SessionStatus | None = None) -> bytes:
        """SessionData with `plaintext` and, on request, a status that ends the session."""
        message: dict[str, object] = {"data": self._seal(plaintext)}
        if status is not None:
            self.ended = True
            message["status"] = int(status)
        return cbor.encode(message)

    def decrypt(self, session_data: bytes) -> tuple[bytes | None, int | None]:
        """The plaintext and the status of received SessionData, either of which may be missing.

        Raises SessionFailed with the status to answer; the session is over afterwards.
        """
        data, status = self._open(session_data)
        plaintext = None if data is None else self._unseal(data)
        self.ended |= status is not None
        return plaintext, status

    def terminate(self, status: SessionStatus = SessionStatus.TERMINATION) -> bytes:
        """SessionData that only ends the session."""
        self.ended = True
        return cbor.encode({"status": int(status)})

    def _seal(self, plaintext: bytes) -> bytes:
        self._must_run()
        return self._sending.encrypt(plaintext)

    def _unseal(self, data: bytes) -> bytes:
        try:
            return self._receiving.decrypt(data)
        except SessionFailed:
            self.ended = True  # 9.1.1.4: after an error both sides destroy their keys
            raise

    def _open(self, session_data: bytes) -> tuple[bytes | None, int | None]:
        self._must_run()
        try:
            parts = cbor.expect(cbor.decode(session_data, path="sessionData"), dict, "sessionData")
            data = cbor.optional(parts, "data", bytes, "sessionData")
            status = cbor.optional(parts, "status", int, "sessionData")
            _check_message(data, status)
        except MalformedData as malformed:
            self.ended = True
            raise SessionFailed(SessionStatus.CBOR_DECODING_ERROR, malformed.reason) from malformed
        return data, status

    def _must_run(self) -> None:
        if self.ended:
            raise SessionFailed(SessionStatus.TERMINATION, "the session is over")


def _check_message(data: bytes | None, status: int | None) -> None:
    if data is None and status is None:
        raise MalformedData("sessionData", "neither data nor a status")
    if data is not None and status in (SessionStatus.ENCRYPTION_ERROR, SessionStatus.CBOR_DECODING_ERROR):
        raise MalformedData("sessionData", "data beside an error status")


class ReaderSession(_Session):
    """The reader's side."""

    _reader_key_bytes: bytes
    _established: bool = False

    @classmethod
    def from_engagement(
        cls,
        engagement: bytes,
        reader_key: PrivateKey,
        *,
        nfc: tuple[bytes, bytes | None] | None = None,
    ) -> "ReaderSession":
        """A session with the phone whose engagement was scanned; `reader_key` is ephemeral, made for this session.

        `nfc`: Handover Select and Request messages when the engagement came that way. Raises MalformedData for a bad
        engagement, SessionFailed when the keys are not on one curve.
        """
        device_key = decode_engagement(engagement).device_key
        encoded = cbor.encode(encode_key(reader_key.public_key()))
        transcript = _transcript(engagement, encoded, nfc)
        to_device, to_reader = _channels(reader_key, device_key, transcript)
        session = cls(transcript, _sending=to_device, _receiving=to_reader)
        session._reader_key_bytes = encoded
        return session

    def establish(self, request: bytes) -> bytes:
        """SessionEstablishment: the reader's key and the first encrypted DeviceRequest."""
        if self._established:
            raise SessionFailed(SessionStatus.TERMINATION, "the session is already established")
        self._established = True
        return cbor.encode({"eReaderKey": cbor.Embedded(self._reader_key_bytes), "data": self._seal(request)})


class DeviceSession(_Session):
    """The phone's side; `request` is the DeviceRequest that came with the establishment."""

    request: bytes

    @classmethod
    def from_establishment(
        cls,
        engagement: bytes,
        device_key: PrivateKey,
        establishment: bytes,
        *,
        nfc: tuple[bytes, bytes | None] | None = None,
    ) -> "DeviceSession":
        """A session from received SessionEstablishment; `device_key` is the ephemeral key of `engagement`.

        Raises SessionFailed with the status to answer.
        """
        reader_key_bytes, data = _read_establishment(establishment)
        try:
            reader_key = read_agreement_key(cbor.decode(reader_key_bytes), "eReaderKey", compressed=False)
        except MalformedData as malformed:
            raise SessionFailed(SessionStatus.ENCRYPTION_ERROR, malformed.reason) from malformed
        transcript = _transcript(engagement, reader_key_bytes, nfc)
        to_device, to_reader = _channels(device_key, reader_key, transcript)
        session = cls(transcript, _sending=to_reader, _receiving=to_device)
        session.request = session._unseal(data)
        return session


def _read_establishment(establishment: bytes) -> tuple[bytes, bytes]:
    path = "sessionEstablishment"
    try:
        parts: dict[Any, object] = cbor.expect(cbor.decode(establishment, path=path), dict, path)
        return cbor.member(parts, "eReaderKey", cbor.Embedded, path).content, cbor.member(parts, "data", bytes, path)
    except MalformedData as malformed:
        raise SessionFailed(SessionStatus.CBOR_DECODING_ERROR, malformed.reason) from malformed


def _transcript(engagement: bytes, reader_key: bytes, nfc: tuple[bytes, bytes | None] | None) -> bytes:
    if nfc is None:
        return session_transcript.qr(engagement, reader_key)
    return session_transcript.nfc(engagement, reader_key, *nfc)


def _channels(private: PrivateKey, public: PublicKey, transcript: bytes) -> tuple[_Channel, _Channel]:
    """SKReader and SKDevice (9.1.1.5), as the channels to the device and to the reader."""
    try:
        reader = key_agreement.derive(private, public, transcript, b"SKReader")
        device = key_agreement.derive(private, public, transcript, b"SKDevice")
    except MalformedData as malformed:
        raise SessionFailed(SessionStatus.ENCRYPTION_ERROR, malformed.reason) from malformed
    return _Channel(reader, READER_IDENTIFIER), _Channel(device, DEVICE_IDENTIFIER)
