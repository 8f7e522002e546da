"""Hot path of `mdoc.mso`: an MSO in its usual form, read by position.

Issuers write the entries in the order of the standard, with a P-256 device key, and number the digests of a namespace
from zero without gaps or below 24. Whatever is not exactly so is None here, and the general reader decides and names
what is wrong. A property test holds that both readers never differ.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final, NamedTuple

from mdoc.scan import Unusual, length_at, string_at

_BEGIN: Final = re.compile(rb"([\xa6\xa7])\x67version\x631\.0\x6fdigestAlgorithm\x67SHA-256\x6cvalueDigests", re.DOTALL)
_KEY: Final = re.compile(
    rb"\x6ddeviceKeyInfo\xa1\x69deviceKey\xa4\x01\x02\x20\x01\x21\x58\x20(.{32})\x22\x58\x20(.{32})\x67docType",
    re.DOTALL,
)
# An hour 24 is not of the usual form, because later Pythons take it for the next day.
_INSTANT: Final = rb"\xc0\x74(\d{4}-\d\d-\d\dT(?!24)\d\d:\d\d:\d\dZ)"
_VALIDITY: Final = re.compile(
    rb"\x6cvalidityInfo\xa3\x66signed%b\x69validFrom%b\x6avalidUntil%b" % (_INSTANT, _INSTANT, _INSTANT)
)
_STATUS: Final = b"\x66status"
_ENTRY: Final = 35  # an id below 24, the head of a byte string, and a SHA-256 digest
_IDS: Final = bytes(range(24))


class ScannedMso(NamedTuple):
    """The parts of an MSO; `point` is the device key's, uncompressed; `status` is still encoded, empty if absent."""

    value_digests: Mapping[str, Mapping[int, bytes]]
    point: bytes
    doc_type: str
    instants: tuple[datetime, datetime, datetime]
    status: bytes


def mso(data: bytes) -> ScannedMso | None:
    """The parts of `data` (MobileSecurityObject, CBOR), or None when it is not in the usual form. Raises nothing."""
    begin = _BEGIN.match(data)
    if begin is None:
        return None
    try:
        return _mso(data, begin.end(), with_status=begin[1] == b"\xa7")
    except (Unusual, IndexError, ValueError):
        return None


def _mso(data: bytes, place: int, *, with_status: bool) -> ScannedMso:
    digests, place = _digests(data, place)
    key = _KEY.match(data, place)
    if key is None:
        raise Unusual
    doc_type, place = string_at(data, key.end(), 0x60)
    validity = _VALIDITY.match(data, place)
    if validity is None or not doc_type:
        raise Unusual
    signed, begins, ends = [datetime.fromisoformat(instant.decode()) for instant in validity.groups()]
    status = data[validity.end() :]
    if with_status != status.startswith(_STATUS) or with_status == (not status):
        raise Unusual
    return ScannedMso(
        digests,
        b"\x04" + key[1] + key[2],
        doc_type.decode(),
        (signed, begins, ends),
        status[len(_STATUS) :],
    )


def _digests(data: bytes, place: int) -> tuple[dict[str, dict[int, bytes]], int]:
    count, place = length_at(data, place, 0xA0)
    digests: dict[str, dict[int, bytes]] = {}
    for _ in range(count):
        name, place = string_at(data, place, 0x60)
        digests[name.decode()], place = _entries(data, place)
    if not 0 < len(digests) == count or "" in digests:
        raise Unusual
    return digests, place


def _entries(data: bytes, place: int) -> tuple[dict[int, bytes], int]:
    """The digests of one namespace, whose ids below 24 all take one byte: every 35th byte is an id."""
    count, place = length_at(data, place, 0xA0)
    end = place + _ENTRY * count
    ids = data[place:end:_ENTRY]
    heads = data[place + 1 : end : _ENTRY] + data[place + 2 : end : _ENTRY]
    entries = {number: data[at : at + 32] for number, at in zip(ids, range(place + 3, end, _ENTRY), strict=True)}
    if not 0 < len(entries) == count or end > len(data) or heads != b"\x58" * count + b"\x20" * count:
        raise Unusual
    if ids.translate(None, _IDS):
        raise Unusual
    return entries, end
