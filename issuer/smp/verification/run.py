"""Worker step "verify": received applications, and held ones whose time has come, are checked and decided."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.errors import Code
from issuer.smp.application.content import thumbprint
from issuer.smp.application.models import SEALED, Application, DeviceKey
from issuer.smp.application.signed import SignedApplication
from issuer.smp.application.states import State, advance
from issuer.smp.tools import SmpTools, Terms
from issuer.smp.verification.verify import Case, CheckFailed, NoAnswer, Step, verify
from registry.act import Act, Chance, job
from registry.outbox.queue import wake
from registry.postgres.engine import Sessions
from registry.trail.provide import provide, refusal

_OPEN = (State.RECEIVED, State.ON_HOLD, State.VERIFYING)


async def verify_due(sessions: Sessions, tools: SmpTools, *, at: datetime, random: Chance) -> int:
    """
    Decide one application that is due; return 1, or 0 when there is none.

    Claimed in a transaction of its own with a lease: should this process die, the lease ends and another decides.
    """
    act = job("issuer", "issuer.verify_application", at=at, random=random)
    application_id = await _claim(sessions, tools, at=at)
    if application_id is None:
        return 0
    try:
        async with sessions.begin() as session:
            await _decide(session, act, application_id, tools)
    except IntegrityError:
        # Two applications with one device key were decided at once: the primary key let one of them through.
        async with sessions.begin() as session:
            application = await session.get_one(Application, application_id, with_for_update=True)
            _reject(session, application, CheckFailed(Step.UNUSED_KEYS, Code.DEVICE_KEY_USED), act)
    return 1


def hold_for(attempts: int, terms: Terms) -> timedelta:
    """Return how long an application is held after its n-th attempt: doubling from `hold_retry` to `hold_longest`."""
    doublings: int = min(max(attempts - 1, 0), 20)
    return min(terms.hold_retry * (1 << doublings), terms.hold_longest)


async def _claim(sessions: Sessions, tools: SmpTools, *, at: datetime) -> UUID | None:
    due = (
        select(Application)
        .where(Application.due_at <= at, Application.application_status.in_(_OPEN))
        .order_by(Application.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    async with sessions.begin() as session:
        application = (await session.scalars(due)).one_or_none()
        if application is None:
            return None
        if application.application_status != State.VERIFYING:
            advance(application, State.VERIFYING, at=at)
        application.due_at = at + tools.terms.verification_lease
        application.attempts += 1
        return application.application_id


async def _decide(session: AsyncSession, act: Act, application_id: UUID, tools: SmpTools) -> None:
    """Accept, reject or hold."""
    application = await session.get_one(Application, application_id, with_for_update=True)
    cms = tools.sealer.open(application.digital_signature or b"", SEALED.format("digital_signature"))
    try:
        signed = await verify(session, Case(application, cms, act, tools))
    except CheckFailed as failed:
        _reject(session, application, failed, act)
        return
    except NoAnswer as silent:
        advance(application, State.ON_HOLD, at=act.at, detail=silent.detail)
        application.due_at = act.at + hold_for(application.attempts, tools.terms)
        return
    await _accept(session, act, application, signed, tools)


def _reject(session: AsyncSession, application: Application, failed: CheckFailed, act: Act) -> None:
    """Reject and record the refusal, both or neither: a rejection that nobody recorded cannot be found again."""
    advance(application, State.REJECTED, at=act.at, detail=failed.code)
    application.due_at = None
    session.add(refusal(act, failed.code))


async def _accept(
    session: AsyncSession, act: Act, application: Application, signed: SignedApplication, tools: SmpTools
) -> None:
    """Claim the phone's keys for ever, record, and wake the issue in the same transaction (MDOC-19)."""
    for position, (use, point) in enumerate(signed.keys):
        session.add(
            DeviceKey(
                thumbprint=thumbprint(point),
                application_id=application.application_id,
                position=position,
                use=use,
                public_point=point,
            )
        )
    advance(application, State.ACCEPTED, at=act.at)
    application.due_at = None
    await session.flush()
    subject = tools.sealer.index("person", signed.serial)
    await provide(session, act, subject=subject, reason="accepted", fields=[], number=False, recipient="issuer")
    await wake(session, "issue")
