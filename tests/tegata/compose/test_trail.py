"""The key of checkpoints, and the loop that chains."""

import asyncio
from datetime import datetime
from itertools import count
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pki.keys.signer import ES384
from pki.keys.uri import make_signer
from registry.app import DATABASES
from registry.outbox.queue import Worker
from tegata.compose import store as composing
from tegata.compose.clock import now
from tegata.compose.ground import Settings
from tegata.compose.trail import (
    CHECKPOINT,
    NoCheckpointKey,
    checkpoint_key,
    make_checkpoint_key,
    publish_checkpoint_key,
    published,
    read_checkpoint_keys,
)
from tests.registry.trail.book import Book, call, opened_book
from tests.support.database import FreshDatabases


def test_what_was_published_verifies_what_was_signed(tmp_path: Path) -> None:
    """Made once, opened again, found by its id; what is no signature, not even by its length, is none."""
    uri = (tmp_path / "key.pem").as_uri()
    pem = make_checkpoint_key(uri)
    publish_checkpoint_key(tmp_path, "juki", pem)
    key = checkpoint_key(uri)
    verify = read_checkpoint_keys(published(tmp_path, "juki"))[key.key]

    assert make_checkpoint_key(uri) == pem
    assert verify(b"data", key.sign(b"data"))
    assert not verify(b"other", key.sign(b"data"))
    assert not verify(b"data", b"")


def test_earlier_keys_stay_beside_a_new_one(tmp_path: Path) -> None:
    """Checkpoints of the former key must verify for seven years; a key is published once."""
    for name in ("first", "second", "first"):
        publish_checkpoint_key(tmp_path, "juki", make_checkpoint_key((tmp_path / f"{name}.pem").as_uri()))
    known = read_checkpoint_keys(published(tmp_path, "juki"))
    assert list(known) == [checkpoint_key((tmp_path / f"{name}.pem").as_uri()).key for name in ("first", "second")]


def no_key(path: Path, kind: str) -> None:
    """A file that holds something else."""
    other = {
        "empty": b"",
        "broken": b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        "another curve": ec.derive_private_key(7, ec.SECP384R1())
        .public_key()
        .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    }
    path.write_bytes(other[kind])


@pytest.mark.parametrize("kind", ["missing", "empty", "broken", "another curve"])
def test_a_file_without_a_key_is_refused(tmp_path: Path, kind: str) -> None:
    """Nothing there, nothing in it, or not on P-256."""
    path = tmp_path / "key.pem"
    if kind != "missing":
        no_key(path, kind)
    with pytest.raises(NoCheckpointKey, match=r"key\.pem"):
        read_checkpoint_keys(path)


def test_a_key_of_another_kind_is_not_used(tmp_path: Path) -> None:
    """A key that is there already keeps its algorithm, and checkpoints have one."""
    uri = (tmp_path / "key.pem").as_uri()
    make_signer(uri, ES384)
    with pytest.raises(Exception, match="ES384"):
        make_checkpoint_key(uri)


async def test_what_fails_is_tried_again() -> None:
    """A step that raises leaves a line in the log and does not end the loop."""
    runs, thrice = count(1), asyncio.Event()

    async def step(_: datetime) -> int:
        match next(runs):
            case 1:
                raise ConnectionError
            case 3:
                thrice.set()
        return 0

    running = asyncio.create_task(Worker({"chain": step}, now).run_every(0))
    await asyncio.wait_for(thrice.wait(), timeout=10)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


@pytest.mark.requirement("AUDIT-20")
async def test_the_number_store_is_chained_by_a_worker_of_its_own(
    fresh_databases: FreshDatabases, tmp_path: Path
) -> None:
    """It has no queue and nobody to call: its worker opens the checkpoint key and does nothing but chain."""
    urls = fresh_databases([DATABASES["number"]])["number"]
    settings = Settings(state=tmp_path, database_urls={"number": urls.app}, options={"chain_every": "0.01"})
    make_checkpoint_key(settings.key("number", CHECKPOINT))
    async with opened_book(urls) as book:
        await book.write(call(1))
        running = asyncio.create_task(composing.run_chain_worker(settings, "number"))
        await asyncio.wait_for(_signed(book), timeout=10)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert await book.rows("SELECT sequence FROM chain_link") == [(1,)]


async def _signed(book: Book) -> None:
    """Wait until a checkpoint is there."""
    while True:
        if await book.rows("SELECT 1 FROM trail_checkpoint"):
            return
        await asyncio.sleep(0.02)
