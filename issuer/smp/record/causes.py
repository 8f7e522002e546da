"""Causes of loss of effect (Act 18-2 paragraph 9, Order 39-11) as data: which wins, and what follows. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Cause:
    """
    One cause: its code, its weight when several fall together, and whether a new set follows by itself (paragraph 11).

    `by_itself`: the set ends by the calendar and its status becomes expired; every other cause revokes.
    """

    code: str
    reissued: bool
    weight: int
    by_itself: bool = False


USED_UP: Final = "9-5i"
CAUSES: Final = {
    cause.code: cause
    for cause in (
        # Cause 1 wins over every other, because after it nothing is issued without a new application (D10).
        Cause("9-1b", reissued=False, weight=0),  # the card's signing certificate lost effect
        Cause("9-1a", reissued=False, weight=1),  # the card lost effect
        Cause("39-11(2)", reissued=False, weight=2),  # a signing key of the issuer is compromised or lost
        Cause("9-4", reissued=False, weight=3),  # a wrong or missing record was found
        Cause("9-3", reissued=False, weight=4),  # the holder reported a lost key or phone (paragraph 8)
        Cause("9-5iii", reissued=False, weight=5),  # the holder asked for it (Order 39-9)
        Cause("9-2", reissued=True, weight=6, by_itself=True),  # validity ended
        Cause(USED_UP, reissued=True, weight=7),  # all records of the set were used
        Cause("9-5ii", reissued=True, weight=8, by_itself=True),  # the day before the birthday has passed
    )
}

ENDS_THE_CARD: Final = frozenset(
    {
        "death",  # Cabinet Order article 14, item 11
        "deletion_ex_officio",  # item 4
        "record_code_change_request",  # item 5
        "number_change_request",  # item 6
        "number_correction_ex_officio",  # item 6
    }
)
"""What JPKI names as reason of a revocation and what takes the card's own effect too (Act 17(10)): 9-1a beside 9-1b."""


def decisive(codes: Iterable[str]) -> Cause:
    """Return the cause that decides when several fall on one instant; raises KeyError for an unknown code."""
    return min((CAUSES[code] for code in codes), key=lambda cause: (cause.weight, cause.code))
