"""Renew: the daily run re-issues what is near its end, without the holder; what ends with the card is left alone."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from registry.messages.smp import RunDaily, RunReport
from tegata.demo.stage import Holder, Stage
from wallet_sim.answers import Unanswered
from wallet_sim.chance import new_id
from wallet_sim.parties.line import Human

OPERATOR = Human("operator-1", "console-1")
TOKYO = ZoneInfo("Asia/Tokyo")


async def run_daily(stage: Stage) -> RunReport:
    """Let an operator start today's run, and wait until it is done; return its report."""
    day = stage.now().astimezone(TOKYO).date()
    report: RunReport | None = None

    async def done() -> bool:
        nonlocal report
        message = RunDaily(request_id=new_id(stage.random), day=day)
        report = await stage.line("operator").send("issuer.run_daily", message, RunReport, human=OPERATOR)
        return report.state == "done"

    await stage.network.until(done, "the daily run")
    if report is None:
        raise TimeoutError
    return report


def sets_of(holder: Holder) -> dict[str, datetime]:
    """Return the ends of the sets on a phone, by set."""
    return {str(each.set_id): each.valid_until for each in (holder.vault.state.sets if holder.vault else [])}


async def collect_renewals(stage: Stage, holders: Sequence[Holder], expected: int) -> list[Holder]:
    """Let the phones fetch their letters until the expected number has new records; return those holders."""
    before = {holder.resident.label: set(sets_of(holder)) for holder in holders}

    def renewed() -> list[Holder]:
        return [holder for holder in holders if set(sets_of(holder)) - before[holder.resident.label]]

    async def arrived() -> bool:
        for holder in holders:
            try:
                await stage.wallet(holder).collect()
            except Unanswered:
                return False
        return len(renewed()) >= expected

    await stage.network.until(arrived, "the renewed records")
    return renewed()
