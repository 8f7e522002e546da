"""The canonical bytes of an entry, and its digest."""

import hashlib
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import msgspec
import pytest

from registry.retention.trail import TRAILS
from registry.trail.entry import canonical, columns_of, digest_of, name_of
from registry.trail.models import ProvisionRecord
from tests.registry.trail.straight import TRAIL, entry

SAID = (
    b'{"at":"2026-04-10T01:00:01Z","direction":"in","id":"00000000-0000-0000-0000-000000000001",'
    b'"operation":"juki.step_1","outcome":"done","system":"kiosk"}'
)


@pytest.mark.requirement("AUDIT-20")
def test_the_canonical_bytes_are_those_of_the_docstring() -> None:
    """Sorted members, no white space, null left out; the digest is over the table's name, a zero and these bytes."""
    assert canonical(entry(1)) == SAID
    assert canonical({"peer": None, **entry(1)}) == SAID
    assert digest_of(TRAIL, entry(1)) == hashlib.sha256(b"communication_record\0" + SAID).digest()


def test_bytes_lists_and_zones() -> None:
    """Base64 and arrays; an instant of any zone is the same instant in UTC, with a fraction where it has one."""
    east = timezone(timedelta(hours=9))
    at = datetime(2026, 4, 10, 10, 0, 0, 250, tzinfo=east)
    written = canonical({"at": at, "subject": b"\xff\x00", "fields": ["b", "a"], "n": True})
    assert written == b'{"at":"2026-04-10T01:00:00.000250Z","fields":["b","a"],"n":true,"subject":"/wA="}'
    assert written == canonical({"at": at.astimezone(UTC), "subject": b"\xff\x00", "fields": ["b", "a"], "n": True})


def test_an_export_says_the_same() -> None:
    """What was read back from JSON has the same bytes."""
    assert canonical(msgspec.json.decode(canonical(entry(2)))) == canonical(entry(2))


def test_the_table_is_part_of_the_digest() -> None:
    """An entry that was moved to another trail is another one."""
    assert digest_of(TRAIL, {"id": UUID(int=1)}) != digest_of("provision_record", {"id": UUID(int=1)})


def test_everything_but_the_database_s_own_number_is_said() -> None:
    """Each trail speaks with all of its columns but one."""
    for table in TRAILS:
        assert {column.name for column in columns_of(table)} == set(table.columns.keys()) - {"written"}
        assert type(name_of(table)) is str
    assert "subject" in {column.name for column in columns_of(ProvisionRecord.__table__)}  # type: ignore[arg-type]
