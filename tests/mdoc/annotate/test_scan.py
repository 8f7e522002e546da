import pytest

from mdoc.annotate.scan import Item, scan


def places(item: Item) -> list[tuple[int, int]]:
    """Offset and length of an item and of all below it."""
    return [(item.offset, item.length)] + [place for child in item.children for place in places(child)]


def faults(item: Item) -> list[tuple[int, str]]:
    """What is wrong, and at which offset."""
    here = [(item.offset, item.fault)] if item.fault else []
    return here + [one for child in item.children for one in faults(child)]


def test_every_item_has_its_place() -> None:
    """Heads, strings, keys, values and tags are found where they stand."""
    assert places(scan(bytes.fromhex("a16161820141ff"))) == [(0, 7), (1, 2), (3, 4), (4, 1), (5, 2)]
    assert places(scan(bytes.fromhex("d8184101"))) == [(0, 4), (2, 2)]


@pytest.mark.parametrize(
    ("data", "offset", "fault"),
    [
        ("", 0, "the bytes end too early"),
        ("8201", 2, "the bytes end too early"),
        ("8119", 1, "the bytes end too early"),
        ("811c", 1, "not well-formed"),
        ("811f", 1, "not well-formed"),
        ("82014401", 2, "the string says 4 bytes, and 3 of them are missing"),
        ("811801", 1, "the head is not in its shortest form"),
        ("819f01ff", 1, "the length is indefinite"),
        ("815f4101ff", 1, "the length is indefinite"),
        ("819f01", 3, "the bytes end too early"),
        ("8161ff", 1, "the text is not UTF-8"),
        ("a201020103", 3, "the key stands twice in one map"),
        ("8000", 0, "1 bytes follow the end, from offset 1"),
        ("81" * 20 + "00", 16, "nested deeper than 16"),
    ],
)
def test_fault_stands_at_its_byte(data: str, offset: int, fault: str) -> None:
    """What is wrong is said at the offset where it is wrong."""
    assert any(place == offset and fault in told for place, told in faults(scan(bytes.fromhex(data))))


def test_walk_goes_on_where_it_can() -> None:
    """Behind a duplicate key, a long head or an indefinite length the rest is still read."""
    root = scan(bytes.fromhex("84a20101010218019f01ff05"))
    assert [child.offset for child in root.children] == [1, 6, 8, 11]


def test_number_of_items_is_bounded() -> None:
    """A short input that says it has many items does not fill the memory."""
    root = scan(b"\x9b" + b"\xff" * 8 + bytes(10_000), [100])
    assert len(root.children) == 100
    assert root.children[-1].fault == "there are too many items to show"
