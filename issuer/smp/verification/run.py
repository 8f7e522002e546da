"""Worker step "verify": received applications, and held ones whose time has come, are checked and decided."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.errors import Code
from issuer.smp.application.content import thumbprint
from issuer.smp.application.intake import lock_applications
from issuer.smp.application.models import SEALED, Application, DeviceKey
from issuer.smp.application.states import State, advance
from issuer.smp.tools import SmpTools, Terms
from issuer.smp.verification.verify import Case, CheckFailed, NoAnswer, Proven, Step, Unproven, verify
from registry.act import Act, Chance, job
from registry.outbox.queue import wake
from registry.postgres.engine import Sessions
from registry.postgres.rows import enter
from registry.sealing.columns import Sealer
from registry.trail.models import ProvisionRecord
from registry.trail.provide import leave, provision, refusal

BATCH: Final = 16
_OPEN = (State.RECEIVED, State.ON_HOLD, State.VERIFYING)


async def verify_due(sessions: Sessions, tools: SmpTools, *, at: datetime, random: Chance) -> int:
    """
    Decide the applications that are due, up to a batch, each of another person and phone; return how many.

    Claimed in a transaction of its own with a lease: should this process die, the lease ends and another decides. What
    goes wrong with one of them leaves that one to its lease, and holds up nobody else.
    """
    claimed = await _claim(sessions, tools, at=at)
    acts = {one: job("issuer", "issuer.verify_application", at=at, random=random) for one in claimed}
    if not acts:
        return 0
    try:
        await _decide(sessions, acts, tools)
    except Exception:  # noqa: BLE001 - whatever is wrong with one must not hold up the others
        await _decide_apart(sessions, acts, tools)
    return len(acts)


def hold_for(attempts: int, terms: Terms) -> timedelta:
    """Return how long an application is held after its n-th attempt: doubling from `hold_retry` to `hold_longest`."""
    doublings: int = min(max(attempts - 1, 0), 20)
    return min(terms.hold_retry * (1 << doublings), terms.hold_longest)


async def _claim(sessions: Sessions, tools: SmpTools, *, at: datetime) -> list[UUID]:
    due = (
        select(Application)
        .where(Application.due_at <= at, Application.application_status.in_(_OPEN))
        .order_by(Application.due_at)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    async with sessions.begin() as session:
        claimed = list(_of_strangers(await session.scalars(due)))
        for application in claimed:
            if application.application_status != State.VERIFYING:
                advance(application, State.VERIFYING, at=at)
            application.due_at = at + tools.terms.verification_lease
            application.attempts += 1
        return [application.application_id for application in claimed]


def _of_strangers(applications: Iterable[Application]) -> Iterator[Application]:
    """Leave for the next time what shares card, certificate or phone with one before it: that one is decided first."""
    seen = set[str | None]()
    for one in applications:
        marks = {one.card_issue_number, one.signing_certificate_serial_number, one.app_install_id}
        if not marks & seen:
            seen |= marks
            yield one


async def _decide(sessions: Sessions, acts: Mapping[UUID, Act], tools: SmpTools) -> None:
    """Accept, reject or hold, all in one transaction."""
    async with sessions.begin() as session:
        applications = await lock_applications(session, list(acts), Application.digital_signature)
        cases = [Case(applications[one], _opened(applications[one], tools), act, tools) for one, act in acts.items()]
        unproven: Unproven = {}
        await _accept(session, await verify(session, cases, unproven), tools)
        for application_id, why in unproven.items():
            if isinstance(why, CheckFailed):
                _reject(session, applications[application_id], why, acts[application_id])
            else:
                _hold(applications[application_id], why, tools.terms, at=acts[application_id].at)


def _opened(application: Application, tools: SmpTools) -> bytes:
    return tools.sealer.open(application.digital_signature or b"", SEALED.format("digital_signature"))


async def _decide_apart(sessions: Sessions, acts: Mapping[UUID, Act], tools: SmpTools) -> None:
    """Decide each by itself, and raise what was unforeseen once all have had their turn."""
    unforeseen = list[Exception]()
    for application_id, act in acts.items():
        try:
            await _decide(sessions, {application_id: act}, tools)
        except IntegrityError:
            # Two applications with one device key were decided at once: the primary key let one of them through.
            async with sessions.begin() as session:
                application = (await lock_applications(session, [application_id]))[application_id]
                _reject(session, application, CheckFailed(Step.UNUSED_KEYS, Code.DEVICE_KEY_USED), act)
        except Exception as exc:  # noqa: BLE001 - as above
            unforeseen.append(exc)
    if unforeseen:
        raise unforeseen[0]


def _hold(application: Application, silent: NoAnswer, terms: Terms, *, at: datetime) -> None:
    advance(application, State.ON_HOLD, at=at, detail=silent.detail)
    application.due_at = at + hold_for(application.attempts, terms)


def _reject(session: AsyncSession, application: Application, failed: CheckFailed, act: Act) -> None:
    """Reject and record the refusal, both or neither: a rejection that nobody recorded cannot be found again."""
    advance(application, State.REJECTED, at=act.at, detail=failed.code)
    application.due_at = None
    session.add(refusal(act, failed.code))


async def _accept(session: AsyncSession, proven: list[Proven], tools: SmpTools) -> None:
    """Claim the phones' keys for ever, record, and wake the issue in the same transaction (MDOC-19)."""
    for one in proven:
        advance(one.case.application, State.ACCEPTED, at=one.case.act.at)
        one.case.application.due_at = None
    if proven:
        await enter(session, DeviceKey, [row for one in proven for row in _keys(one)])
        await leave(session, [_accepted(one, tools.sealer) for one in proven])
        await wake(session, "issue")


def _accepted(one: Proven, sealer: Sealer) -> ProvisionRecord:
    subject = sealer.index("person", one.signed.serial)
    return provision(one.case.act, subject=subject, reason="accepted", fields=[], number=False, recipient="issuer")


def _keys(one: Proven) -> Iterator[dict[str, Any]]:
    for position, (use, point) in enumerate(one.signed.keys):
        yield {
            "thumbprint": thumbprint(point),
            "application_id": one.application_id,
            "position": position,
            "use": use,
            "public_point": point,
        }
