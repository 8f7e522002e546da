"""
From JPKI's call about a lost phone to the list in which its records stand suspended: one alone, at a rate, and many.

The ratio is that of many at once: as soon as one set stands in its published lists, the next phone is reported lost.
The bare loop beside it makes as many calls over mutual TLS as were made meanwhile, JPKI's and those that took a letter
to the relay, as many signatures and checks as the tokens cost that were published (each list as CWT and as JWT, each
read back), and puts as many rows and bytes on the disk in as many commits. Acts that follow closely share a token,
commits share what is written, and the bare loop has no more of either. It looks at no list; whoever looks here, some
milliseconds too late each time, counts against the issuer.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from statistics import median, quantiles
from typing import Any, Final
from uuid import UUID

import psycopg

from registry.act import job, new_id
from registry.messages.smp import JpkiEvent
from registry.outbox.send import Taken
from registry.peer.client import HttpCall
from tegata.databases import plain_url
from tests.bench.bare import Costs, bare
from tests.bench.ground import Ground
from tests.bench.processes import together

RATE: Final = 20.0
AT_ONCE: Final = 4  # calls; JPKI sends no more at a time than the issuer has connections
MANY: Final = 16  # sets that are on their way into a list together
TURNS: Final = 3
FIRST: Final = 8  # sets that are not counted: connections are opened and statements prepared
_LOOK: Final = 0.01
_IN_USE: Final = """
UPDATE issuer.mdoc_management AS made SET mdoc_status = 'active',
    signing_certificate_serial_number = applied.signing_certificate_serial_number
FROM issuer.mdoc_application AS applied
WHERE made.application_id = applied.application_id AND made.replaces IS NOT NULL
"""
_ENDED: Final = "UPDATE issuer.mdoc_management SET mdoc_status = 'superseded' WHERE replaces IS NULL"
_SERIALS: Final = """
SELECT mdoc_id, signing_certificate_serial_number FROM issuer.mdoc_management WHERE mdoc_status = 'active' LIMIT %s
"""
_TOKENS: Final = "SELECT sum(version) FROM issuer.status_token"
_MADE: Final = """
SELECT (SELECT n_tup_ins + n_tup_upd FROM pg_stat_user_tables WHERE relid = 'issuer.status_token'::regclass),
    (SELECT count(*) FROM issuer.outbox_message WHERE acknowledged_at IS NOT NULL)
"""
_STANDING: Final = """
SELECT record.mdoc_id FROM issuer.issued_record AS record
JOIN issuer.status_entry AS entry ON (entry.list_id, entry.idx) = (record.status_list_id, record.status_idx)
JOIN issuer.status_token AS token ON token.list_id = entry.list_id
WHERE record.mdoc_id = ANY(%s) GROUP BY record.mdoc_id
HAVING bool_and(entry.value <> 0 AND token.version >= entry.changed)
"""


@dataclass(frozen=True)
class Reports:
    """JPKI's line to the issuer, and a look at what is published: one for all sets that are waited for."""

    ground: Ground
    call: HttpCall
    connection: "psycopg.AsyncConnection[Any]"
    waiting: dict[UUID, asyncio.Event] = field(default_factory=dict)

    async def report(self, set_id: UUID, serial: str) -> asyncio.Event:
        """Report the phone of a set lost; return what comes when all its records stand suspended in published lists."""
        published = self.waiting[set_id] = asyncio.Event()
        act = job("pki", "pki.suspend", at=self.ground.clock(), random=self.ground.chance)
        await self.call("issuer.jpki_event", _lost(self.ground, serial), Taken, act=act)
        return published

    async def look(self) -> None:
        """Look again and again, until cancelled, and closely where a list is new; another process publishes."""
        seen: Any = None
        while True:
            tokens = await (await self.connection.execute(_TOKENS)).fetchone() if self.waiting else seen
            if tokens != seen:
                seen = tokens
                for row in await (await self.connection.execute(_STANDING, [list(self.waiting)])).fetchall():
                    self.waiting.pop(row[0]).set()
            await asyncio.sleep(_LOOK)


@asynccontextmanager
async def reports(ground: Ground, count: int) -> AsyncIterator[tuple[Reports, list[Any]]]:
    """Open the line; also sets in use with the serials of their certificates."""
    connection = await psycopg.AsyncConnection.connect(plain_url(ground.urls.owner), autocommit=True)
    rows = await (await connection.execute(_SERIALS, [count])).fetchall()
    client = ground.client("pki")
    line = Reports(ground, ground.call(None, "pki", client), connection)
    async with client, connection, asyncio.TaskGroup() as group:
        looking = group.create_task(line.look())
        yield line, rows
        looking.cancel()


