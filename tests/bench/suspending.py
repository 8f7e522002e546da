"""From JPKI's call about a lost phone to the list in which its records stand suspended, at a steady rate."""

import asyncio
import time
from functools import partial
from statistics import median, quantiles
from typing import Any, Final
from uuid import UUID

import psycopg

from registry.act import job, new_id
from registry.messages.smp import JpkiEvent
from registry.outbox.send import Taken
from tegata.databases import plain_url
from tests.bench.bare import Costs, bare
from tests.bench.ground import Ground
from tests.bench.processes import together

RATE: Final = 20.0
_LOOK: Final = 0.005
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
_WAITING: Final = """
SELECT count(*) FROM issuer.issued_record AS record
JOIN issuer.status_entry AS entry ON (entry.list_id, entry.idx) = (record.status_list_id, record.status_idx)
JOIN issuer.status_token AS token ON token.list_id = entry.list_id
WHERE record.mdoc_id = %s AND (entry.value = 0 OR token.version < entry.changed)
"""


async def suspended(ground: Ground, count: int, rate: float) -> list[float]:
    """Report so many phones lost, `rate` a second; return the seconds from each call to its published list."""
    call = ground.call(None, "pki")
    url = plain_url(ground.urls.owner)
    connection = await psycopg.AsyncConnection.connect(url, autocommit=True)
    sets = await (await connection.execute(_SERIALS, [count])).fetchall()
    began, locked = time.perf_counter(), asyncio.Lock()

    async def published(set_id: UUID) -> bool:
        async with locked:
            row = await (await connection.execute(_WAITING, [set_id])).fetchone()
        return row == (0,)

    async def report(number: int, set_id: UUID, serial: str) -> float:
        await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
        at = time.perf_counter()
        act = job("pki", "pki.suspend", at=ground.clock(), random=ground.chance)
        await call("issuer.jpki_event", _lost(ground, serial), Taken, act=act)
        while not await published(set_id):  # noqa: ASYNC110 - another process publishes
            await asyncio.sleep(_LOOK)
        return time.perf_counter() - at

    taken = await asyncio.gather(*[report(number, *row) for number, row in enumerate(sets)])
    await connection.close()
    return list(taken)


def _lost(ground: Ground, serial: str) -> JpkiEvent:
    return JpkiEvent(
        event_id=new_id(ground.chance),
        signing_certificate_serial=serial,
        kind="suspension_requested",
        cause="lost",
        occurred_at=ground.clock(),
    )


def measure_suspensions(ground: Ground, count: int) -> dict[str, float]:
    """Suspend at the wanted rate, then compare how long one takes with a bare loop that does one after the other."""
    with ground.owner() as connection:
        connection.execute(_IN_USE)
        connection.execute(_ENDED)
    before = ground.written()
    (taken,), seconds = together([partial(suspended, ground, count, RATE)])
    written = ground.written().since(before)
    # One call in, one letter out to the relay; each list is signed as CWT and as JWT.
    _, bare_seconds = together([partial(bare, ground, Costs(count, 2, 6, written), at_once=1)])
    each = bare_seconds / count
    return {
        "suspensions_per_second": count / seconds,
        "suspension_ms_median": median(taken) * 1000,
        "suspension_ms_p99": quantiles(taken, n=100, method="inclusive")[98] * 1000,
        "suspension_bare_ms": each * 1000,
        "suspension_to_bare": each / median(taken),
    }


def list_ids(ground: Ground) -> list[Any]:
    """The published lists."""
    with ground.owner() as connection:
        return [row[0] for row in connection.execute("SELECT list_id FROM issuer.status_token")]
