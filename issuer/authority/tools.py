"""What the issuing authority is given at start-up."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from issuer.authority.claims import Claiming
from issuer.authority.signers import DocumentSigner
from issuer.status_list.plan import ListPlan
from mdoc.verify import Trust
from registry.sealing.columns import Sealer


@dataclass(frozen=True)
class Authority:
    """What the issuing authority is given at start-up: signers, trust in its own root, sealing, lists, chance."""

    sessions: async_sessionmaker[AsyncSession] = field(repr=False)
    sealer: Sealer = field(repr=False)
    random: Callable[[int], bytes] = field(repr=False)
    signers: Sequence[DocumentSigner] = field(repr=False)
    trust: Trust = field(repr=False)
    plan: ListPlan
    claiming: Claiming
