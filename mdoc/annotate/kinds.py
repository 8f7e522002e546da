"""Which structure a piece of CBOR is: known by what stands in it, also when it is cut or spoiled."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final

from mdoc import cbor
from mdoc.annotate import cose_shapes as c
from mdoc.annotate import mdoc_shapes as m
from mdoc.annotate.scan import ARRAY, BSTR, MAP, MAX_ITEMS, SIMPLE, TAG, TSTR, Item, scan
from mdoc.annotate.shape import PLAIN, Name, Shape
from mdoc.device_engagement import decode_engagement
from mdoc.device_request import decode_request
from mdoc.device_response import decode_response
from mdoc.issuer_signed import decode_issuer_signed
from mdoc.mso import read_mso


class Kind(StrEnum):
    """The structures that have names here; CBOR stands for any other."""

    ISSUER_SIGNED = "issuer-signed"
    DEVICE_RESPONSE = "device-response"
    DEVICE_REQUEST = "device-request"
    ENGAGEMENT = "engagement"
    MSO = "mso"
    ISSUER_AUTH = "issuer-auth"
    STATUS_LIST = "status-list"
    IDENTIFIER_LIST = "identifier-list"
    VICAL = "vical"
    TRANSCRIPT = "session-transcript"
    ESTABLISHMENT = "session-establishment"
    SESSION_DATA = "session-data"
    TO_BE_SIGNED = "to-be-signed"
    CBOR = "cbor"


SHAPES: Final[Mapping[Kind, Shape]] = {
    Kind.ISSUER_SIGNED: m.ISSUER_SIGNED,
    Kind.DEVICE_RESPONSE: m.DEVICE_RESPONSE,
    Kind.DEVICE_REQUEST: m.DEVICE_REQUEST,
    Kind.ENGAGEMENT: m.ENGAGEMENT,
    Kind.MSO: m.MSO,
    Kind.ISSUER_AUTH: m.ISSUER_AUTH,
    Kind.STATUS_LIST: c.STATUS_TOKEN,
    Kind.IDENTIFIER_LIST: c.STATUS_TOKEN,
    Kind.VICAL: m.VICAL,
    Kind.TRANSCRIPT: m.TRANSCRIPT,
    Kind.ESTABLISHMENT: m.ESTABLISHMENT,
    Kind.SESSION_DATA: m.SESSION_DATA,
    Kind.TO_BE_SIGNED: m.TO_BE_SIGNED,
    Kind.CBOR: PLAIN,
}


def _read_mso(data: bytes) -> object:
    """The MSO with or without its tag 24."""
    return read_mso(data if data[:1] == b"\xd8" else cbor.Embedded(data).tagged, "mso")


# The strict readers, for what the bytes alone do not show: a missing member, a date that is none, a short salt.
READERS: Final[Mapping[Kind, Callable[[bytes], object]]] = {
    Kind.ISSUER_SIGNED: decode_issuer_signed,
    Kind.DEVICE_RESPONSE: decode_response,
    Kind.DEVICE_REQUEST: decode_request,
    Kind.ENGAGEMENT: decode_engagement,
    Kind.MSO: _read_mso,
}

_BY_NAMES: Final = (
    ({"issuerAuth"}, Kind.ISSUER_SIGNED),
    ({"digestAlgorithm"}, Kind.MSO),
    ({"valueDigests"}, Kind.MSO),
    ({"docRequests"}, Kind.DEVICE_REQUEST),
    ({"documents"}, Kind.DEVICE_RESPONSE),
    ({"documentErrors"}, Kind.DEVICE_RESPONSE),
    ({"version", "status"}, Kind.DEVICE_RESPONSE),
    ({"eReaderKey"}, Kind.ESTABLISHMENT),
    ({"data"}, Kind.SESSION_DATA),
    ({"status"}, Kind.SESSION_DATA),
    ({"nameSpaces"}, Kind.ISSUER_SIGNED),
    ({0, 1}, Kind.ENGAGEMENT),
)


def recognise(data: bytes) -> Kind:
    """The kind of the structure in `data`; CBOR where nothing is recognised."""
    root = scan(data, [MAX_ITEMS])
    while root.major == TAG and root.children:
        root = root.children[0]
        if root.major == BSTR and (inner := recognise(data[root.content])) in (Kind.MSO, Kind.TRANSCRIPT):
            return inner
    if root.major == MAP:
        found = {name_of(data, key) for key in root.children[::2]}
        return next((kind for names, kind in _BY_NAMES if names <= found), Kind.CBOR)
    return _array(data, root) if root.major == ARRAY else Kind.CBOR


def _array(data: bytes, root: Item) -> Kind:
    """A SessionTranscript, a structure to be signed, or a COSE message told by its payload."""
    children = root.children
    if children and data[children[0].content] in (b"Signature1", b"MAC0"):
        return Kind.TO_BE_SIGNED
    if len(children) == 3 and all(child.major in (TAG, SIMPLE) for child in children[:2]):
        return Kind.TRANSCRIPT
    if len(children) < 3 or children[0].major != BSTR or children[2].major != BSTR:
        return Kind.CBOR
    payload = scan(data[children[2].content])
    if payload.major == TAG:
        return Kind.ISSUER_AUTH
    names = {name_of(data[children[2].content], key) for key in payload.children[::2]}
    if names & {"vicalProvider", "certificateInfos"}:
        return Kind.VICAL
    by_claim = {65533: Kind.STATUS_LIST, 65530: Kind.IDENTIFIER_LIST}
    return next((kind for claim, kind in by_claim.items() if claim in names), Kind.CBOR)


def name_of(data: bytes, key: Item) -> Name | None:
    """A key of a map as a name or number; None for anything else."""
    if key.major == TSTR and not key.fault:
        return data[key.content].decode()
    if key.major == 0:
        return key.argument
    return -1 - key.argument if key.major == 1 else None
