"""A maker's list as a file: replaced, malformed, stale, missing, and read by a process that starts afresh."""

import logging
import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from issuer.smp.makers.kept import KeptList, StaleMakerList, file_of, revocation
from tests.support.clock import START

TERM = timedelta(hours=24)
MINUTE = timedelta(minutes=1)
EMPTY, LISTED = b'{"entries":{}}', b'{"entries":{"a1":{"status":"REVOKED"},"b2":{"status":"SUSPENDED"}}}'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the list lies."""
    return file_of(tmp_path, "android")


def put(path: Path, content: bytes, at: datetime = START) -> None:
    """Put a list there as of an instant."""
    path.write_bytes(content)
    os.utime(path, (at.timestamp(), at.timestamp()))


def kept(path: Path) -> KeptList:
    """The list of a process that has just started."""
    return KeptList("android", path, TERM)


@pytest.mark.requirement("MDOC-23")
def test_revoked_and_suspended_are_told_until_they_are_lifted(path: Path) -> None:
    """The file is read again when it changes: an entry comes, and goes, without a new start."""
    makers = kept(path)
    put(path, EMPTY)
    assert not makers.is_revoked(0xA1, START)
    put(path, LISTED, START + MINUTE)
    assert [makers.is_revoked(serial, START + MINUTE) for serial in (0xA1, 0xB2, 0xA2)] == [True, True, False]
    put(path, EMPTY, START + 2 * MINUTE)
    assert not makers.is_revoked(0xA1, START + 2 * MINUTE)


@pytest.mark.requirement("MDOC-23")
def test_a_malformed_list_is_refused_and_the_one_before_stays(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It is believed for what is left of its own term, the refusal is said once, and a sound one takes its place."""
    makers = kept(path)
    put(path, LISTED)
    assert makers.is_revoked(0xA1, START)
    put(path, b"{}", START + MINUTE)
    for _ in range(3):
        assert makers.is_revoked(0xA1, START + TERM)
    assert [record.getMessage() for record in caplog.records] == ["maker list refused"]
    with pytest.raises(StaleMakerList):
        makers.is_revoked(0xA1, START + TERM + MINUTE)
    put(path, LISTED, START + TERM)
    assert makers.is_revoked(0xA1, START + TERM + MINUTE)


@pytest.mark.requirement("MDOC-23")
def test_a_list_past_its_term_tells_nothing(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Neither yes nor no, with one line in the log; a list that has only been stamped anew is believed again."""
    caplog.set_level(logging.ERROR)
    makers = kept(path)
    put(path, EMPTY)
    assert not makers.is_revoked(0xA1, START + TERM)
    for _ in range(3):
        with pytest.raises(StaleMakerList):
            makers.is_revoked(0xA1, START + TERM + MINUTE)
    told = [(record.getMessage(), record.__dict__["kind"]) for record in caplog.records]
    assert told == [("maker list stale", "android")]
    put(path, EMPTY, START + TERM)
    assert not makers.is_revoked(0xA1, START + TERM + MINUTE)


def test_a_list_from_the_future_tells_nothing(path: Path) -> None:
    """A clock that is minutes ahead is forgiven; a file with a later time would be fresh for ever."""
    makers = kept(path)
    put(path, EMPTY, START + 4 * MINUTE)
    assert not makers.is_revoked(0xA1, START)
    put(path, EMPTY, START + 6 * MINUTE)
    with pytest.raises(StaleMakerList):
        makers.is_revoked(0xA1, START)


def test_without_a_list_nobody_can_tell(path: Path) -> None:
    """A list that was never there, or a malformed one at the start, tells nothing; one that vanishes keeps its term."""
    makers = kept(path)
    with pytest.raises(StaleMakerList):
        makers.is_revoked(0xA1, START)
    put(path, b"[]")
    with pytest.raises(StaleMakerList):
        makers.is_revoked(0xA1, START)
    put(path, LISTED, START + MINUTE)
    assert makers.is_revoked(0xA1, START + MINUTE)
    path.unlink()
    assert makers.is_revoked(0xA1, START + TERM)
    with pytest.raises(StaleMakerList):
        kept(path).is_revoked(0xA1, START + TERM)


def test_a_restart_forgets_nothing(path: Path) -> None:
    """The term counts from when the list was taken, not from when the process began."""
    put(path, LISTED)
    assert kept(path).is_revoked(0xA1, START + TERM)
    with pytest.raises(StaleMakerList):
        kept(path).is_revoked(0xA1, START + TERM + MINUTE)


def test_a_maker_that_publishes_no_list_revokes_nothing(tmp_path: Path) -> None:
    """Only where the operator has said so: a kind that is not left out waits for its list."""
    assert not revocation("apple", tmp_path, {"android"}, TERM)(0xA1, START)
    with pytest.raises(StaleMakerList):
        revocation("android", tmp_path, {"android"}, TERM)(0xA1, START)
