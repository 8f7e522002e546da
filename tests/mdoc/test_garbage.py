"""Whatever a stranger sends: our errors, and nothing else."""

import importlib
import inspect
import pkgutil
import re
import time
import tracemalloc
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mdoc
from mdoc import (
    annex_c,
    base64url,
    cbor,
    device_engagement,
    device_request,
    device_response,
    identifier_list,
    issue,
    issuer_signed,
    list_token,
    mso,
    ndef,
    nfc_handover,
    present,
    session,
    session_transcript,
    status,
    status_token,
    verify,
    vical,
)
from mdoc.annotate import tree
from mdoc.errors import MdocError
from tests.mdoc.test_annex_d import handover, vector
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

INFO = annex_c.encryption_info(bytes(16), EPHEMERAL_READER.public_key())
ORIGIN = "https://verifier.example"
SELECT = handover()[1][0]
REQUEST = handover()[1][1] or b""


def as_text(read: Callable[[str], object]) -> Callable[[bytes], object]:
    """Read the base64url of the bytes."""
    return lambda data: read(base64url.encode(data))


def as_code(data: bytes) -> object:
    """Read a code with the bytes in it."""
    return device_engagement.read_qr(device_engagement.qr_text(data))


# Everything that takes bytes or text from a stranger, by its module and name, with a message that it reads.
READERS: dict[str, tuple[bytes, Callable[[bytes], object]]] = {
    "verify.verify_device_response": (
        RESPONSE,
        lambda data: verify.verify_device_response(data, TRANSCRIPT, trust=anchor().issuer, at=AT),
    ),
    "verify.verify_issuer_signed": (
        issued(),
        lambda data: verify.verify_issuer_signed(data, trust=anchor().issuer, at=AT),
    ),
    "cbor.decode": (RESPONSE, cbor.decode),
    "cbor.unwrap": (prepared().mso_bytes, lambda data: cbor.unwrap(data, "m")),
    "issuer_signed.decode_issuer_signed": (issued(), issuer_signed.decode_issuer_signed),
    "mso.read_mso": (prepared().mso_bytes, mso.read_mso),
    "device_response.decode_response": (vector("device_response"), device_response.decode_response),
    "device_request.decode_request": (vector("device_request"), device_request.decode_request),
    "device_engagement.decode_engagement": (vector("device_engagement"), device_engagement.decode_engagement),
    "device_engagement.read_qr": (vector("device_engagement"), as_code),
    "nfc_handover.read_select": (SELECT, nfc_handover.read_select),
    "nfc_handover.read_request": (REQUEST, nfc_handover.read_request),
    "ndef.decode": (SELECT, lambda data: ndef.decode(data, "m")),
    "base64url.decode": (b"m", lambda data: base64url.decode(data.decode("latin-1"), "m")),
    "annex_c.read_encryption_info": (base64url.decode(INFO.text, "m"), as_text(annex_c.read_encryption_info)),
    "annex_c.open_response": (
        annex_c.seal(RESPONSE, INFO, ORIGIN),
        lambda data: annex_c.open_response(data, EPHEMERAL_READER, INFO, ORIGIN),
    ),
    "issue.PreparedDocument.from_bytes": (prepared().to_bytes(), issue.PreparedDocument.from_bytes),
    "session.ReaderSession.from_engagement": (
        ENGAGEMENT,
        lambda data: session.ReaderSession.from_engagement(data, EPHEMERAL_READER),
    ),
    "session.DeviceSession.from_establishment": (
        ESTABLISHMENT,
        lambda data: session.DeviceSession.from_establishment(ENGAGEMENT, EPHEMERAL_DEVICE, data),
    ),
    "vical.read_vical": (signed(), lambda data: vical.read_vical(data, trust=anchor().status, at=AT)),
    "status_token.read_status_list": (
        token(),
        lambda data: status_token.read_status_list(data, trust=anchor().status, at=AT, uri=LIST),
    ),
    "identifier_list.read_identifier_list": (
        identifiers("identifiers"),
        lambda data: identifier_list.read_identifier_list(data, trust=anchor().status, at=AT, uri=LIST),
    ),
    "list_token.read_list": (
        token(),
        lambda data: list_token.read_list(data, list_token.STATUS, trust=anchor().status, at=AT, uri=LIST),
    ),
    "annotate.tree.annotate": (RESPONSE, tree.annotate),
}
# Not CBOR: only bytes are exchanged in them.
OTHER_FORMS = {"nfc_handover.read_select", "nfc_handover.read_request", "ndef.decode", "base64url.decode"}
# Inner parts that are reached through a reader above, and say what they find in their own way.
INNER = {"wellformed.read_head", "annotate.certificate.read_certificate"}
COSE_SIGN1 = b"\xd2"


