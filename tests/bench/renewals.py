"""The renewal run: two worker processes, durable, JPKI asked over mutual TLS; then what they sent, delivered."""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

from sqlalchemy import event

from issuer.provisioning.renewal import renew_due
from registry.outbox.send import Sender
from tests.bench.bare import Costs, bare
from tests.bench.ground import BUNDLE, Ground
from tests.bench.processes import together

WORKERS: Final = 2
NATION: Final = 390.0
"""Records a second for all hundred million card holders with monthly bundles of ten, on average."""


@dataclass(frozen=True)
class Renewed:
    """What one worker did."""

    statements: int
    commits: int


async def renew(ground: Ground) -> Renewed:
    """Work off what is planned; count statements and commits."""
    counted = {"before_cursor_execute": 0, "commit": 0}
    async with ground.issuer() as books:
        for engine in books.engines:
            for name in counted:
                event.listen(engine.sync_engine, name, partial(_count, counted, name))
        while await renew_due(books.provisioning, at=ground.clock()):
            pass
    return Renewed(counted["before_cursor_execute"], counted["commit"])


def _count(counted: dict[str, int], name: str, *_: object) -> None:
    counted[name] += 1


async def deliver(ground: Ground) -> int:
    """Send what stands in the outbox."""
    sent = 0
    async with ground.issuer() as books:
        tools = books.desk.tools
        sender = Sender("issuer", books.desk.sessions, tools.call, tools.sealer, ground.chance)
        while done := await sender.send_due(ground.clock()):
            sent += done
    return sent


def measure_renewals(ground: Ground) -> dict[str, float]:
    """Renew every set two days before the first one ends, and compare."""
    ground.clock.at += _until_due(ground)
    before = ground.written()
    told, seconds = together([partial(renew, ground)] * WORKERS)
    written = ground.written().since(before)
    sets = _renewed(ground)
    # One question to JPKI; each record is signed and checked, and the holder's application checked once more.
    units, bare_seconds = together(
        [partial(bare, ground, Costs(sets, 1, BUNDLE, BUNDLE + 1, written), WORKERS)] * WORKERS
    )
    sent, sending = together([partial(deliver, ground)] * WORKERS)
    rate, limit = sets * BUNDLE / seconds, sum(units) * BUNDLE / bare_seconds
    return {
        "renewal_sets": sets,
        "renewal_records_per_second": rate,
        "renewal_bare_records_per_second": limit,
        "renewal_to_bare": rate / limit,
        "renewal_statements_per_set": sum([one.statements for one in told]) / sets,
        "renewal_commits_per_set": sum([one.commits for one in told]) / sets,
        "renewal_rows_per_set": written.rows / sets,
        "renewal_kilobytes_per_set": written.size / sets / 1000,
        "renewal_letters_delivered_per_second": sum(sent) / sending,
        "nations": rate / NATION,
    }


def _until_due(ground: Ground) -> timedelta:
    with ground.owner() as connection:
        row = connection.execute("SELECT min(valid_until) FROM issuer.mdoc_management").fetchone()
    if row is None:
        raise RuntimeError("nobody has a set")
    left: timedelta = row[0] - timedelta(days=2) - ground.clock()
    return left


def _renewed(ground: Ground) -> int:
    """The sets of which every one was renewed, or the run was none."""
    with ground.owner() as connection:
        rows = dict(connection.execute("SELECT state, count(*) FROM issuer.renewal GROUP BY state").fetchall())
    if set(rows) != {"done"}:
        raise RuntimeError(f"not every set was renewed: {rows}")
    return int(rows["done"])
