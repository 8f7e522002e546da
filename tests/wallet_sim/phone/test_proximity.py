"""The phone in a meeting: what is not in order ends it, with the status that the standard names."""

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from mdoc import cbor
from mdoc.device_request import encode_request, items_request
from mdoc.errors import MalformedData
from mdoc.session import ReaderSession, SessionStatus
from pki.trust.mdoc import reader_trust
from tests.support.clock import FrozenClock
from tests.support.entropy import SeededBytes
from tests.support.hierarchy import hierarchy
from wallet_sim.chance import p256_key
from wallet_sim.phone.proximity import Asked, Engagement, RequestRefused, engage, hear
from wallet_sim.reader import Reader


def listen(engagement: Engagement, establishment: bytes, clock: FrozenClock) -> Asked:
    """Hear with the trust of the hierarchy."""
    return hear(engagement, establishment, trust=reader_trust(hierarchy().anchors("reader_ca")), at=clock())


def reader(engagement: Engagement) -> ReaderSession:
    """A bare reader's session."""
    return ReaderSession.from_engagement(engagement.encoded, p256_key(SeededBytes("reader")))


def test_who_asks_for_what_is_known_before_anything_is_sent(clock: FrozenClock) -> None:
    """The holder sees the name in the reader's certificate, the elements, and which of them will be kept."""
    engagement = engage(SeededBytes())
    certificate, signer = hierarchy().pair("reader/relying-party")
    one = Reader([certificate.public_bytes(Encoding.DER)], signer.sign, SeededBytes("r"))
    meeting = one.scan(engagement.qr, "doc", {"ns": {"age_over_18": False, "portrait": True}})
    asked = listen(engagement, meeting.establishment, clock)
    assert (asked.relying_party, asked.doc_type) == ("relying-party", "doc")
    assert asked.elements == {"ns": {"age_over_18": False, "portrait": True}}
    assert asked.session.transcript == meeting.session_transcript


def test_a_broken_establishment_ends_the_session(clock: FrozenClock) -> None:
    """What cannot be decoded or decrypted is answered with its status and nothing else."""
    engagement = engage(SeededBytes())
    good = reader(engagement).establish(b"request")
    for data, status in (
        (b"\x00", SessionStatus.CBOR_DECODING_ERROR),
        (good[:-1] + b"\x00", SessionStatus.ENCRYPTION_ERROR),
    ):
        with pytest.raises(RequestRefused, match="session_failed") as refused:
            listen(engagement, data, clock)
        assert cbor.decode(refused.value.answer) == {"status": int(status)}


def test_a_malformed_request_ends_the_session(clock: FrozenClock) -> None:
    """A request that is not one is answered with the status of a decoding error."""
    engagement = engage(SeededBytes())
    with pytest.raises(RequestRefused, match="malformed_request") as refused:
        listen(engagement, reader(engagement).establish(b"\xa0"), clock)
    assert cbor.decode(refused.value.answer) == {"status": int(SessionStatus.CBOR_DECODING_ERROR)}


def test_several_documents_at_once_are_not_answered(clock: FrozenClock) -> None:
    """One meeting, one document: a second one would be under another device key."""
    engagement = engage(SeededBytes())
    items = items_request("doc", {"ns": {"age_over_18": False}})
    request = encode_request([(items, None), (items, None)])
    with pytest.raises(RequestRefused, match="several_documents"):
        listen(engagement, reader(engagement).establish(request), clock)


def test_a_code_that_is_no_mdoc_is_not_scanned() -> None:
    """A reader refuses other codes before anything is computed."""
    with pytest.raises(MalformedData):
        Reader(None, lambda _: b"", SeededBytes()).scan("https://example.com", "doc", {"ns": {"a": False}})