def readers_of(module: ModuleType) -> Iterator[str]:
    """The public functions and class methods of a module that take bytes or text and read them."""
    name = module.__name__.removeprefix("mdoc.")
    classes = [one for one in vars(module).values() if isinstance(one, type) and one.__module__ == module.__name__]
    owners: list[Any] = [module, *classes]
    for owner in owners:
        for label, member in inspect.getmembers(owner, lambda one: inspect.isfunction(one) or inspect.ismethod(one)):
            if re.match("decode|read|from_|open_|unwrap|annotate|verify_", label) and _takes_bytes(member, module):
                yield ".".join([name, *([] if owner is module else [owner.__name__]), label])


def _takes_bytes(member: Any, module: ModuleType) -> bool:
    first = next(iter(inspect.signature(member).parameters.values()), None)
    return member.__module__ == module.__name__ and first is not None and first.annotation in (bytes, str)


def test_no_reader_is_forgotten() -> None:
    """Every function that reads what a stranger sent stands in the table above."""
    names = [one.name for one in pkgutil.walk_packages(mdoc.__path__, "mdoc.")]
    found = {reader for name in names for reader in readers_of(importlib.import_module(name))}
    assert found - INNER <= READERS.keys()
    assert len(found & READERS.keys()) > 15


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
@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_spoiled_bytes_raise_only_our_errors(name: str, data: st.DataObject) -> None:
    """A valid message, cut, changed or lengthened anywhere, is read or refused with one of our errors."""
    message, read = READERS[name]
    place = data.draw(st.integers(0, len(message)))
    spoil = data.draw(st.binary(max_size=4))
    cut = data.draw(st.integers(0, 4))
    only_ours(read, message[:place] + spoil + message[place + cut :])


@pytest.mark.parametrize("name", sorted(READERS.keys() - OTHER_FORMS))
@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_exchanged_parts_raise_only_our_errors(name: str, data: st.DataObject) -> None:
    """A message in which any part is exchanged for any value is read or refused with one of our errors."""
    message, read = READERS[name]
    tag = COSE_SIGN1 if message.startswith(COSE_SIGN1) else b""
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


ATTACKS = {
    "an array that never comes": b"\x9b\x00\x00\x00\x0f\xff\xff\xff\xff",
    "a map that never comes": b"\xbb\x00\x00\x00\x0f\xff\xff\xff\xff",
    "a string that never comes": b"\x5b\x00\x00\x00\x0f\xff\xff\xff\xff",
    "arrays in arrays": b"\x81" * 20_000,
    "tags on tags": b"\xc6" * 20_000,
    "more than anybody sends": bytes(9_000_000),
}
CROWDS = {
    "numbers, and no end": b"\x9a\x00\x02\x00\x00" + bytes(70_000),
    "keys, and one of them twice": b"\xb9\x20\x00"
    + b"".join(b"\x1a" + (1 << 16 | n % 8_000).to_bytes(4, "big") + b"\x00" for n in range(1 << 13)),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_hostile_sizes_cost_little(attack: str) -> None:
    """Promised lengths, depth and sheer size are refused by every reader before they cost anything."""
    began = time.process_time()
    for _, read in READERS.values():
        only_ours(read, ATTACKS[attack])
    assert time.process_time() - began < 10


@pytest.mark.parametrize("crowd", CROWDS)
def test_crowds_stay_bounded(crowd: str) -> None:
    """Many small items cost memory and time in proportion, also when the last of them is wrong."""
    began = time.process_time()
    tracemalloc.start()
    with pytest.raises(MdocError):
        cbor.decode(CROWDS[crowd])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100 * len(CROWDS[crowd])
    assert time.process_time() - began < 10


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
