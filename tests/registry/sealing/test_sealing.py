"""Sealed columns and blind indexes."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from registry.postgres.database import Database
from registry.postgres.engine import Sessions
from registry.sealing.columns import CannotOpen, Sealer
from registry.sealing.data_keys import load_sealer
from registry.sealing.models import SealingKey
from tests.support.clock import START
from tests.support.entropy import SeededBytes
from tests.support.mechanics.database import MECHANICS_ONLY

KEY, OTHER = UUID(int=1), UUID(int=2)


@pytest.fixture
def database() -> Database:
    """Return the database that holds the mechanics alone."""
    return MECHANICS_ONLY


def make_sealer() -> Sealer:
    """Return a sealer with two column keys, the second in use."""
    return Sealer({KEY: b"a" * 32, OTHER: b"b" * 32}, OTHER, b"i" * 32, SeededBytes())


@given(st.binary(max_size=200))
def test_what_was_sealed_opens_again(value: bytes) -> None:
    """Opening returns the value, and the sealed form does not show it."""
    sealer = make_sealer()

    sealed = sealer.seal(value, "t.c")

    assert sealer.open(sealed, "t.c") == value
    assert len(value) < 4 or value not in sealed


@pytest.mark.parametrize("position", [0, 16, 28, -1])
def test_an_altered_value_does_not_open(position: int) -> None:
    """Key id, nonce, ciphertext and tag are all protected."""
    sealed = bytearray(make_sealer().seal(b"four items", "t.c"))
    sealed[position] ^= 1

    with pytest.raises(CannotOpen):
        make_sealer().open(bytes(sealed), "t.c")


def test_a_value_of_another_column_does_not_open() -> None:
    """The column is bound: a value copied elsewhere is refused, and so is a stump."""
    sealed = make_sealer().seal_text("name", "t.name")

    assert make_sealer().open_text(sealed, "t.name") == "name"
    with pytest.raises(CannotOpen):
        make_sealer().open(sealed, "t.address")
    with pytest.raises(CannotOpen):
        make_sealer().open(sealed[:20], "t.name")


def test_the_blind_index_depends_on_kind_and_key() -> None:
    """Equal values meet within one kind only, and not under another key."""
    sealer = make_sealer()
    stranger = Sealer({KEY: b"a" * 32}, KEY, b"j" * 32, SeededBytes())

    assert sealer.index("person", "1") == sealer.index("person", b"1")
    assert sealer.index("person", "1") != sealer.index("card", "1")
    assert sealer.index("person", "1") != stranger.index("person", "1")


async def test_data_keys_are_made_once_and_stored_wrapped(sessions: Sessions) -> None:
    """A second start unwraps the same keys; a process that lost the race takes the winner's."""
    wrapped: list[bytes] = []

    def wrap(key: bytes) -> bytes:
        wrapped.append(key)
        return key[::-1]

    def unwrap(key: bytes) -> bytes:
        return key[::-1]

    first = await load_sealer(sessions, wrap=wrap, unwrap=unwrap, random=SeededBytes(), at=START)
    second = await load_sealer(sessions, wrap=wrap, unwrap=unwrap, random=SeededBytes("other"), at=START)

    assert second.open(first.seal(b"value", "t.c"), "t.c") == b"value"
    assert len(wrapped) == 2
    async with sessions() as session:
        assert await session.scalar(select(func.count()).select_from(SealingKey)) == 2
        assert not set(wrapped) & set(await session.scalars(select(SealingKey.wrapped)))
