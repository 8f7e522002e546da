"""
The states of a user certificate (電子証明書) and the steps between them.

Hold (一時的保留) is a state of its own and can be taken back; revocation cannot (JPKI Act article 15, D8).
"""

GOOD = "good"
HELD = "held"
REVOKED = "revoked"

_STEPS = {
    GOOD: frozenset({HELD, REVOKED}),
    HELD: frozenset({GOOD, REVOKED}),
    REVOKED: frozenset(),
}


def may_become(state: str, new: str) -> bool:
    """Tell whether a certificate in `state` may become `new`; nothing leaves `revoked`."""
    return new in _STEPS[state]
