"""The phone in a meeting: what is not in order ends it, with the status that the standard names."""

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from mdoc import cbor, reader_auth
from mdoc.algorithms import software_signer
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


def registered(sign: Callable[[bytes], bytes] | None = None) -> tuple[list[bytes], Callable[[bytes], bytes]]:
    """The chain of the registered reader and its signature, or another one."""
    certificate, signer = hierarchy().pair("reader/relying-party")
    return [certificate.public_bytes(Encoding.DER)], sign or signer.sign


def test_a_reader_may_sign_the_whole_request(clock: FrozenClock) -> None:
    """ReaderAuthAll names the reader as well as readerAuth does (second edition 12.5.4)."""
    engagement = engage(SeededBytes())
    meeting = Reader(*registered(), SeededBytes("r")).scan(engagement.qr, "doc", {"ns": {"a": False}}, for_all=True)
    assert listen(engagement, meeting.establishment, clock).relying_party == "relying-party"


Auth = list[object]
OTHER = p256_key(SeededBytes("other"))


def signed_twice(one: Callable[[bytes], bytes], whole: Callable[[bytes], bytes]) -> Callable[[bytes, bytes], bytes]:
    """A request in which the document and the whole are signed, each by somebody."""

    def make(items: bytes, transcript: bytes) -> bytes:
        chain, _ = registered()
        first = reader_auth.complete(one(reader_auth.to_be_signed(items, transcript)), chain)
        second = reader_auth.complete(whole(reader_auth.to_be_signed_for_all([items], None, transcript)), chain)
        return encode_request([(items, first)], reader_auth_all=[second])

    return make


def only_for_all(items: bytes, transcript: bytes, *, chain: list[bytes] | None = None) -> bytes:
    """A request whose only signature is over the whole, by somebody else's key."""
    content = reader_auth.to_be_signed_for_all([items], None, transcript)
    auth = reader_auth.complete(software_signer(OTHER)(content), chain or registered()[0])
    return encode_request([(items, None)], reader_auth_all=[auth])


def by_a_stranger(items: bytes, transcript: bytes) -> bytes:
    """The same, with a chain that nobody trusts."""
    return only_for_all(items, transcript, chain=hierarchy().chain("document_signer"))


GOOD, BAD = registered()[1], software_signer(OTHER)


@pytest.mark.parametrize("unknown_reader", [False, True])
@pytest.mark.parametrize(
    "make", [only_for_all, by_a_stranger, signed_twice(GOOD, BAD), signed_twice(BAD, GOOD)], ids=[*"abcd"]
)
def test_a_signature_over_the_whole_that_does_not_hold_ends_the_session(
    clock: FrozenClock, make: Callable[[bytes, bytes], bytes], *, unknown_reader: bool
) -> None:
    """Whatever else is signed, and however generous the phone is: a signature that stands there must hold."""
    engagement, trust = engage(SeededBytes()), reader_trust(hierarchy().anchors("reader_ca"))
    session, items = reader(engagement), items_request("doc", {"ns": {"a": False}})
    establishment = session.establish(make(items, session.transcript))
    with pytest.raises(RequestRefused, match="reader_not_trusted"):
        hear(engagement, establishment, trust=trust, at=clock(), unknown_reader=unknown_reader)


def test_both_signatures_may_stand_in_a_request(clock: FrozenClock) -> None:
    """The document's signature and that over the whole, both by the registered reader."""
    engagement = engage(SeededBytes())
    session, items = reader(engagement), items_request("doc", {"ns": {"a": False}})
    establishment = session.establish(signed_twice(GOOD, GOOD)(items, session.transcript))
    assert listen(engagement, establishment, clock).relying_party == "relying-party"


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
