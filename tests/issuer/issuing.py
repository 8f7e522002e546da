"""Issuing one set, as a shard of one."""

from datetime import datetime

from issuer.authority.claims import Claim, IssueRequest, claim
from issuer.authority.intents import Intended
from issuer.authority.issuance import Issued, issue, sign_and_check
from issuer.authority.shard import Left
from issuer.authority.tools import Authority


async def issue_alone(request: IssueRequest, *, at: datetime, authority: Authority) -> Issued:
    """Issue one set, or raise why it was left."""
    left: Left = {}
    issued = await issue([request], left, at=at, authority=authority)
    return _the_one(issued, left)


async def claim_alone(request: IssueRequest, *, at: datetime, authority: Authority) -> list[Claim]:
    """Claim one issuance and commit."""
    async with authority.sessions.begin() as session:
        return await claim(session, [request], authority.claiming, at=at)


async def sign_alone(intended: list[Intended], *, authority: Authority) -> Issued:
    """Sign and check one set, or raise why it was left."""
    left: Left = {}
    return _the_one(await sign_and_check(intended, left, authority=authority), left)


def _the_one(issued: list[Issued], left: Left) -> Issued:
    for reason in left.values():
        raise reason
    (one,) = issued
    return one
