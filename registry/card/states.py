"""
States of a card (カード運用状況), of a card application and of a print order, as tables of what may follow.

Production, delivery and expiry are states of our own making; suspension, abolition and collection are items of the
record (CARD-17, CARD-23, CARD-26, CARD-27).
"""

from collections.abc import Mapping
from typing import Literal

CardStatus = Literal[
    "ordered", "produced", "delivered", "prepared", "in_use", "suspended", "abolished", "expired", "collected"
]

CARD: Mapping[str, frozenset[str]] = {
    "ordered": frozenset({"produced", "abolished"}),
    "produced": frozenset({"delivered", "abolished"}),
    "delivered": frozenset({"prepared", "abolished"}),
    "prepared": frozenset({"in_use", "abolished"}),
    "in_use": frozenset({"suspended", "abolished", "expired"}),
    "suspended": frozenset({"in_use", "abolished", "expired"}),
    "abolished": frozenset({"collected"}),  # abolition is final (CARD-27): only the dead card can still come back
    "expired": frozenset({"collected"}),
    "collected": frozenset(),
}

APPLICATION: Mapping[str, frozenset[str]] = {
    "received": frozenset({"held", "ordered"}),
    "held": frozenset({"received"}),  # looked at again once the municipality has resolved the difference (CARD-11)
    "ordered": frozenset(),
}

PRINT: Mapping[str, frozenset[str]] = {
    "requested": frozenset({"posted", "failed"}),
    "posted": frozenset(),
    "failed": frozenset(),
}

UNUSED = frozenset({"ordered", "produced", "delivered", "prepared"})
HANDED_OVER = frozenset({"in_use", "suspended"})
LIVE = UNUSED | HANDED_OVER


def may_follow(table: Mapping[str, frozenset[str]], state: str, to: str) -> bool:
    """Tell whether a state may become another; an unknown state may become nothing."""
    return to in table.get(state, frozenset())
