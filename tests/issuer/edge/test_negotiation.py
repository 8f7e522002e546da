"""What a client takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.edge.negotiation import best, takes

CWT, JWT = OFFERED = ["application/statuslist+cwt", "application/statuslist+jwt"]


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("", CWT),
        ("*/*", CWT),
        ("application/*", CWT),
        (JWT, JWT),
        (JWT.upper(), JWT),
        (f"{JWT};q=0.4, {CWT};q=0.5", CWT),
        (f"{JWT};q=0.5, {CWT};q=0.4", JWT),
        (f"{JWT}, */*;q=0.1", JWT),
        (f"{CWT};q=0, */*", JWT),
        (f"text/html, {JWT} ; v=1 ; q=1.000", JWT),
        (f"{CWT};q=0", None),
        (f"{CWT};q=nan", None),
        (f"{CWT};q=7", None),
        ("text/html", None),
        ("application/json, text/*", None),
        ("statuslist+cwt", None),
    ],
)
def test_best(accept: str, chosen: str | None) -> None:
    """The heaviest type wins, the closest range gives a type its weight, and nothing is served against the header."""
    assert best(accept, OFFERED) == chosen


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("", False),
        ("br", False),
        ("gzip;q=0", False),
        ("gzip;q=0.000", False),
    ],
)
def test_takes(header: str, *, expected: bool) -> None:
    """A coding is used only where it was named with a weight."""
    assert takes(header, "gzip") is expected


@given(st.text(max_size=60))
def test_any_header(header: str) -> None:
    """Whatever a stranger writes chooses one of the offered types or none."""
    assert best(header, OFFERED) in {*OFFERED, None}
    assert takes(header, "gzip") in {True, False}
