"""What the worker of the mdoc issuance system does, step by step: each claims what is due and says how much it did."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from issuer.authority.ended_lists import still_pointed_at
from issuer.authority.signing import Signing
from issuer.provisioning.compromise import lapse_due
from issuer.provisioning.first_issue import issue_due
from issuer.provisioning.renewal import renew_due
from issuer.provisioning.tools import Provisioning
from issuer.smp.record.expiry import expire_due
from issuer.smp.record.notices import repeat_due
from issuer.smp.record.reconciliation import reconcile_due
from issuer.smp.tools import SmpTools
from issuer.smp.verification.run import verify_due
from issuer.status_list.publication import lists_due
from issuer.status_list.publication import publish as publish_lists
from registry.act import Chance
from registry.outbox.queue import Step
from registry.outbox.send import Sender
from registry.postgres.engine import Sessions

SYSTEM = "issuer"


def steps(
    sessions: Sessions,
    random: Chance,
    smp: Callable[[], Awaitable[SmpTools]],
    provisioning: Callable[[], Awaitable[Provisioning]],
    signing: Signing,
) -> dict[str, Step]:
    """Return the steps by name, in the order in which a worker goes through them."""

    async def verify(at: datetime) -> int:
        return await verify_due(sessions, await smp(), at=at, random=random)

    async def issue(at: datetime) -> int:
        return await issue_due(await provisioning(), at=at)

    async def publish(at: datetime) -> int:
        due = await still_pointed_at(sessions, await lists_due(sessions, at=at), at=at)
        publishers = await signing.publishers(at) if due else []
        return sum([await publish_lists(sessions, due, each, at=at) for each in publishers])

    async def outbox(at: datetime) -> int:
        tools = await smp()
        return await Sender(SYSTEM, sessions, tools.call, tools.sealer, random).send_due(at)

    async def notices(at: datetime) -> int:
        return await repeat_due(sessions, await smp(), at=at, random=random)

    async def expire(at: datetime) -> int:
        return await expire_due(sessions, await smp(), at=at, random=random)

    async def renew(at: datetime) -> int:
        return await renew_due(await provisioning(), at=at)

    async def compromise(at: datetime) -> int:
        return await lapse_due(await provisioning(), at=at)

    async def reconcile(at: datetime) -> int:
        return await reconcile_due(sessions, await smp(), at=at, random=random)

    # Status lists before letters: a relying party hears of a lapse no later than the phone.
    return {
        "rotate": signing.rotate,
        "verify": verify,
        "issue": issue,
        "publish": publish,
        "outbox": outbox,
        "notices": notices,
        "expire": expire,
        "renew": renew,
        "compromise": compromise,
        "reconcile": reconcile,
    }
