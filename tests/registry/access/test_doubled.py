"""The same message twice at the same time, on real connections."""

import asyncio

import msgspec

from registry.access.guard import Gate
from registry.access.matrix import load_matrix
from registry.postgres.engine import open_engine, open_sessions
from registry.service import build_service
from tests.registry.access.small import Small, is_revoked
from tests.support.clock import FrozenClock
from tests.support.database import FreshDatabases
from tests.support.entropy import SeededBytes
from tests.support.mechanics.database import MECHANICS_ONLY
from tests.support.peers import client_of


async def test_both_hear_the_same(fresh_databases: FreshDatabases, clock: FrozenClock, entropy: SeededBytes) -> None:
    """Two copies that arrive together wait for each other; the second is answered what the first was."""
    engine = open_engine(fresh_databases([MECHANICS_ONLY])["mechanics"].app, pool_size=4)
    gate = Gate("card", load_matrix(), open_sessions(engine), clock, entropy, is_revoked)
    app = build_service(gate=gate, title="Small", controllers=[Small], dependencies={})
    body = msgspec.json.encode({"print_request_number": "P1", "result": "posted"})

    async with client_of(app, "printing-contractor") as printer:
        sent = [printer.post("/card/print_result", content=body, headers={"Idempotency-Key": "k"}) for _ in range(4)]
        answers = await asyncio.gather(*sent)
    await engine.dispose()

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
