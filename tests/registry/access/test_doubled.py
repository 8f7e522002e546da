"""The same message twice at the same time, on real connections."""

import asyncio

import msgspec

from registry.access.guard import Gate
from registry.access.matrix import load_matrix
from registry.service import build_service
from tests.registry.access.small import Small, is_revoked
from tests.support.clock import FrozenClock
from tests.support.database import FreshDatabases, opened
from tests.support.entropy import SeededBytes
from tests.support.mechanics.database import MECHANICS_ONLY
from tests.support.peers import client_of


async def test_both_hear_the_same(fresh_databases: FreshDatabases, clock: FrozenClock, entropy: SeededBytes) -> None:
    """Two copies that arrive together wait for each other; the second is answered what the first was."""
    body = msgspec.json.encode({"print_request_number": "P1", "result": "posted"})
    async with opened(fresh_databases([MECHANICS_ONLY])["mechanics"].app, pool_size=4) as sessions:
        gate = Gate("card", load_matrix(), sessions, clock, entropy, is_revoked)
        app = build_service(gate=gate, title="Small", controllers=[Small], dependencies={})
        async with client_of(app, "printing-contractor") as printer:
            headers = {"Idempotency-Key": "k"}
            sent = [printer.post("/card/print_result", content=body, headers=headers) for _ in range(4)]
            answers = await asyncio.gather(*sent)

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
