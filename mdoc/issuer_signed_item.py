"""IssuerSignedItem: one element with its salt (ISO/IEC 18013-5 8.3.2.1.2.2, 9.1.2.5)."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Final, NamedTuple

from mdoc import cbor
from mdoc.errors import MalformedData


class IssuerSignedItem(NamedTuple):
    """One element with its salt. `encoded` is the complete IssuerSignedItemBytes as received or made."""

    digest_id: int
    random: bytes
    identifier: str
    value: object
    encoded: bytes

    def __repr__(self) -> str:
        return "IssuerSignedItem()"


_IDENTIFIER: Final = attrgetter("identifier")
_DIGEST_ID: Final = attrgetter("digest_id")


def make_item(digest_id: int, salt: bytes, identifier: str, value: object) -> IssuerSignedItem:
    """An item in the order elementIdentifier, elementValue, digestID, random, which all provers accept.

    What differs between two records of one holder stands last, so that their hashes share a beginning (`mdoc.mint`).
    """
    content = {"elementIdentifier": identifier, "elementValue": value, "digestID": digest_id, "random": salt}
    encoded = cbor.Embedded(cbor.encode(content)).tagged
    return IssuerSignedItem(digest_id, salt, identifier, value, encoded)


def read_item(value: object, path: str) -> IssuerSignedItem:
    """An item as received in tag 24. Raises MalformedData."""
    embedded = cbor.expect(value, cbor.Embedded, path)
    return _item(embedded.open(path), embedded, path)


def _item(content: object, embedded: cbor.Embedded, path: str) -> IssuerSignedItem:
    item = cbor.expect(content, dict, path)
    digest_id = cbor.member(item, "digestID", int, path)
    salt = cbor.member(item, "random", bytes, path)
    identifier = cbor.member(item, "elementIdentifier", str, path)
    if not identifier:
        raise MalformedData(f"{path}.elementIdentifier", "the name is empty")
    if "elementValue" not in item:
        raise MalformedData(path, "elementValue is missing")
    if not 0 <= digest_id < 1 << 31:
        raise MalformedData(f"{path}.digestID", "outside its range")
    # 9.1.2.5: the salt has at least 16 bytes, or elements with few values could be guessed from their digest.
    if len(salt) < 16:
        raise MalformedData(f"{path}.random", "shorter than 16 bytes")
    return IssuerSignedItem(digest_id, salt, identifier, item["elementValue"], embedded.tagged)


def read_items(value: object, path: str) -> tuple[IssuerSignedItem, ...]:
    """The items of one namespace; no element and no digestID may stand there twice. Raises MalformedData."""
    received = [
        one if type(one) is cbor.Embedded else cbor.expect(one, cbor.Embedded, f"{path}[{n}]")
        for n, one in enumerate(cbor.expect(value, list, path))
    ]
    contents = zip(cbor.open_all(received, path), received, strict=True)
    items = tuple([_item(content, one, f"{path}[{n}]") for n, (content, one) in enumerate(contents)])
    if not items:
        raise MalformedData(path, "a namespace without elements")
    if not are_unique(items):
        raise MalformedData(path, "an element or a digestID stands twice")
    return items


def are_unique(items: Sequence[IssuerSignedItem]) -> bool:
    """Whether no element and no digestID stands twice in a namespace."""
    return len(set(map(_IDENTIFIER, items))) == len(items) == len(set(map(_DIGEST_ID, items)))
