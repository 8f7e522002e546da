import pytest

from mdoc import paths


@pytest.mark.parametrize(
    ("path", "key", "place"),
    [
        ("", "documents", "documents"),
        ("mso", "valueDigests", "mso.valueDigests"),
        ("nameSpaces", "org.iso.18013.5.1", "nameSpaces['org.iso.18013.5.1']"),
        ("engagement", 2, "engagement.2"),
        ("key", -2, "key.-2"),
        ("map", "番号 花子", "map.?"),
        ("map", 123456789012, "map.?"),
        ("map", True, "map.?"),
        ("map", b"x", "map.?"),
    ],
)
def test_entry_is_named_only_when_it_is_a_name(path: str, key: object, place: str) -> None:
    """Names of the standard and small numbers are shown; a key that could be somebody's data is not."""
    assert paths.entry(path, key) == place


@pytest.mark.parametrize(
    ("path", "place", "whole"),
    [
        ("a", "b", "a.b"),
        ("", "b", "b"),
        ("a", "", "a"),
        ("a", "[3].b", "a[3].b"),
    ],
)
def test_place_is_seen_from_outside(path: str, place: str, whole: str) -> None:
    """A place that was named from inside is put behind the outer path."""
    assert paths.below(path, place) == whole


def test_path_leads_through_its_steps() -> None:
    """A path is taken apart into names and places, names with dots whole."""
    path = "documents[0].issuerSigned.nameSpaces['org.iso.18013.5.1'][3].digestID"
    steps = ["documents", "[0]", "issuerSigned", "nameSpaces", "org.iso.18013.5.1", "[3]", "digestID"]
    assert paths.steps(path) == steps
    assert paths.steps("engagement.2[0]") == ["engagement", "2", "[0]"]
    assert paths.steps("") == []
