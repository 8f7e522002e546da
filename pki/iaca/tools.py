"""What the operations of the IACA work with, besides the session and the act."""

from collections.abc import Mapping
from dataclasses import dataclass

from pki.ca.issue import Authority
from pki.plan import CeremonyPlan
from registry.postgres.engine import Sessions
from registry.sealing.columns import Sealer


@dataclass(frozen=True)
class IacaTools:
    """The plan that was performed, the authorities with their keys, and where serial numbers are committed."""

    plan: CeremonyPlan
    authorities: Mapping[str, Authority]
    intents: Sessions
    sealer: Sealer
