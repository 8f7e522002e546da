import json
from pathlib import Path

import pytest

from pki.ca.files import (
    UnreadableFile,
    fingerprint,
    read_certificate,
    register_serial,
    write_certificate,
    write_whole,
)
from pki.ca.issue import Prepared
from pki.profiles.systems import SYSTEM
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
    """Each serial is a line of its own, with profile and instant."""
    path = tmp_path / "registers" / "ca.jsonl"
    for serial in (10, 11):
        register_serial(path, Prepared(None, SYSTEM, serial, b"", None), START)  # type: ignore[arg-type]  # no builder
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["serial"] for line in lines] == ["a", "b"]
    assert {line["at"] for line in lines} == {START.isoformat()}
