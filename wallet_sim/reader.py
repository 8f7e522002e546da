"""The reader of a registered relying party: says who it is, asks, and takes the answer (ISO/IEC 18013-5 9.1)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from mdoc import reader_auth
from mdoc.device_engagement import read_qr
from mdoc.device_request import encode_request, items_request
from mdoc.session import ReaderSession
from wallet_sim.chance import Chance, p256_key

Elements = Mapping[str, Mapping[str, bool]]


class NothingReceived(Exception):
    """The phone ended the session without data; `status` is its code."""

    def __init__(self, status: int | None) -> None:
        super().__init__(f"status {status}")
        self.status = status


@dataclass(frozen=True, repr=False)
class Received:
    """What a verifier needs: the response and the bare SessionTranscript of this meeting, both CBOR."""

    device_response: bytes
    session_transcript: bytes


class Meeting:
    """One meeting with one phone."""

    def __init__(self, session: ReaderSession, establishment: bytes) -> None:
        self._session = session
        self.establishment = establishment

    @property
    def session_transcript(self) -> bytes:
        """The transcript both sides share."""
        return self._session.transcript

    def receive(self, session_data: bytes) -> Received:
        """Take the phone's answer; raises NothingReceived, or SessionFailed for what does not decrypt."""
        response, status = self._session.decrypt(session_data)
        if response is None:
            raise NothingReceived(status)
        return Received(response, self._session.transcript)


class Reader:
    """
    A reader with the key and certificate that the relying party was registered with.

    `chain`: DER, the reader first; `sign`: raw r || s (ES256). A chain of None makes a reader that does not say who
    it is.
    """

    def __init__(self, chain: Sequence[bytes] | None, sign: Callable[[bytes], bytes], random: Chance) -> None:
        self._chain = chain
        self._sign = sign
        self._random = random

    def scan(self, qr: str, doc_type: str, elements: Elements, *, for_all: bool = False) -> Meeting:
        """
        Scan a phone's code and ask it for elements of one document (namespace, element, whether it will be kept).

        `for_all`: sign the whole request instead of the one document (readerAuthAll, second edition 12.5.4). Raises
        MalformedData for a code that is no mdoc's.
        """
        engagement = read_qr(qr)
        session = ReaderSession.from_engagement(engagement.encoded, p256_key(self._random))
        items = items_request(doc_type, elements)
        if for_all:
            request = encode_request([(items, None)], reader_auth_all=self._for_all(items, session.transcript))
        else:
            request = encode_request([(items, self._authentication(items, session.transcript))])
        return Meeting(session, session.establish(request))

    def _for_all(self, items: bytes, transcript: bytes) -> list[list[object]]:
        if self._chain is None:
            return []
        return [
            reader_auth.complete(self._sign(reader_auth.to_be_signed_for_all([items], None, transcript)), self._chain)
        ]

    def _authentication(self, items: bytes, transcript: bytes) -> list[object] | None:
        if self._chain is None:
            return None
        signature = self._sign(reader_auth.to_be_signed(items, transcript))
        return reader_auth.complete(signature, self._chain)
