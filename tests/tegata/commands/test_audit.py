"""`tegata audit` on a store and on its export."""

import asyncio
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from typer.testing import CliRunner, Result

from pki.keys.store import signing_uri, store_of
from registry.app import DATABASES
from registry.retention.trail import TRAILS
from registry.trail.chain import PERIOD, Chain
from tegata.cli import app
from tegata.compose.reader import write_check_settings
from tegata.compose.trail import CHECKPOINT, checkpoint_key, make_checkpoint_key, publish_checkpoint_key
from tegata.databases import StoreUrls
from tests.registry.trail.book import Book, call, opened_book, provision
from tests.support.clock import START
from tests.support.database import FreshDatabases

STORE = "number"


@dataclass(frozen=True)
class House:
    """A folder as a served house leaves it, with one store."""

    folder: Path
    urls: StoreUrls

    @property
    def key(self) -> Path:
        """The public half of the store's checkpoint key."""
        return self.folder / "state" / "trust" / "checkpoints" / f"{STORE}.pem"

    def do(self, *arguments: str) -> Result:
        """Give a command."""
        return CliRunner().invoke(app, ["audit", *arguments])

    def verify(self, *arguments: str) -> tuple[int, Any]:
        """Verify, and answer as to a program."""
        result = self.do("verify", *arguments, "--json")
        return result.exit_code, json.loads(result.stdout or result.stderr)

    def here(self, *arguments: str) -> tuple[int, Any]:
        """Verify the store in place."""
        return self.verify(STORE, "--house", str(self.folder), *arguments)

    def exported(self, name: str = "number.jsonl") -> Path:
        """Export the store."""
        path = self.folder / name
        result = self.do("export", STORE, str(path), "--house", str(self.folder))
        assert result.exit_code == 0, result.stderr
        return path


async def written(urls: StoreUrls, uri: str, *entries: Any, at: datetime = START) -> None:
    """Commit entries and chain them, as the worker of the store does."""
    async with opened_book(urls) as book:
        await book.write(*entries)
        while await Chain(STORE, TRAILS, book.app, checkpoint_key(uri)).step(at):
            pass


async def tampered(urls: StoreUrls, *statements: str) -> None:
    """Change what nobody may change."""
    await Book(urls, None, None).by_owner(*statements)  # type: ignore[arg-type] # the owner alone acts


@pytest.fixture
def house(fresh_databases: FreshDatabases, tmp_path: Path) -> House:
    """A house whose number store has told three numbers."""
    state = tmp_path / "state"
    urls = fresh_databases([DATABASES[STORE]])[STORE]
    uri = signing_uri(store_of(state, ""), STORE, CHECKPOINT)
    publish_checkpoint_key(state, STORE, make_checkpoint_key(uri))
    write_check_settings(state, STORE, urls.check)
    asyncio.run(written(urls, uri, provision(1), provision(2), provision(3), call(4)))
    return House(tmp_path, urls)


@pytest.mark.requirement("AUDIT-20")
def test_a_trail_is_verified_in_place(house: House) -> None:
    """Every trail with its links and how far it is signed for; exit code 0."""
    code, answer = house.here()
    assert (code, answer["findings"]) == (0, [])
    told = {each["trail"]: (each["links"], each["waiting"], each["signed_up_to"]) for each in answer["trails"]}
    assert told == {
        "provision_record": (3, 0, 3),
        "communication_record": (1, 0, 1),
        "erasure_record": (0, 0, None),
    }


@pytest.mark.requirement("AUDIT-20")
def test_what_was_altered_is_named_in_place(house: House) -> None:
    """The entry is named, and what to do next; exit code 1."""
    statement = f"UPDATE provision_record SET number_included = true WHERE id = '{UUID(int=2)}'"  # noqa: S608 - ours
    asyncio.run(tampered(house.urls, statement))
    code, answer = house.here()
    (finding,) = answer["findings"]
    assert (code, finding["kind"], finding["first"], finding["entry"]) == (1, "altered", 2, str(UUID(int=2)))

    words = house.do("verify", STORE, "--house", str(house.folder))
    assert words.exit_code == 1
    for told in ("altered", "findings: 1", "docs/operations.md"):
        assert told in words.stdout


