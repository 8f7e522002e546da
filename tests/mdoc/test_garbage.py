"""Whatever a stranger sends: our errors, and nothing else."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdoc import (
    cbor,
    device_engagement,
    device_request,
    device_response,
    identifier_list,
    issue,
    issuer_signed,
    present,
    session,
    session_transcript,
    status,
    status_token,
    verify,
    vical,
)
from mdoc.errors import MdocError
from tests.mdoc.test_annex_d import vector
from tests.mdoc.test_list_token import token as identifiers
from tests.mdoc.test_status import token
from tests.mdoc.test_vical import signed
from tests.mdoc.world import (
    AT,
    EPHEMERAL_DEVICE,
    EPHEMERAL_READER,
    ISO,
    JP,
    LIST,
    STATUS,
    anchor,
    issued,
    prepared,
    request,
    sign_device,
)

TRANSCRIPT = session_transcript.openid4vp_dc_api("https://verifier.example", "n", None)
ASKED = request({ISO: ["sex"], JP: ["full_name_unicode"]})[1]
RESPONSE = present.respond([issued()], ASKED, TRANSCRIPT, sign_device)
ENGAGEMENT = device_engagement.encode_engagement(EPHEMERAL_DEVICE.public_key())
ESTABLISHMENT = session.ReaderSession.from_engagement(ENGAGEMENT, EPHEMERAL_READER).establish(b"request")

READERS: dict[str, tuple[bytes, Callable[[bytes], object]]] = {
    "response": (
        RESPONSE,
        lambda data: verify.verify_device_response(data, TRANSCRIPT, trust=anchor().issuer, at=AT),
    ),
    "issuer signed": (issued(), lambda data: verify.verify_issuer_signed(data, trust=anchor().issuer, at=AT)),
    "document": (issued(), issuer_signed.decode_issuer_signed),
    "annex d": (vector("device_response"), device_response.decode_response),
    "request": (vector("device_request"), device_request.decode_request),
    "engagement": (vector("device_engagement"), device_engagement.decode_engagement),
    "prepared": (prepared().to_bytes(), issue.PreparedDocument.from_bytes),
    "establishment": (
        ESTABLISHMENT,
        lambda data: session.DeviceSession.from_establishment(ENGAGEMENT, EPHEMERAL_DEVICE, data),
    ),
    "token": (token(), lambda data: status_token.read_status_list(data, trust=anchor().status, at=AT, uri=LIST)),
    "vical": (signed(), lambda data: vical.read_vical(data, trust=anchor().status, at=AT)),
    "identifiers": (
        identifiers("identifiers"),
        lambda data: identifier_list.read_identifier_list(data, trust=anchor().status, at=AT, uri=LIST),
    ),
}

# Small valid CBOR, so that faults are tried deep inside the structures and not only at their first byte.
PIECES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 300) | st.text(max_size=3) | st.binary(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3) | st.integers(-3, 9), inner, max_size=3)
    ),
    max_leaves=4,
)


def only_ours(read: Callable[[bytes], object], data: bytes) -> None:
    """Read, and let nothing but our own errors pass; none of them shows a value."""
    shown = ""
    try:
        read(data)
    except MdocError as refused:
        shown = str(refused)
    assert "番号" not in shown


@pytest.mark.parametrize("name", READERS)
@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_spoiled_bytes_raise_only_our_errors(name: str, data: st.DataObject) -> None:
    """A valid message, cut, changed or lengthened anywhere, is read or refused with one of our errors."""
    message, read = READERS[name]
    place = data.draw(st.integers(0, len(message)))
    spoil = data.draw(st.binary(max_size=4))
    cut = data.draw(st.integers(0, 4))
    only_ours(read, message[:place] + spoil + message[place + cut :])


@pytest.mark.parametrize("name", READERS)
@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_exchanged_parts_raise_only_our_errors(name: str, data: st.DataObject) -> None:
    """A message in which any part is exchanged for any value is read or refused with one of our errors."""
    message, read = READERS[name]
    tag = b"\xd2" if name == "token" else b""
    only_ours(read, tag + cbor.encode(exchange(cbor.decode(message.removeprefix(tag)), data)))


def exchange(value: Any, data: st.DataObject) -> Any:
    """The value with one part somewhere inside it exchanged; tag 24 is entered as well."""
    if isinstance(value, cbor.Embedded) and data.draw(st.booleans()):
        return cbor.Embedded(cbor.encode(exchange(value.open(), data)))
    if isinstance(value, dict | list) and value and data.draw(st.integers(0, 5)):
        key = data.draw(st.sampled_from(list(value) if isinstance(value, dict) else range(len(value))))
        value[key] = exchange(value[key], data)
        return value
    return data.draw(PIECES)


@settings(deadline=None, max_examples=40)
@given(st.binary(max_size=200))
def test_bad_token_never_raises(data: bytes) -> None:
    """Whatever a status list server sends, the answer is a status."""
    assert status.evaluate(STATUS, data, trust=anchor().status, at=AT)[0] is status.Status.UNDETERMINED


@settings(deadline=None, max_examples=40)
@given(st.text(max_size=60))
def test_any_scanned_text_raises_only_our_errors(text: str) -> None:
    """Whatever a camera reads, the reader refuses it with one of our errors."""
    for scanned in (text, "mdoc:" + text):
        with pytest.raises(MdocError):
            device_engagement.read_qr(scanned)
