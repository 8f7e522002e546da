"""What the jobs and routes of provisioning are given at start-up."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from issuer.authority.tools import Authority
from issuer.smp.tools import SmpTools


@dataclass(frozen=True)
class Provisioning:
    """
    `lead`: how long before its end a set is renewed; no text gives it, so it is configuration (MDOC-44).

    `spread`: over how long a day's renewals are strewn, so that a birthday of many is no peak; never past the day or
    the end of the set. `retry`: when a renewal is tried again to which JPKI gave no answer; `lease`: when those of a
    dead worker are.
    """

    sessions: async_sessionmaker[AsyncSession] = field(repr=False)
    authority: Authority = field(repr=False)
    smp: SmpTools = field(repr=False)
    random: Callable[[int], bytes] = field(repr=False)
    issuer_name: str = "Tegata"
    lead: timedelta = timedelta(days=3)
    spread: timedelta = timedelta(0)
    retry: timedelta = timedelta(minutes=10)
    lease: timedelta = timedelta(seconds=60)
