import pytest

from mdoc import dates
from mdoc.wellformed import Fault, Finding, inspect, key_of


def found(data: str) -> Finding:
    """What is wrong in these bytes."""
    return inspect(bytes.fromhex(data), 16, {0: dates.instant, 1004: dates.full_date})


@pytest.mark.parametrize(
    ("data", "fault", "path"),
    [
        ("1801", Fault.NOT_PREFERRED, ""),
        ("190001", Fault.NOT_PREFERRED, ""),
        ("1a00000001", Fault.NOT_PREFERRED, ""),
        ("1b0000000000000001", Fault.NOT_PREFERRED, ""),
        ("821801d8185801a0", Fault.NOT_PREFERRED, "[1]"),
        ("82d9001841a01801", Fault.NOT_PREFERRED, "[0]"),
        ("a1f4810f", Fault.MALFORMED, ""),
        ("a1616b9f", Fault.INDEFINITE, "k"),
        ("c074323032362d30342d31305430313a30303a30305a00", Fault.TRAILING, ""),
        ("fb3ff8000000000000", Fault.MALFORMED, ""),
        ("f97e00", Fault.MALFORMED, ""),
        ("a1616b61ff", Fault.TEXT, "k"),
        ("a161ff01", Fault.TEXT, "?"),
        ("a1616b8100", Fault.MALFORMED, ""),
        ("a1616bd81881a0", Fault.TAG, "k"),
        ("a1616bc001", Fault.DATE, "k"),
        ("82c06178d90000", Fault.DATE, "[0]"),
        ("a1616bd903ec6a323032362d30322d3330", Fault.DATE, "k"),
        ("a1616bd903ec81c0", Fault.MALFORMED, "k[0]"),
        ("a1616b1c", Fault.MALFORMED, "k"),
        ("a120f41c", Fault.TRAILING, ""),
        ("a26b6f72672e69736f2e312e3201" + "6b6f72672e69736f2e312e32" + "02", Fault.DUPLICATE, "['org.iso.1.2']"),
    ],
)
def test_fault_is_named_with_its_place(data: str, fault: Fault, path: str) -> None:
    """The walk names the first fault, lengths that are too long last; what is well-formed has another fault."""
    assert found(data)[:2] == (fault, path)


def test_no_value_of_the_document_is_shown() -> None:
    """A key that could be somebody's number is shown as a question mark."""
    fault, path, reason = found("a16c3132333435363738393031389f")
    assert (fault, path) == (Fault.INDEFINITE, "?")
    assert "1234" not in reason


@pytest.mark.parametrize(
    ("encoded", "key"), [("05", 5), ("20", -1), ("390100", -257), ("6161", "a"), ("4161", None), ("80", None)]
)
def test_key_is_a_number_or_a_text(encoded: str, key: object) -> None:
    """Numbers and texts are told as keys, everything else is not."""
    assert key_of(bytes.fromhex(encoded)) == key
