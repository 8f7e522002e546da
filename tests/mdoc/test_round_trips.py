"""What we write is what we read, for every structure and any content: decode after encode is nothing at all."""

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mdoc import (
    cbor,
    cose,
    device_engagement,
    device_request,
    device_response,
    device_signed,
    mso,
    nfc_handover,
    retrieval_method,
    session,
)
from mdoc.device_engagement import Capabilities
from mdoc.request_info import AlternativeElements, DocRequestInfo, UseCase, encode_device_request_info
from mdoc.retrieval_method import RetrievalMethod
from tests.mdoc.world import (
    AT,
    DEVICE_KEY,
    EPHEMERAL_DEVICE,
    EPHEMERAL_READER,
    VALIDITY,
    certificate,
    issued,
    sign_device,
    sign_issuer,
)

NAMES = st.text(min_size=1, max_size=12)
FLAGS = st.booleans()
NAME_SPACES = st.dictionaries(NAMES, st.dictionaries(NAMES, FLAGS, min_size=1, max_size=3), min_size=1, max_size=3)
REFERENCES = st.tuples(NAMES, NAMES)
INFOS = st.builds(
    DocRequestInfo,
    alternatives=st.lists(
        st.builds(
            AlternativeElements,
            REFERENCES,
            st.lists(st.lists(REFERENCES, min_size=1, max_size=2).map(tuple), min_size=1, max_size=2).map(tuple),
        ),
        max_size=2,
    ).map(tuple),
    issuer_identifiers=st.lists(st.binary(max_size=20), max_size=2).map(tuple),
    unique_doc_set_required=st.none() | FLAGS,
    maximum_response_size=st.none() | st.integers(0, 1 << 32),
)
UUIDS = st.none() | st.binary(min_size=16, max_size=16)
METHODS = st.one_of(
    st.builds(retrieval_method.nfc, st.integers(255, 65535), st.integers(256, 65536)),
    st.builds(retrieval_method.ble, peripheral=UUIDS, central=UUIDS, psm=st.none() | st.integers(0, 65535)),
)
CODES = st.dictionaries(NAMES, st.integers(-9, 9), min_size=1, max_size=3)
URIS = st.text("abc:/.", min_size=1, max_size=20)
ISSUED = cbor.decode(issued())
CERTIFICATES = st.none() | st.binary(max_size=8)


@settings(deadline=None, max_examples=15)
@given(st.text(min_size=1, max_size=30), NAME_SPACES, st.none() | INFOS, st.integers(1, 3))
def test_requests(doc_type: str, spaces: dict[str, dict[str, bool]], info: DocRequestInfo | None, count: int) -> None:
    """Elements, retention, information and use cases of any request survive, and its signed bytes are kept."""
    items = device_request.items_request(doc_type, spaces, info)
    use_case = UseCase(mandatory=True, document_sets=((count - 1,),))
    all_info = encode_device_request_info([use_case])
    read = device_request.decode_request(device_request.encode_request([(items, None)] * count, info=all_info))
    assert [(one.doc_type, one.name_spaces, one.info) for one in read.doc_requests] == [
        (doc_type, spaces, info)
    ] * count
    assert {one.items_request.content for one in read.doc_requests} == {items}
    assert read.use_cases == (use_case,)


@settings(deadline=None, max_examples=15)
@given(st.lists(METHODS, min_size=1, max_size=3), st.none() | st.builds(Capabilities, FLAGS, FLAGS, FLAGS))
def test_engagements(methods: list[RetrievalMethod], capable: Capabilities | None) -> None:
    """Any way to reach a phone survives in a code."""
    data = device_engagement.encode_engagement(EPHEMERAL_DEVICE.public_key(), methods, capabilities=capable)
    read = device_engagement.read_qr(device_engagement.qr_text(data))
    assert (read.encoded, read.methods, read.capabilities) == (data, tuple(methods), capable)


@settings(deadline=None, max_examples=15)
@given(st.binary(min_size=16, max_size=16), FLAGS, st.integers(255, 65535), st.integers(256, 65536))
def test_handovers(uuid: bytes, peripheral: bool, command: int, response: int) -> None:  # noqa: FBT001 - drawn
    """Any way to reach a phone survives in a handover, with the engagement untouched."""
    near = retrieval_method.ble(peripheral=uuid) if peripheral else retrieval_method.ble(central=uuid)
    methods = [near, retrieval_method.nfc(command, response)]
    engagement = device_engagement.encode_engagement(EPHEMERAL_DEVICE.public_key())
    read = nfc_handover.read_select(nfc_handover.encode_select(engagement, methods))
    assert read.engagement.encoded == engagement
    assert [nfc_handover.method(one) for one in read.carriers] == methods


