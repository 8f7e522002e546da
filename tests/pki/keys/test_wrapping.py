import pytest

from pki.keys.faults import Fault, KeyUnusable
from pki.keys.wrapping import SoftwareWrapping


def test_round_trip() -> None:
    """What was wrapped comes back, and the wrapped form has the length RFC 5649 says."""
    wrapping = SoftwareWrapping(bytes(range(32)))
    for length in (1, 16, 20, 32, 512):
        wrapped = wrapping.wrap(bytes(length))
        assert len(wrapped) == 8 + -(-length // 8) * 8
        assert wrapping.unwrap(wrapped) == bytes(length)


def test_printing_shows_no_key() -> None:
    """Printing a wrapping key shows its algorithm."""
    assert repr(SoftwareWrapping(bytes(32))) == "SoftwareWrapping(AES-256)"


def test_other_key_and_altered_value_are_refused() -> None:
    """What another key wrapped, or what was altered by one bit, does not open."""
    wrapped = SoftwareWrapping(bytes(32)).wrap(b"secret data key.")
    altered = bytes([wrapped[0] ^ 1]) + wrapped[1:]
    for key, value in ((b"\x01" * 32, wrapped), (bytes(32), altered), (bytes(32), b""), (bytes(32), wrapped[:-1])):
        with pytest.raises(KeyUnusable) as refusal:
            SoftwareWrapping(key).unwrap(value)
        assert refusal.value.fault is Fault.UNWRAP


def test_lengths_are_bounded() -> None:
    """A key of another length, an empty or huge data key and a huge wrapped value are refused before any work."""
    wrapping = SoftwareWrapping(bytes(32))
    for act in (lambda: SoftwareWrapping(bytes(16)), lambda: wrapping.wrap(b""), lambda: wrapping.wrap(bytes(513))):
        with pytest.raises(KeyUnusable) as refusal:
            act()
        assert refusal.value.fault is Fault.LENGTH
    with pytest.raises(KeyUnusable):
        wrapping.unwrap(bytes(1000))
