"""The hash of a link."""

import hashlib

from registry.trail.link import genesis, link_hash


def test_the_hashes_are_those_of_the_docstring() -> None:
    """Computed here by hand once more."""
    first = hashlib.sha256(b"tegata trail\0juki\0provision_record").digest()
    assert genesis("juki", "provision_record") == first
    assert link_hash(first, 258, b"d" * 32) == hashlib.sha256(first + bytes(6) + b"\x01\x02" + b"d" * 32).digest()


def test_no_two_places_begin_alike() -> None:
    """Store and trail are told apart by a byte that neither holds."""
    assert len({genesis(*place) for place in (("a", "bc"), ("ab", "c"), ("b", "bc"), ("a", "b"))}) == 4
