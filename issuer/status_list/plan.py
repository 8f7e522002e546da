"""How the lists of each docType are laid out (D11)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from mdoc.catalogue.mdl import NAME as MDL
from mdoc.catalogue.mnc import NAME as MNC

STATUS_LIST: Final = "status_list"
IDENTIFIER_LIST: Final = "identifier_list"
OPEN: Final = "open"
CLOSED: Final = "closed"
ENDED: Final = "ended"
PATHS: Final = {STATUS_LIST: "status-lists", IDENTIFIER_LIST: "identifier-lists"}


@dataclass(frozen=True)
class Mechanisms:
    """What a docType uses: the width of its status lists, and whether its records stand in identifier lists too."""

    bits: int
    identifiers: bool


MECHANISMS: Final[Mapping[str, Mechanisms]] = {
    # VALID, INVALID, SUSPENDED: legal in the draft, outside ISO/IEC 18013-5 second edition 12.3.6.5.
    MNC: Mechanisms(bits=2, identifiers=False),
    # 12.3.6.5: one bit, and no suspension; a relying party may know either mechanism only.
    MDL: Mechanisms(bits=1, identifiers=True),
}


@dataclass(frozen=True)
class ListPlan:
    """
    How the lists of one docType are laid out. `address`: the public address of the edge, without a slash at the end.

    `size`: the number of places of a list, a multiple of 8. `open_lists` take new records at the same time, so that
    neighbours in time are no neighbours in a list; a list closes once about half its places are given. One place in
    `decoy_share` is a decoy. `root`: of the record's signer; a list is signed under the root of all its records
    (ISO/IEC 18013-5 second edition, 12.3.6), so each root has lists of its own.
    """

    address: str
    size: int = 1 << 16
    open_lists: int = 3
    decoy_share: int = 64
    doc_type: str = MNC
    root: str | None = None

    def __post_init__(self) -> None:
        """Refuse a docType without an entry above, and a size that leaves bits over: ValueError."""
        if self.doc_type not in MECHANISMS or self.size < 8 or self.size % 8:
            raise ValueError("the docType has no status mechanism, or the size is no multiple of 8")

    def uri(self, list_id: UUID, mechanism: str) -> str:
        """Where relying parties fetch a list; the edge serves these paths."""
        return f"{self.address}/{PATHS[mechanism]}/{list_id}"

    @property
    def mechanisms(self) -> Mechanisms:
        """What the docType uses."""
        return MECHANISMS[self.doc_type]
