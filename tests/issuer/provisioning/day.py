"""A holder with a set in use, on the days near its end."""

from datetime import date, datetime, timedelta

from issuer.provisioning.daily_run import run_daily
from issuer.provisioning.models import Renewal
from issuer.provisioning.renewal import renew_due
from issuer.smp.record.in_force import set_of as locked_set
from issuer.smp.record.models import RecordSet
from issuer.smp.record.states import Status
from issuer.smp.record.steps import move
from issuer.smp.record.suspension import suspend
from issuer.status_list.models import StatusEntry
from registry.act import new_id
from registry.calendar import legal_day, start_of_day
from registry.messages.smp import RunDaily, RunReport
from tests.issuer.conftest import Inside
from tests.support.applications import a_card_message


async def confirmed(inside: Inside) -> Inside:
    """Issue and confirm."""
    assert await inside.issue()
    (record_set,) = await inside.desk.rows(RecordSet, application_id=inside.application_id)
    await inside.confirm(record_set.mdoc_id)
    return inside


def today(inside: Inside) -> datetime:
    """The begin of the present day in Tokyo, which is what records state."""
    return start_of_day(legal_day(inside.at()))


async def sets(inside: Inside) -> list[RecordSet]:
    """The sets of the holder, the oldest first."""
    rows: list[RecordSet] = await inside.desk.rows(RecordSet, application_id=inside.application_id)
    return sorted(rows, key=lambda one: (one.registered_at, one.replaces is not None))


async def near_the_end(inside: Inside) -> datetime:
    """Move the clock to two days before the end of the newest set."""
    inside.desk.clock.at = (await sets(inside))[-1].valid_until - timedelta(days=2)
    return inside.desk.clock.at


async def step(inside: Inside, record_set: RecordSet, to: Status) -> None:
    """Move a set to another state."""
    async with inside.desk.sessions.begin() as session:
        row = await locked_set(session, record_set.mdoc_id)
        assert row is not None
        await move(session, inside.desk.act(), row, to, reason="test", sealer=inside.desk.tools.sealer)


async def rows_of_the_day(inside: Inside) -> list[tuple[str, str | None]]:
    """What the day did with each set."""
    return [(row.state, row.reason) for row in await inside.desk.rows(Renewal, day=legal_day(inside.at()))]


async def run(inside: Inside) -> int:
    """Let the worker run until nothing is left."""
    total = 0
    while done := await renew_due(inside.provisioning, at=inside.at()):
        total += done
    return total


async def ask(inside: Inside, day: date) -> RunReport:
    """Ask for the daily run as an operator."""
    message = RunDaily(request_id=new_id(inside.desk.random), day=day)
    report = await inside.desk.step(run_daily, message, inside.provisioning)
    assert isinstance(report, RunReport)
    return report


async def suspended_by_holder(inside: Inside, record_set: RecordSet) -> None:
    """Suspend a set as a loss report does."""
    async with inside.desk.sessions.begin() as session:
        row = await locked_set(session, record_set.mdoc_id)
        assert row is not None
        await suspend(
            session, inside.desk.act(), row, reason="lost", caused_by=inside.application_id, tools=inside.desk.tools
        )


async def with_card(inside: Inside, kind: str) -> None:
    """Let the holder report the loss of the phone or lift the suspension, with the card."""
    await inside.desk.apply(a_card_message(inside.holder, kind, inside.desk.nonce()))


async def published(inside: Inside) -> set[int]:
    """The values of every record in the lists."""
    return {entry.value for entry in await inside.desk.rows(StatusEntry, decoy=False)}
