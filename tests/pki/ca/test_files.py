from pathlib import Path

import pytest

from pki.ca.files import (
    Line,
    UnreadableFile,
    append_line,
    fingerprint,
    read_certificate,
    read_lines,
    write_certificate,
    write_whole,
)
from tests.pki.trust.conftest import ROOT
from tests.support.clock import START


def test_certificate_comes_back(tmp_path: Path) -> None:
    """A certificate is written whole and read back; without a file there is none."""
    path = tmp_path / "trust" / "root.pem"
    assert read_certificate(path) is None
    certificate = ROOT.sign()
    write_certificate(path, certificate)
    assert read_certificate(path) == certificate
    assert list(path.parent.iterdir()) == [path]


def test_what_is_no_certificate_is_left_alone(tmp_path: Path) -> None:
    """A file with something else is reported and not replaced."""
    path = tmp_path / "root.pem"
    write_whole(path, b"notes")
    with pytest.raises(UnreadableFile):
        read_certificate(path)
    assert path.read_bytes() == b"notes"


def test_fingerprint_is_for_reading_aloud() -> None:
    """A fingerprint is SHA-256 in sixteen groups of four digits."""
    groups = fingerprint(ROOT.sign()).split()
    assert [len(group) for group in groups] == [4] * 16


def test_register_only_grows(tmp_path: Path) -> None:
    """Each line of a register comes back as it was written; without a file there is none."""
    path = tmp_path / "registers" / "ca.jsonl"
    lines = [Line("intended", "a", "system", START), Line("signed", "a", "system", START, b"\x30\x00", "docType")]
    assert read_lines(path) == []
    for line in lines:
        append_line(path, line)
    assert read_lines(path) == lines


def test_a_line_cut_short_is_dropped(tmp_path: Path) -> None:
    """A line that a crash cut short never returned: it is left out, and the next one stands in its place."""
    path = tmp_path / "ca.jsonl"
    append_line(path, Line("intended", "a", "system", START))
    with path.open("ab") as stream:
        stream.write(b'{"kind":"inten')
    assert [line.serial for line in read_lines(path)] == ["a"]
    append_line(path, Line("intended", "b", "system", START))
    assert [line.serial for line in read_lines(path)] == ["a", "b"]


def test_a_foreign_line_is_reported(tmp_path: Path) -> None:
    """A whole line that is none of the register's makes it unreadable."""
    path = tmp_path / "ca.jsonl"
    path.write_bytes(b"notes\n")
    with pytest.raises(UnreadableFile):
        read_lines(path)
