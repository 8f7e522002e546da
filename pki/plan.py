"""The plan of a ceremony: the one reviewed file, and what of it is kept for those who certify later."""

from pathlib import Path

import msgspec


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


class IacaPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Names of the IACA and of the two signers under it; `doc_type` is what the document signer signs."""

    common_name: str
    contact: str
    revocation_list: str
    document_signer: str
    status_signer: str
    doc_type: str
    state: str | None = None


class VicalPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The list of our roots: who signs it, for which docTypes, and after how many days a newer one is due."""

    signer: str
    doc_types: list[str]
    next_update: int
    url: str


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
        return msgspec.toml.decode(content, type=CeremonyPlan)
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise CeremonyHalted(f"the plan cannot be used: {exc}") from None


def plan_path(state: Path) -> Path:
    """Return where the last ceremony left its plan."""
    return state / "ceremony" / "plan.json"


def performed_plan(state: Path) -> CeremonyPlan:
    """Read the plan of the last ceremony; CeremonyHalted when there was none."""
    try:
        return msgspec.json.decode(plan_path(state).read_bytes(), type=CeremonyPlan)
    except (OSError, msgspec.MsgspecError):
        raise CeremonyHalted(f"no ceremony was performed in {state}") from None
