import pytest

from registry.access.affairs import Affairs, load_affairs
from registry.access.matrix import load_matrix


@pytest.fixture
def affairs() -> Affairs:
    """The table that the stores use."""
    return load_affairs()


@pytest.mark.requirement("JUKI-20")
@pytest.mark.parametrize(("code", "number"), [("tax", True), ("pension", True), ("licence", False)])
def test_a_body_may_ask_for_its_affair(affairs: Affairs, code: str, number: bool) -> None:  # noqa: FBT001
    """An affair of the table is found for its body, and says whether the number belongs to it."""
    found = affairs.find("juki", "agency-1", code)
    assert found is not None
    assert found.number is number


@pytest.mark.requirement("JUKI-20")
@pytest.mark.parametrize(
    ("file", "body", "code"),
    [
        ("juki", "agency-2", "tax"),
        ("juki", None, "tax"),
        ("juki", "agency-1", "marketing"),
        ("juki", "agency-1", ""),
        ("number", "agency-1", "tax"),
        ("card", "agency-1", "tax"),
    ],
)
def test_what_is_not_in_the_table_is_refused(affairs: Affairs, file: str, body: str | None, code: str) -> None:
    """Another body, no body, another affair, or a file that is not provided from: nothing is found."""
    assert affairs.find(file, body, code) is None


def test_no_other_system_inquires() -> None:
    """The operations that the table guards are open to inquiring bodies alone."""
    callers = {line.operation: line.callers for line in load_matrix().lines if line.operation.endswith(".inquire")}
    assert callers == {"juki.inquire": {"inquiring-body"}, "fuhyo.inquire": {"inquiring-body"}}