@settings(deadline=None, max_examples=15)
@given(
    st.dictionaries(NAMES, st.dictionaries(NAMES, st.integers(-9, 9) | st.text(max_size=5), min_size=1), max_size=2),
    st.none() | st.dictionaries(NAMES, CODES, min_size=1, max_size=2),
    st.dictionaries(NAMES, st.integers(-9, 9), max_size=3),
)
def test_responses(own: dict[str, Any], errors: dict[str, Any] | None, missing: dict[str, int]) -> None:
    """The device's own elements and all errors survive beside the issuer's bytes."""
    document = {
        "docType": "d",
        "issuerSigned": ISSUED,
        "deviceSigned": device_signed.with_signature(b"\x80", "d", sign_device, device_signed.own_elements(own)),
    }
    documents = [document if errors is None else document | {"errors": errors}]
    read = device_response.decode_response(device_response.encode_response(documents, missing))
    assert read.document_errors == missing
    assert read.documents[0].errors == (errors or {})
    assert read.documents[0].device_signed.name_spaces == own
    assert read.documents[0].device_signed.name_spaces_bytes == device_signed.own_elements(own)


@settings(deadline=None, max_examples=15)
@given(
    st.dictionaries(
        NAMES,
        st.dictionaries(st.integers(0, 2**31 - 1), st.binary(min_size=32, max_size=32), min_size=1),
        min_size=1,
        max_size=2,
    ),
    st.none() | st.builds(mso.StatusReference, URIS, st.integers(0, 1 << 40), CERTIFICATES),
    st.none() | st.builds(mso.IdentifierReference, URIS, st.binary(min_size=1, max_size=20), CERTIFICATES),
    st.integers(1, 10**6),
)
def test_security_objects(digests: dict[str, Any], status: Any, identifier: Any, seconds: int) -> None:
    """Digests, validity and both references to a status survive."""
    validity = mso.Validity(AT, AT, AT + timedelta(seconds=seconds), AT + timedelta(seconds=seconds // 2))
    encoded = mso.encode_mso("d", digests, DEVICE_KEY.public_key(), validity, status, identifier)
    read = mso.read_mso(encoded)
    assert (read.value_digests, read.status, read.identifier) == (digests, status, identifier)
    assert (read.validity, read.device_key) == (validity, DEVICE_KEY.public_key())
    assert read.validity != VALIDITY or seconds == 30 * 86400


@settings(deadline=None, max_examples=15)
@given(st.none() | st.binary(max_size=40), st.integers(1, 3), st.dictionaries(st.integers(300, 400), st.text()))
def test_cose_messages(payload: bytes | None, certificates: int, more: dict[int, str]) -> None:
    """Payload, certificates and unknown headers of a signed message survive, and the signature holds."""
    chain = [certificate()] * certificates
    detached = b"beside" if payload is None else None
    headers = {cose.X5CHAIN: cose.x5chain(chain)} | more
    read = cose.read_sign1(cose.sign1(payload, sign_issuer, detached=detached, unprotected=headers), "m")
    assert (read.payload, cose.chain(read, "m")) == (payload, chain)
    assert all(cose.header(read, label, protected=False) == value for label, value in more.items())


@settings(deadline=None, max_examples=10)
@given(st.lists(st.tuples(FLAGS, st.binary(max_size=60)), max_size=6), st.binary(max_size=60))
def test_sessions(messages: list[tuple[bool, bytes]], request: bytes) -> None:
    """Any conversation, in any order of speakers, arrives as it was said."""
    engagement = device_engagement.encode_engagement(EPHEMERAL_DEVICE.public_key())
    reader = session.ReaderSession.from_engagement(engagement, EPHEMERAL_READER)
    device = session.DeviceSession.from_establishment(engagement, EPHEMERAL_DEVICE, reader.establish(request))
    assert device.request == request
    for reader_speaks, message in messages:
        speaker, listener = (reader, device) if reader_speaks else (device, reader)
        assert listener.decrypt(speaker.encrypt(message)) == (message, None)
