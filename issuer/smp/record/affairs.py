"""Application rows of revocations, suspensions and releases, whoever asked for them (MDOC-34, MDOC-35, MDOC-51)."""

from typing import Literal

from sqlalchemy import inspect
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.smp.application.models import Application
from issuer.smp.application.states import TO_THE_PHONE, State, advance, walk
from issuer.smp.retention import APPLICATION_YEARS
from registry.act import Act
from registry.postgres.rows import enter
from registry.retention.rule import kept_until


def open_affair(act: Act, kind: Literal["revoke", "suspend"], *, serial: str, reason: str) -> Application:
    """Return the row of an event or of a phone's message, in state received; `register_affair` writes it."""
    return Application(
        application_id=act.new_id(),
        application_type=kind,
        application_status=State.RECEIVED,
        application_received_at=act.at,
        signing_certificate_serial_number=serial,
        processing_target="mdoc",
        request_reason_code=reason,
        registered_at=act.at,
        updated_at=act.at,
        erase_after=kept_until(act.at, APPLICATION_YEARS),
    )


async def register_affair(session: AsyncSession, affair: Application) -> None:
    """Write the row of an affair as it stands at the end of its act: a handful of the many items of an application."""
    columns = Application.__table__.columns
    row = {name: value for name, value in inspect(affair).dict.items() if name in columns and value is not None}
    await enter(session, Application, [row])


def carried_out(application: Application, act: Act) -> None:
    """The affair took effect and its commands are on their way: only the phone's receipt is missing."""
    walk(application, *TO_THE_PHONE, at=act.at)
    application.wait_command_sent_flag = True


def turned_down(application: Application, act: Act, code: str) -> None:
    """Nothing could be done; the row says why."""
    advance(application, State.VERIFYING, at=act.at)
    advance(application, State.REJECTED, at=act.at, detail=code)
