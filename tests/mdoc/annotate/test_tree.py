"""The annotated tree, on our own artefacts and on those of Annex D."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdoc import cbor, device_engagement, device_signed, present, session
from mdoc.annotate.kinds import READERS, SHAPES, Kind, recognise
from mdoc.annotate.node import MASK, Node
from mdoc.annotate.tree import annotate
from tests.mdoc.presentations import TRANSCRIPT, response, with_device_elements
from tests.mdoc.test_annex_d import vector
from tests.mdoc.test_status import token
from tests.mdoc.world import (
    DEVICE_KEY,
    EPHEMERAL_DEVICE,
    EPHEMERAL_READER,
    ISO,
    JP,
    LIST,
    certificate,
    issued,
    prepared,
    request,
)

ENGAGEMENT = device_engagement.encode_engagement(
    EPHEMERAL_DEVICE.public_key(), [device_engagement.RetrievalMethod(device_engagement.BLE, 1, {0: False, 1: False})]
)
SESSION = session.ReaderSession.from_engagement(ENGAGEMENT, EPHEMERAL_READER)
MADE: dict[Kind, list[bytes]] = {
    Kind.ISSUER_SIGNED: [issued()],
    Kind.DEVICE_RESPONSE: [response(), vector("device_response")],
    Kind.DEVICE_REQUEST: [vector("device_request")],
    Kind.ENGAGEMENT: [ENGAGEMENT, vector("device_engagement")],
    Kind.MSO: [prepared().mso_bytes, cbor.decode(prepared().mso_bytes).content],
    Kind.ISSUER_AUTH: [cbor.encode(cbor.decode(issued())["issuerAuth"])],
    Kind.STATUS_LIST: [token()],
    Kind.TRANSCRIPT: [TRANSCRIPT, vector("session_transcript_bytes")],
    Kind.ESTABLISHMENT: [SESSION.establish(b"request")],
    Kind.SESSION_DATA: [SESSION.encrypt(b"more"), SESSION.terminate()],
}
ALL = [(kind, data) for kind, several in MADE.items() for data in several]


def at(root: Node, *labels: str) -> Node:
    """The node below `root` that one reaches by these labels, wrappers without a label left out."""
    for label in labels:
        root = next(node for _, node in root.walk() if node.label == label and node is not root)
    return root


@pytest.mark.parametrize(("kind", "data"), ALL)
def test_kind_is_recognised_and_nothing_is_wrong(kind: Kind, data: bytes) -> None:
    """Each structure is known by what stands in it, and a good one has no problem."""
    assert recognise(data) is kind
    root = annotate(data)
    assert root.length == len(data)
    assert root.problems() == []


@pytest.mark.parametrize(("kind", "data"), ALL)
def test_offsets_are_those_of_the_file(kind: Kind, data: bytes) -> None:
    """The head that a node shows stands at its offset, also inside tag 24 and byte strings; children lie inside."""
    for _, node in annotate(data, kind).walk():
        assert data[node.offset :].startswith(bytes.fromhex(node.head))
        for child in node.children:
            assert node.offset <= child.offset
            assert child.offset + child.length <= node.offset + node.length


def test_names_of_the_standard_are_given() -> None:
    """Headers, keys, claims and members have their registered names, and values their meaning."""
    root = annotate(vector("device_response"))
    assert at(root, "issuerAuth", "alg (1)").note == "ES256"
    assert at(root, "deviceKey", "crv (-1)").note == "P-256"
    assert at(root, "deviceMac", "alg (1)").note == "HMAC 256/256"
    assert "utopia ds" in at(root, "issuerAuth", "x5chain (33)").note
    assert at(root, "status").note == "OK"
    assert at(root, "valueDigests", "namespace org.iso.18013.5.1", "digestID 7").kind == "bstr(32)"
    claims = annotate(token())
    assert at(claims, "sub (2)").value == f'"{LIST}"'
    assert at(claims, "exp (4)").note.endswith("Z")
    assert "inflates to" in at(claims, "status_list (65533)", "lst").note


def test_every_item_is_held_against_its_digest() -> None:
    """What each item hashes to stands beside it; a changed item is a problem with both digests."""
    root = annotate(issued())
    assert "full_name_unicode, digestID" in " ".join(node.note for _, node in root.walk())
    data = issued()
    place = data.index(b"full_name_unicode")
    spoiled = annotate(data[:place] + b"fuLl_name_unicode" + data[place + 17 :])
    (problem,) = spoiled.problems()
    assert problem.offset < place < problem.offset + problem.length
    assert problem.problem.startswith("the bytes hash to ")


VALUES = [bytes(part, "utf-8") for part in ("番号 花子", "霞が関", "123456789018", "1971年", "1971-09-01")]


@pytest.mark.parametrize("make", [issued, response, lambda: with_device_elements({"nameSpaces": [ISO]}, {ISO: MARKED})])
def test_no_value_is_shown_unless_asked_for(make: Callable[[], bytes]) -> None:
    """Values, salts and keys inside values are masked; with `reveal` they are all there."""
    data = make()
    hidden = json.dumps(annotate(data).as_object(), ensure_ascii=False)
    shown = json.dumps(annotate(data, reveal=True).as_object(), ensure_ascii=False)
    for value in [*VALUES, b"MARK"]:
        assert value.decode() not in hidden
        assert value.hex() not in hidden
    assert "番号 花子" in shown or "MARK" in shown
    assert MASK not in shown


MARKED: dict[str, Any] = {"x": {"MARKkey": b"MARKbytes", 7: ["MARKtext", True]}}


@pytest.mark.parametrize("part", range(40))
def test_cut_bytes_are_shown_up_to_the_cut(part: int) -> None:
    """A response cut anywhere gives the tree up to the cut, with one problem at least, and shows no value."""
    data = response()[: len(response()) * part // 40]
    root = annotate(data, Kind.DEVICE_RESPONSE)
    assert root.problems()
    assert max(node.offset + node.length for _, node in root.walk()) == len(data)
    assert "番号" not in json.dumps(root.as_object(), ensure_ascii=False)


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_spoiled_bytes_never_raise(data: st.DataObject) -> None:
    """Any bytes, taken for any kind, give a tree; nothing is raised and no value is shown."""
    kind, message = data.draw(st.sampled_from(ALL))
    place = data.draw(st.integers(0, len(message)))
    spoiled = message[:place] + data.draw(st.binary(max_size=4)) + message[place + data.draw(st.integers(0, 4)) :]
    for chosen in (kind, recognise(spoiled), data.draw(st.sampled_from(list(Kind)))):
        assert "花子" not in json.dumps(annotate(spoiled, chosen).as_object(), ensure_ascii=False)


def test_what_the_strict_reader_refuses_is_said_at_its_place() -> None:
    """A well-formed document that breaks a rule of its structure has the problem at the member concerned."""
    document: Any = cbor.decode(issued())
    mso = cbor.decode(cbor.decode(issued())["issuerAuth"][2]).open()
    mso["deviceKeyInfo"]["deviceKey"][-2] = bytes(3)
    root = annotate(cbor.encode(mso), Kind.MSO)
    assert [node.label for node in root.problems()] == ["deviceKey"]
    document["nameSpaces"][JP] = []
    (problem,) = annotate(cbor.encode(document)).problems()
    assert problem.problem.endswith("a namespace without elements")
    response_without = annotate(cbor.encode({"version": "1.0", "status": "0"}))
    assert [node.label for node in response_without.problems()] == ["status"]


@pytest.mark.parametrize(
    ("value", "label", "problem"),
    [
        (cbor.Tagged(0, "2026-04-01T00:00:00.5Z"), "signed", "not a tdate"),
        (cbor.Tagged(1004, "2026-02-30"), "signed", "not a full-date"),
    ],
)
def test_a_date_that_is_none_is_named(value: object, label: str, problem: str) -> None:
    """A date with a fraction, or a day that does not exist, is a problem where it stands."""
    root = annotate(cbor.encode({"digestAlgorithm": "SHA-256", "validityInfo": {label: value}}))
    assert problem in at(root, label).problem


def test_unknown_cbor_shows_its_frame_only() -> None:
    """Of bytes that nobody has a name for, keys that look like names are shown, and no value."""
    root = annotate(cbor.encode({"name": "花子", "花子": {"花子": 1}, b"k": 2, True: 1.5}), Kind.CBOR)
    assert [child.label for child in root.children] == ["name", "?", "?", "?"]
    assert "花子" not in json.dumps(root.as_object(), ensure_ascii=False)
    shown = annotate(cbor.encode({b"k": [1.5, None, -3], "x": '\u202e\x1b"'}), Kind.CBOR, reveal=True)
    assert [node.value for _, node in shown.walk()][2:] == [
        "bits 0x3ff8000000000000",
        "null",
        "-3",
        '"\\u{202e}\\u{1b}\\""',
    ]
    assert shown.children[0].label == "h'6b'"


def test_long_values_are_cut() -> None:
    """A long byte string is shown by its beginning, and more of it when values are asked for."""
    data = cbor.encode({"data": bytes(10_000)})
    assert len(at(annotate(data), "data").value) < 200 < len(at(annotate(data, reveal=True), "data").value) < 20_000


def test_certificates_that_cannot_be_read_are_said_so() -> None:
    """An x5chain of several certificates is summarised one by one, and rubbish in it is called rubbish."""
    auth = cbor.decode(issued())["issuerAuth"]
    auth[1] = {33: [certificate(), b"rubbish"]}
    root = annotate(cbor.encode(auth))
    assert "subject CN=Signer" in at(root, "x5chain (33)", "[0]").note
    assert "not a certificate" in at(root, "x5chain (33)", "[1]").note


def test_indefinite_strings_and_half_maps_are_shown() -> None:
    """Chunks of a string of indefinite length, and a key without a value, have their place in the tree."""
    chunks = annotate(bytes.fromhex("a164646174615f41014102ff"))
    assert [node.label for _, node in chunks.walk()][1:] == ["data", "[0]", "[1]"]
    half = annotate(bytes.fromhex("bf0102 03ff"), Kind.CBOR)
    assert half.children[-1].label == "key without a value"


def test_every_kind_has_a_shape_and_readers_have_kinds() -> None:
    """The tables of kinds, shapes and strict readers fit together."""
    assert set(SHAPES) == set(Kind)
    assert set(READERS) <= set(Kind)


def test_request_with_unknown_members_is_read() -> None:
    """Members of a later edition are shown by their names, without their values."""
    asked: Any = cbor.decode(vector("device_request"))
    asked["laterEdition"] = {"secret": "花子"}
    root = annotate(cbor.encode(asked))
    assert at(root, "laterEdition").kind == "map(1)"
    assert "花子" not in json.dumps(root.as_object(), ensure_ascii=False)


def test_mac_is_named_too() -> None:
    """A response with a deviceMac is a response like any other."""
    key = device_signed.mac_key(DEVICE_KEY, EPHEMERAL_READER.public_key(), TRANSCRIPT)
    data = present.respond_with_mac([issued()], request({ISO: ["sex"]})[1], TRANSCRIPT, key)
    assert at(annotate(data), "deviceMac").note == "COSE_Mac0"


def test_values_that_mean_nothing_are_said_so() -> None:
    """An instant out of range, a list that does not inflate and an unknown algorithm are explained as what they are."""
    claims = cbor.encode({2: LIST, 4: -1, 65533: {"bits": 1, "lst": b"no zlib"}})
    root = annotate(cbor.encode([b"\xa1\x01\x18\x63", {33: 7}, claims, b""]))
    assert at(root, "exp (4)").note == "not an instant"
    assert "not a ZLIB stream" in at(root, "lst").note
    assert at(root, "alg (1)").note == "no algorithm of the standard"
    assert at(root, "x5chain (33)").value == "7"