@pytest.mark.requirement("AUDIT-20")
def test_an_export_verifies_with_the_key_alone(house: House, tmp_path: Path) -> None:
    """A file and a public key, no house: the row that was altered, removed or put in is named."""
    export = house.exported()
    lines = export.read_bytes().splitlines(keepends=True)
    key = tmp_path / "elsewhere.pem"
    key.write_bytes(house.key.read_bytes())
    bent = tmp_path / "bent.jsonl"

    def verify(*content: bytes) -> tuple[int, list[tuple[str, int | None]]]:
        bent.write_bytes(b"".join(content))
        code, answer = house.verify(str(bent), "--key", str(key))
        return code, [(each["kind"], each["first"]) for each in answer["findings"]]

    assert verify(*lines) == (0, [])
    assert verify(*lines[:2], lines[2].replace(b"juki.inquiry", b"juki.inquire"), *lines[3:]) == (1, [("altered", 2)])
    assert verify(*lines[:2], *lines[3:]) == (1, [("removed", 2)])
    assert verify(*lines[:3], lines[2], *lines[3:]) == (1, [("inserted", 2)])
    assert verify(*lines[6:]) == (1, [("removed", None)])


def test_an_export_is_not_written_over(house: House) -> None:
    """One that somebody holds on to stays; on standard output it is the same."""
    export = house.exported()
    before = export.read_bytes()
    again = house.do("export", STORE, str(export), "--house", str(house.folder))
    printed = house.do("export", STORE, "--house", str(house.folder))

    assert (again.exit_code, export.read_bytes()) == (2, before)
    assert "never writes over" in again.stderr
    assert printed.stdout_bytes.splitlines()[1:5] == before.splitlines()[1:5]


@pytest.mark.requirement("AUDIT-20")
def test_an_end_that_was_cut_off_is_found_by_what_was_kept(house: House) -> None:
    """Checkpoints that were written to a file and taken elsewhere show that newer rows were there."""
    kept = house.folder / "kept.jsonl"
    uri = signing_uri(store_of(house.folder / "state", ""), STORE, CHECKPOINT)
    asyncio.run(written(house.urls, uri, provision(5), provision(6), at=START + PERIOD))
    assert house.here("--keep", str(kept))[0] == 0
    cut = [f"DELETE FROM {table} WHERE sequence > 3" for table in ("chain_link", "trail_checkpoint")]  # noqa: S608 - ours
    gone = f"DELETE FROM provision_record WHERE id > '{UUID(int=3)}'"  # noqa: S608 - ours
    asyncio.run(tampered(house.urls, *cut, gone))
    unseen, _ = house.here()
    code, answer = house.here("--kept", str(kept))
    (finding,) = answer["findings"]

    assert unseen == 0
    assert (code, finding["kind"], finding["first"], finding["last"]) == (1, "removed", 4, 5)


def test_a_trail_that_is_found_altered_keeps_nothing(house: House) -> None:
    """A checkpoint is not worth keeping while the trail does not fit."""
    kept = house.folder / "kept.jsonl"
    asyncio.run(tampered(house.urls, "DELETE FROM communication_record"))
    assert house.here("--keep", str(kept))[0] == 1
    assert not kept.exists()


def test_another_key_is_not_believed(house: House, tmp_path: Path) -> None:
    """The checkpoints are signed, but by nobody who is known here, so that nothing is signed for."""
    other = tmp_path / "other.pem"
    other.write_bytes(make_checkpoint_key((tmp_path / "other.key.pem").as_uri()))
    code, answer = house.here("--key", str(other))
    assert (code, {each["kind"] for each in answer["findings"]}) == (1, {"altered", "removed"})


def test_what_cannot_be_verified_ends_with_2_and_the_next_step(house: House, tmp_path: Path) -> None:
    """No house, no key, no export, no file, no database: each says what to do."""
    bad, key = tmp_path / "bad.jsonl", str(house.key)
    bad.write_text("{}\n")
    nobody = write_check_settings(tmp_path, STORE, "postgresql://nobody:x@127.0.0.1:1/none")
    told = {
        "no_reader": house.verify("juki", "--house", str(house.folder), "--key", key),
        "no_checkpoint_key": house.verify(str(bad)),
        "no_export": house.verify(str(bad), "--key", key),
        "no_file": house.verify(str(tmp_path / "none"), "--key", key),
        "no_database": house.here("--settings", str(nobody)),
    }
    assert {name: (code, answer["error"]) for name, (code, answer) in told.items()} == {
        name: (2, name) for name in told
    }
    assert all(answer["next"] for _, answer in told.values())
    assert "x@" not in json.dumps([answer for _, answer in told.values()])
    assert house.do("export", "relay").exit_code == 2


def test_a_file_with_more_than_checkpoints_is_not_what_was_kept(house: House) -> None:
    """An export cannot stand for what was kept elsewhere."""
    code, answer = house.here("--kept", str(house.exported()))
    assert (code, answer["error"]) == (2, "no_export")
