import pytest

from mdoc.wellformed import inspect


@pytest.mark.parametrize(
    ("data", "kind", "path"),
    [
        ("1801", "not-preferred", ""),
        ("190001", "not-preferred", ""),
        ("1a00000001", "not-preferred", ""),
        ("1b0000000000000001", "not-preferred", ""),
        ("a1f4810f", "malformed", ""),
        ("a1616b9f", "indefinite", "k"),
        ("c0810102", "trailing", ""),
        ("fb3ff8000000000000", "malformed", ""),
        ("f97e00", "malformed", ""),
    ],
)
def test_fault_is_named_with_its_place(data: str, kind: str, path: str) -> None:
    """The walk names the first fault; bytes that are well-formed are called malformed for what they mean."""
    assert inspect(bytes.fromhex(data), 16)[:2] == (kind, path)


def test_no_value_of_the_document_is_shown() -> None:
    """A key that could be somebody's number is shown as a question mark."""
    kind, path, reason = inspect(bytes.fromhex("a16c3132333435363738393031389f"), 16)
    assert (kind, path) == ("indefinite", "?")
    assert "1234" not in reason