async def alone(ground: Ground, count: int) -> list[float]:
    """Report phones lost one after the other; return the seconds from each call to its published list."""
    taken = []
    async with reports(ground, count) as (line, rows):
        for set_id, serial in rows:
            at = time.perf_counter()
            await (await line.report(set_id, serial)).wait()
            taken.append(time.perf_counter() - at)
    return taken


async def at_rate(ground: Ground, count: int) -> list[float]:
    """Report phones lost at the wanted rate, whether or not the issuer keeps up; the seconds as above."""
    began, places = time.perf_counter(), asyncio.Semaphore(AT_ONCE)

    async def one(line: Reports, number: int, set_id: UUID, serial: str) -> float:
        at = began + number / RATE  # whoever has to wait for a place has called all the same
        await asyncio.sleep(max(0.0, at - time.perf_counter()))
        async with places:
            published = await line.report(set_id, serial)
        await published.wait()
        return time.perf_counter() - at

    async with reports(ground, count) as (line, rows):
        return await asyncio.gather(*[one(line, number, *row) for number, row in enumerate(rows)])


async def many(ground: Ground, count: int) -> float:
    """Report phones lost, so many at once that the issuer has no rest; return the seconds until all stand suspended."""
    places = asyncio.Semaphore(MANY)

    async def one(line: Reports, set_id: UUID, serial: str) -> None:
        async with places:
            await (await line.report(set_id, serial)).wait()

    async with reports(ground, count + FIRST) as (line, rows):
        await asyncio.gather(*[one(line, *row) for row in rows[:FIRST]])
        began = time.perf_counter()
        await asyncio.gather(*[one(line, *row) for row in rows[FIRST:]])
        return time.perf_counter() - began


def _lost(ground: Ground, serial: str) -> JpkiEvent:
    return JpkiEvent(
        event_id=new_id(ground.chance),
        signing_certificate_serial=serial,
        kind="suspension_requested",
        cause="lost",
        occurred_at=ground.clock(),
    )


def measure_suspensions(ground: Ground, few: int, count: int, crowd: int) -> dict[str, float]:
    """Suspend a few one after the other, many at the wanted rate, and many at once beside the bare loop."""
    with ground.owner() as connection:
        connection.execute(_IN_USE)
        connection.execute(_ENDED)
    (single,), _ = together([partial(alone, ground, few)])
    (taken,), _ = together([partial(at_rate, ground, count)])
    return {
        "suspension_alone_ms": sum(single) / few * 1000,
        "suspension_ms_median": median(taken) * 1000,
        "suspension_ms_p99": quantiles(taken, n=100, method="inclusive")[98] * 1000,
        **_beside_bare(ground, crowd),
    }


def _beside_bare(ground: Ground, count: int) -> dict[str, float]:
    """Take turns with the bare loop: what else a machine has to do comes and goes, and would meet one of them alone."""
    turns = [_turn(ground, count) for _ in range(TURNS)]
    ours, limit = (TURNS / sum([1 / turn[which] for turn in turns]) for which in (0, 1))
    return {
        "suspensions_per_second": ours,
        "suspensions_bare_per_second": limit,
        "suspension_to_bare": ours / limit,
    }


def _turn(ground: Ground, count: int) -> tuple[float, float]:
    """Suspend so many, and do the same bare; return how many a second each did."""
    written, (tokens, letters) = ground.written(), _made(ground)
    (seconds,), _ = together([partial(many, ground, count)])
    written, made, units = ground.written().since(written), _made(ground), count + FIRST
    signed = (made[0] - tokens) * 2 / units
    costs = Costs(units, 1 + (made[1] - letters) / units, signed, signed, written)
    _, bare_seconds = together([partial(bare, ground, costs, at_once=MANY)])
    return count / seconds, units / bare_seconds


def _made(ground: Ground) -> tuple[int, int]:
    """Tokens that were published so far, and letters that arrived."""
    with ground.owner() as connection:
        tokens, letters = connection.execute(_MADE).fetchall()[0]
    return tokens, letters


def list_ids(ground: Ground) -> list[Any]:
    """The published lists."""
    with ground.owner() as connection:
        return [row[0] for row in connection.execute("SELECT list_id FROM issuer.status_token")]
