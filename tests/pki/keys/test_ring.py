"""Generations of a wrapping key."""

from pathlib import Path

import pytest

from pki.keys.faults import KeyUnusable
from pki.keys.ring import GENERATIONS, WrappingRing, next_generation
from pki.keys.store import wrapping_uri
from pki.keys.token_keys import TokenWrapping
from pki.keys.uri import make_wrapping_key
from tests.support.entropy import SeededBytes
from tests.support.softhsm import softhsm

DATA_KEY = bytes(range(32))


def test_the_newest_wraps_and_each_opens(tmp_path: Path) -> None:
    """A generation that is made later is found without a restart; missing ones are passed over."""
    random, paths = SeededBytes(), [tmp_path / f"{number}.key" for number in range(4)]
    ring = WrappingRing([path.as_uri() for path in paths])
    with pytest.raises(KeyUnusable, match="key-missing"):
        ring.wrap(DATA_KEY)
    first = make_wrapping_key(paths[0].as_uri(), random)
    old = ring.wrap(DATA_KEY)
    assert first.unwrap(old) == DATA_KEY
    newest = make_wrapping_key(paths[2].as_uri(), random)
    assert newest.unwrap(ring.wrap(DATA_KEY)) == ring.unwrap(old) == DATA_KEY
    assert DATA_KEY.hex() not in repr(ring)


def test_a_key_that_others_may_read_is_not_passed_over(tmp_path: Path) -> None:
    """Whatever is wrong with a key but its absence, or its being another, is told."""
    path = tmp_path / "1.key"
    make_wrapping_key(path.as_uri(), SeededBytes())
    path.chmod(0o644)
    with pytest.raises(KeyUnusable, match="key-permissions"):
        WrappingRing([path.as_uri()]).unwrap(bytes(40))


def test_the_next_generation(tmp_path: Path) -> None:
    """After the newest that is there, whatever is missing before it, of this owner alone; after the last comes none."""
    store, random = tmp_path.as_uri(), SeededBytes()
    make_wrapping_key(wrapping_uri(store, "pki"), random)
    assert next_generation(store, "issuer") == 1
    for number, following in ((1, 2), (4, 5)):
        make_wrapping_key(wrapping_uri(store, "issuer", number), random)
        assert next_generation(store, "issuer") == following
    make_wrapping_key(wrapping_uri(store, "issuer", GENERATIONS), random)
    with pytest.raises(KeyUnusable, match="key-not-the-only-one"):
        next_generation(store, "issuer")


def test_generations_that_a_token_does_not_hold_cost_no_session() -> None:
    """Of nine generations in a token one is there: it wraps and opens, and the library is not begun anew for others."""
    store, random = softhsm(), SeededBytes()
    first = make_wrapping_key(wrapping_uri(store, "ring"), random)
    assert isinstance(first, TokenWrapping)
    ring = WrappingRing([wrapping_uri(store, "ring", number) for number in range(1, GENERATIONS + 1)])

    before = first._token._library.generation
    assert ring.unwrap(ring.wrap(DATA_KEY)) == DATA_KEY
    assert first._token._library.generation == before
