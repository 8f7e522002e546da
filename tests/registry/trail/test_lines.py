"""Lines of an export, as they are written and read."""

import io

import pytest

from registry.trail.lines import LONGEST, Line, Unreadable, as_text, read_lines
from tests.registry.trail.book import verified
from tests.registry.trail.straight import straight


def read(content: bytes) -> list[Line]:
    """The lines of a file."""
    return list(read_lines(io.BytesIO(content)))


@pytest.mark.requirement("AUDIT-20")
def test_a_file_verifies_like_its_trail() -> None:
    """What was written and read again is the same chain; one letter of an entry makes it another one."""
    content = b"".join(as_text(line) for line in straight(6))
    assert verified(read(content)) == []
    (finding,) = verified(read(content.replace(b"juki.step_5", b"juki.step_6")))
    assert finding.first == 5


@pytest.mark.parametrize(
    "bad",
    [
        b"{}\n",
        b"not json\n",
        b"\xff\xfe\n",
        b"[]\n",
        b'{"kind":"other"}\n',
        b'{"kind":"end","trail":"a","more":1}\n',
        b'{"kind":"end","trail":"' + b"a" * LONGEST + b'"}\n',
    ],
)
def test_what_is_no_line_is_refused_with_its_number(bad: bytes) -> None:
    """Too long, no JSON, of no kind, or with a member that nobody knows."""
    with pytest.raises(Unreadable, match="line 2"):
        read(as_text(straight(1)[0]) + bad)
