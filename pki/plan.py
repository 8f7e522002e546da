"""The plan of a ceremony: the one reviewed file, and what of it is kept for those who certify later."""

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec

IACA = "iaca"
_SUCCESSOR = re.compile(r"iaca-[a-z0-9-]{1,24}", re.ASCII)


class Days(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many days each kind of certificate is valid; the profiles hold the upper bounds."""

    iaca: int
    authority: int
    document_signer: int
    status_signer: int
    vical_signer: int
    card_data_ca: int
    card_data_signer: int
    reader: int
    system: int
    listener: int


class Successor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """
    A root that follows: `name` (iaca-...) of its files, and the instant from which it certifies.

    It bears the subject of the first root, has a key and a revocation list of its own, and is linked with the root
    before it both ways. Signers that begin on that day or later are certified by it.
    """

    name: str
    begins: datetime
    revocation_list: str


class IacaPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Names of the IACA and of the two signers under it; `doc_type` is what the document signer signs."""

    common_name: str
    contact: str
    revocation_list: str
    document_signer: str
    status_signer: str
    doc_type: str
    state: str | None = None
    successors: list[Successor] = []

    def root_at(self, begin: datetime) -> str:
        """Return the name of the root that certifies a signer which begins at `begin`: the newest that has begun."""
        return [IACA, *(each.name for each in self.successors if each.begins <= begin)][-1]

    @property
    def roots(self) -> tuple[str, ...]:
        """The names of all roots, oldest first."""
        return (IACA, *(each.name for each in self.successors))


class VicalPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """
    The list of our roots: who signs it, for which docTypes, and after how many days a newer one is due.

    `key`: the signer's key and certificate are called so; another name makes the next signer.
    """

    signer: str
    doc_types: list[str]
    next_update: int
    url: str
    key: str = "vical_signer"


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What ISO/IEC 18013-5 leaves open; docs/certificates.md says what each choice costs."""

    both_usages: bool = False
    root_revocation_list: bool = True


class CeremonyPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the reviewed file says; see `tegata/demo/ceremony.toml`."""

    country: str
    organisation: str
    domain: str
    jpki_organisation: str
    days: Days
    iaca: IacaPlan
    vical: VicalPlan
    systems: dict[str, list[str]]
    revoked: dict[str, list[str]]
    listeners: dict[str, list[str]]
    readers: dict[str, str]
    options: Options = Options()


class CeremonyHalted(Exception):
    """What is on the disk and what the plan says do not fit; nothing was replaced."""


def read_plan(content: bytes) -> CeremonyPlan:
    """Read a plan from TOML; CeremonyHalted when a field is missing, unknown, or of another type."""
    try:
        plan = msgspec.toml.decode(content, type=CeremonyPlan)
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise CeremonyHalted(f"the plan cannot be used: {exc}") from None
    _check_successors(plan.iaca.successors)
    return plan


def _check_successors(successors: Sequence[Successor]) -> None:
    """Each root begins after the one before, at an instant that everybody reads alike, and takes nobody's place."""
    if any(not _SUCCESSOR.fullmatch(each.name) or each.begins.tzinfo is None for each in successors):
        raise CeremonyHalted("a root that follows is called iaca-..., and begins at an instant with its offset")
    begins, names = [each.begins for each in successors], [each.name for each in successors]
    if begins != sorted(set(begins)) or len(set(names)) != len(names):
        raise CeremonyHalted("roots follow each other, each with a name and a beginning of its own")


def plan_path(state: Path) -> Path:
    """Return where the last ceremony left its plan."""
    return state / "ceremony" / "plan.json"


def performed_plan(state: Path) -> CeremonyPlan:
    """Read the plan of the last ceremony; CeremonyHalted when there was none."""
    try:
        return msgspec.json.decode(plan_path(state).read_bytes(), type=CeremonyPlan)
    except (OSError, msgspec.MsgspecError):
        raise CeremonyHalted(f"no ceremony was performed in {state}") from None
