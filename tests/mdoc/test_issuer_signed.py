from typing import Any

import pytest

from mdoc import cbor, issuer_signed, issuer_signed_item
from mdoc.errors import MalformedData
from tests.mdoc.world import ELEMENTS, ISO, JP, issued

SALT = bytes(range(16))
ITEM: dict[str, object] = {"elementIdentifier": "sex", "elementValue": 2, "digestID": 3, "random": SALT}


def embedded(item: object) -> cbor.Embedded:
    """An item in tag 24."""
    return cbor.Embedded(cbor.encode(item))


def test_item_has_the_order_that_provers_accept() -> None:
    """An item holds elementIdentifier, elementValue, digestID and random in this order and nothing else."""
    made = issuer_signed_item.make_item(3, SALT, "sex", 2)
    assert made.encoded == embedded(ITEM).tagged
    read = issuer_signed_item.read_item(cbor.decode(made.encoded), "i")
    assert (read.digest_id, read.random, read.identifier, read.value) == (3, SALT, "sex", 2)
    assert read.encoded == made.encoded
    assert "sex" not in repr(read)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (ITEM, "tag 24"),
        (embedded([]), "map"),
        (embedded({key: one for key, one in ITEM.items() if key != "elementValue"}), "elementValue is missing"),
        (embedded(ITEM | {"digestID": 1 << 31}), "range"),
        (embedded(ITEM | {"digestID": -1}), "range"),
        (embedded(ITEM | {"digestID": True}), "int"),
        (embedded(ITEM | {"random": bytes(15)}), "16 bytes"),
        (embedded(ITEM | {"elementIdentifier": ""}), "empty"),
        (embedded(ITEM | {"elementIdentifier": 5}), "tstr"),
    ],
)
def test_malformed_item_is_refused(value: object, reason: str) -> None:
    """Each fault in an item is refused with its reason, a short salt included."""
    with pytest.raises(MalformedData, match=reason):
        issuer_signed_item.read_item(value, "i")


@pytest.mark.parametrize(
    ("items", "reason"),
    [
        ([], "without elements"),
        ([embedded(ITEM), embedded(ITEM | {"digestID": 4})], "twice"),
        ([embedded(ITEM), embedded(ITEM | {"elementIdentifier": "x"})], "twice"),
    ],
)
def test_nothing_stands_twice_in_a_namespace(items: list[object], reason: str) -> None:
    """An element or digestID that stands twice is refused, and so is an empty namespace."""
    with pytest.raises(MalformedData, match=reason):
        issuer_signed_item.read_items(items, "n")


@pytest.mark.requirement("MDOC-22")
def test_issued_document_is_read() -> None:
    """The document holds its elements by namespace, and its MSO is inside."""
    document = issuer_signed.decode_issuer_signed(issued())
    found = {name: {item.identifier: item.value for item in items} for name, items in document.name_spaces.items()}
    assert found == ELEMENTS
    assert set(document.mso().value_digests) == {JP, ISO}
    assert "番号" not in repr(document)


def test_received_bytes_are_handed_on_untouched() -> None:
    """A document put together again from its received items is byte for byte the received one."""
    data = issued()
    document = issuer_signed.decode_issuer_signed(data)
    items = {name: [item.encoded for item in found] for name, found in document.name_spaces.items()}
    assert cbor.encode(issuer_signed.as_map(items, document.issuer_auth_value)) == data


def test_document_without_elements_has_no_namespaces() -> None:
    """Where nothing is returned, nameSpaces is absent rather than empty."""
    document = issuer_signed.decode_issuer_signed(issued())
    made: Any = issuer_signed.as_map({ISO: []}, document.issuer_auth_value)
    assert list(made) == ["issuerAuth"]
    assert issuer_signed.read_issuer_signed(made).name_spaces == {}


def test_document_without_issuer_is_refused() -> None:
    """An IssuerSigned without issuerAuth is refused, and so is one that is no map."""
    for data in (b"\xa0", b"\x80"):
        with pytest.raises(MalformedData):
            issuer_signed.decode_issuer_signed(data)


def test_map_of_no_namespaces_is_refused() -> None:
    """Namespaces are left out or there is one at least, also in a document that is in the usual form otherwise."""
    decoded: Any = cbor.decode(issued())
    for empty in ({"nameSpaces": {}, "issuerAuth": decoded["issuerAuth"]}, decoded | {"nameSpaces": {}, "later": 1}):
        with pytest.raises(MalformedData, match="nameSpaces: empty"):
            issuer_signed.decode_issuer_signed(cbor.encode(empty))
