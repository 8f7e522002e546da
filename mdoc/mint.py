"""Hot path of `mdoc.issue`: the documents of one holder, whose common bytes are encoded and hashed once.

`Mint` assembles byte for byte what `issue.prepare` makes of the same input and chance, `complete` what `issue.complete`
makes; a property test holds them equal. Two records of one holder differ in salts, digest ids, device key, status and
decoys. An item ends with its digest id and salt, so the hash of a portrait is carried to that point and shared.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Final

from mdoc import cbor, cose, dates, heads, sig_structure
from mdoc.errors import MalformedData
from mdoc.issue import DECOYS_TO, SALT_SIZE, PreparedDocument, Random, check_chain, check_count, draw
from mdoc.mso import DIGEST_SIZES, HASHES, VERSION, IdentifierReference, StatusReference, Validity, encode_status
from mdoc.suite import PROVABLE, Suite

_WORTH_SHARING: Final = 512  # bytes; below, to hash all of it once is faster than to hash it in two parts
_ID, _SALT = b"\x68digestID", b"\x66random\x50"  # behind them: a number, and a salt of sixteen bytes
_AROUND: Final = len(_ID) + len(_SALT) + SALT_SIZE  # what an item holds besides name, value and number
_ONE_BYTE: Final = 24  # numbers below take one byte in CBOR, those up to 255 take two
_NUMBERS: Final = [heads.head(0, number) for number in range(256)]
_TAILS: Final = [_ID + number + _SALT for number in _NUMBERS]
_TEXTS: Final = [heads.head(3, length) for length in range(256)]
_ITEM_HEADS: Final = [heads.TAG_24 + heads.head(2, length) for length in range(_WORTH_SHARING + 1)]
_PAIRS: Final = [b"%02d" % number for number in range(100)]
_DASHED: Final = [b"-" + pair for pair in _PAIRS[:32]]  # a month, a day
_FULL_DATE: Final = b"\xd9\x03\xec\x6a"  # tag 1004 over a text of ten characters
_P_256_KEY: Final = b"\xa4\x01\x02\x20\x01\x21\x58\x20"  # COSE_Key up to its x: kty EC2, crv P-256
_POINT_SIZE: Final = 65

Hash = Callable[[bytes], Any]


class Mint:
    """Makes any number of documents with the same elements, each as `issue.prepare` would."""

    def __init__(
        self,
        doc_type: str,
        elements: Mapping[str, Mapping[str, object]],
        validity: Validity,
        *,
        decoys_to: int = DECOYS_TO,
        suite: Suite = PROVABLE,
    ) -> None:
        """Take what all documents share. Raises OutsideProfile and MalformedData as `issue.prepare` does."""
        check_count(elements, decoys_to)
        self._doc_type, self._count, self._suite = doc_type, decoys_to, suite
        self._frame = _frame(doc_type, validity, len(elements), decoys_to, suite.digest)
        self._spaces = [_NameSpace(name, values, decoys_to, self._frame.hash) for name, values in elements.items()]

    def prepare(
        self,
        device_point: bytes,
        *,
        random: Random,
        status: StatusReference | None,
        identifier: IdentifierReference | None = None,
    ) -> PreparedDocument:
        """The next document: fresh salts, digest ids and decoys, for one device key and its place in status lists.

        `device_point`: the key as an uncompressed point of P-256, 65 bytes, known to be on the curve from when it was
        received; the lint before signing (`mdoc.issuing_profile`) parses it again. Raises MalformedData for another
        form.
        """
        if len(device_point) != _POINT_SIZE or device_point[0] != 4:
            raise MalformedData("deviceKey", "not an uncompressed point of P-256")
        items: dict[str, list[_Parts]] = {}
        frame, listed = self._frame, status is not None or identifier is not None
        parts = [b"\xa7" if listed else b"\xa6", frame.before]
        for space in self._spaces:
            ids, salts, digests = draw(len(space.elements), self._count, random, frame.size)
            items[space.name] = space.items(ids, salts, digests)
            parts.append(space.head)
            parts.append(frame.digests % tuple(digests))
        parts.extend((_KEY_INFO, device_point[1:33], b"\x22\x58\x20", device_point[33:], frame.behind))
        if listed:
            parts.extend((_STATUS, cbor.encode(encode_status(status, identifier))))
        mso_bytes = heads.tag_24(b"".join(parts))
        return PreparedDocument(self._doc_type, self._suite.structure(mso_bytes), mso_bytes, _Items(items))


_Parts = tuple[bytes, ...]  # of one item


class _Items(Mapping[str, tuple[bytes, ...]]):
    """IssuerSignedItemBytes by namespace, in parts.

    The items of a bundle share a portrait, which is copied only into the whole document, or when an item is asked for.
    """

    __slots__ = ("parts",)

    def __init__(self, parts: Mapping[str, Sequence[_Parts]]) -> None:
        self.parts = parts

    def __getitem__(self, name_space: str) -> tuple[bytes, ...]:
        return tuple(map(b"".join, self.parts[name_space]))

    def __iter__(self) -> Iterator[str]:
        return iter(self.parts)

    def __len__(self) -> int:
        return len(self.parts)


class _NameSpace:
    """The elements of one namespace, encoded and hashed up to their digest ids."""

    def __init__(self, name: str, values: Mapping[str, object], count: int, new: Hash) -> None:
        self.name = name
        self.head = _named(name, 5, count)
        empty = new(b"")
        self.elements = [_begun(identifier, value, 1, empty) for identifier, value in values.items()]
        # Ids from 24 on take one byte more, and so the head of their item says one more.
        self.wide = self.elements
        if count > _ONE_BYTE:
            self.wide = [_begun(identifier, value, 2, empty) for identifier, value in values.items()]

    def items(self, ids: list[int], salts: Sequence[bytes], digests: list[bytes]) -> list[_Parts]:
        """IssuerSignedItemBytes in the order of their ids, in parts; their digests are entered into `digests`."""
        made: list[_Parts] = [()] * len(digests)
        for place, number in enumerate(ids):
            front, content, state = (self.elements if number < _ONE_BYTE else self.wide)[place]
            tail, hashed = _TAILS[number] + salts[place], state.copy()
            if content:
                hashed.update(tail)
                made[number] = (front, content, tail)
            else:
                item = front + tail
                hashed.update(item)
                made[number] = (item,)
            digests[number] = hashed.digest()
        return made if len(ids) == len(made) else [parts for parts in made if parts]


_Begun = tuple[bytes, bytes, Any]  # an item up to its id; where that is hashed already, its value apart and the hash


def _begun(identifier: str, value: object, size: int, empty: Any) -> _Begun:  # noqa: ANN401 - a hash object
    """An item up to its id, which will take `size` bytes; its hash up to there if that is worth carrying or `empty`."""
    named = _identified(identifier)
    head, content = _encoded(value)
    length = len(named) + len(head) + len(content) + _AROUND + size
    if length <= _WORTH_SHARING:
        return b"".join((_ITEM_HEADS[length], named, head, content)), b"", empty
    front = b"".join((heads.TAG_24, heads.head(2, length), named, head))
    state = empty.copy()
    state.update(front)
    state.update(content)
    return front, content, state


def _text(text: str) -> bytes:
    encoded = text.encode()
    return heads.head(3, len(encoded)) + encoded


@lru_cache(maxsize=256)  # names of namespaces
def _named(name: str, major: int, length: int) -> bytes:
    return _text(name) + heads.head(major, length)


@lru_cache(maxsize=1024)  # the catalogue's identifiers, not a person's data
def _identified(identifier: str) -> bytes:
    return b"\xa4" + _text("elementIdentifier") + _text(identifier) + _text("elementValue")


def _encoded(value: object) -> tuple[bytes, bytes]:
    """The value in CBOR, its head and the rest apart; the most frequent kinds without the general encoder."""
    if type(value) is str:
        text = value.encode()
        return _TEXTS[len(text)] if len(text) < len(_TEXTS) else heads.head(3, len(text)), text
    if type(value) is date:
        century, year = divmod(value.year, 100)
        return _FULL_DATE, b"".join((_PAIRS[century], _PAIRS[year], _DASHED[value.month], _DASHED[value.day]))
    return (heads.head(2, len(value)), value) if type(value) is bytes else (b"", cbor.encode(value))


_VERSION: Final = _text("version") + _text(VERSION) + _text("digestAlgorithm")
_DIGESTS: Final = _text("valueDigests")
_DOC_TYPE, _VALIDITY = _text("docType"), _text("validityInfo")
_KEY_INFO: Final = _text("deviceKeyInfo") + b"\xa1" + _text("deviceKey") + _P_256_KEY
_STATUS: Final = _text("status")
_TDATE: Final = b"\xc0\x74"  # tag 0 over a text of twenty characters
_SIGNED, _FROM, _UNTIL, _UPDATE = [
    _text(name) + _TDATE for name in ("signed", "validFrom", "validUntil", "expectedUpdate")
]


@dataclass(frozen=True)  # whose parts a compiled module reads faster than those of a tuple
class _Frame:
    """What the documents of many persons share: the MSO before the digests, with a place for each, and behind them."""

    before: bytes
    digests: bytes
    behind: bytes
    hash: Hash
    size: int


@lru_cache(maxsize=256)  # the documents of a day end on a handful of days, and nothing of a person stands here
def _frame(doc_type: str, validity: Validity, spaces: int, count: int, algorithm: str) -> _Frame:
    validity.check("validityInfo")
    new, size = HASHES[algorithm], DIGEST_SIZES[algorithm]
    before = _VERSION + _text(algorithm) + _DIGESTS + heads.head(5, spaces)
    heads_of_digests = [number + heads.head(2, size) for number in _NUMBERS[:count]]
    digests = b"".join([written.replace(b"%", b"%%") + b"%b" for written in heads_of_digests])
    behind = _DOC_TYPE + _text(doc_type) + _VALIDITY + _validity(validity)
    return _Frame(before, digests, behind, new, size)


def _validity(validity: Validity) -> bytes:
    tdate = dates.tdate
    written = (
        f"{tdate(validity.signed)}{tdate(validity.valid_from)}{tdate(validity.valid_until)}".encode()
    )  # twenty characters each
    parts = (b"\xa3", _SIGNED, written[:20], _FROM, written[20:40], _UNTIL, written[40:])
    if validity.expected_update is None:
        return b"".join(parts)
    return b"".join((b"\xa4", *parts[1:], _UPDATE, tdate(validity.expected_update).encode()))


def complete(prepared: PreparedDocument, signature: bytes, certificates: Sequence[bytes]) -> bytes:
    """As `issue.complete`, but the signature is not checked: the caller verifies what it made before releasing it (D9).

    Raises MalformedData for a chain that holds the root or nothing, or that cannot be read.
    """
    spaces = _in_parts(prepared.name_spaces)
    parts = [b"\xa2\x6anameSpaces", heads.head(5, len(spaces))] if spaces else [b"\xa1"]
    for name, items in spaces.items():
        parts.append(_named(name, 4, len(items)))
        for item in items:
            parts.extend(item)
    mso = prepared.mso_bytes
    parts.extend((_issuer_auth(tuple(certificates), prepared.algorithm), heads.head(2, len(mso)), mso))
    parts.extend((heads.head(2, len(signature)), signature))
    return b"".join(parts)


def _in_parts(name_spaces: Mapping[str, Sequence[bytes]]) -> dict[str, Sequence[_Parts]]:
    """The items of the namespaces that are not empty; those that come from a store are in one part each."""
    if type(name_spaces) is _Items:  # to ask an abstract class for its instances takes longer than all of this
        return {name: items for name, items in name_spaces.parts.items() if items}
    return {name: [(item,) for item in items] for name, items in name_spaces.items() if items}


@lru_cache(maxsize=64)  # public certificates: a house has a handful of signers
def _issuer_auth(certificates: tuple[bytes, ...], algorithm: int) -> bytes:
    check_chain(certificates)
    header: dict[Any, Any] = {cose.X5CHAIN: cose.x5chain(certificates)}
    protected = heads.byte_string(sig_structure.issuer_header(algorithm))
    return b"".join((_text("issuerAuth"), b"\x84", protected, cbor.encode(header)))
