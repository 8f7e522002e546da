"""What a checkpoint swears to."""

import msgspec
import pytest

from registry.trail.checkpoint import is_signed, signed
from tests.registry.trail.book import key_named, known
from tests.registry.trail.straight import checkpoint

MARK = checkpoint(258, b"h" * 32)


def test_the_signed_bytes_are_those_of_the_docstring() -> None:
    """Everything but the signature, sorted by name."""
    assert MARK.signed_bytes() == (
        b'{"at":"2026-04-10T01:04:18Z","hash":"aGhoaGhoaGhoaGhoaGhoaGhoaGhoaGhoaGhoaGhoaGg=","key":"k1",'
        b'"kind":"checkpoint","newest":"2026-04-10T01:04:18Z","sequence":258,"store":"kiosk",'
        b'"trail":"communication_record"}'
    )


@pytest.mark.requirement("AUDIT-20")
def test_only_the_named_key_counts() -> None:
    """Known by its id, and its own signature over these bytes."""
    assert is_signed(MARK, known())
    assert not is_signed(MARK, known("k2"))
    assert not is_signed(msgspec.structs.replace(MARK, sequence=259), known())
    assert not is_signed(msgspec.structs.replace(MARK, signature=b""), known())


def test_signing_again_leaves_the_old_signature_out() -> None:
    """The signature is no part of what is signed."""
    assert signed(MARK, key_named()).signed_bytes() == MARK.signed_bytes()
