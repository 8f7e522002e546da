"""The guard of the small service: who is let in, and what is left behind by whoever is not."""

from typing import Any

import httpx
import pytest
from litestar import Litestar, post

from registry.access.guard import Gate
from registry.access.matrix import load_matrix
from registry.postgres.engine import Sessions
from registry.service import build_service
from tests.registry.access.small import REVOKED_SERIAL, body, body_of_query, is_revoked, trail
from tests.support.clock import FrozenClock
from tests.support.entropy import SeededBytes
from tests.support.peers import client_of

CALLERS = [
    (None, {}, 401, "no_certificate"),
    ("juki", {"purpose": False}, 401, "unknown_certificate"),
    ("juki", {"serial": REVOKED_SERIAL}, 403, "revoked_certificate"),
    ("juki", {"serial": 1}, 503, "stale_revocation_list"),
    ("card", {}, 403, "not_permitted"),
]


@pytest.mark.requirement("LINK-1", "LINK-9", "AUDIT-6", "NUM-14")
@pytest.mark.parametrize(("system", "named", "status", "code"), CALLERS)
async def test_wrong_callers_are_refused_and_recorded(
    app: Litestar, sessions: Sessions, system: str | None, named: dict[str, Any], status: int, code: str
) -> None:
    """No certificate, a certificate of no system, a revoked one, a stale list, a caller outside the matrix."""
    async with client_of(app, system, **named) as client:
        answer = await client.post("/number/generate", content=body())

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert [(r.outcome, r.refusal) for r in await trail(sessions)] == [("refused", code)]


@pytest.mark.requirement("AUDIT-9")
async def test_a_machine_caller_may_not_name_an_operator(juki: httpx.AsyncClient, sessions: Sessions) -> None:
    """A fake operator name from a machine is refused."""
    answer = await juki.post("/number/generate", content=body(), headers={"Tegata-Operator": "batch"})

    assert answer.json()["code"] == "operator_not_expected"
    assert [r.refusal for r in await trail(sessions)] == ["operator_not_expected"]


async def test_an_operator_edge_needs_operator_and_terminal(app: Litestar) -> None:
    """Operator operations are refused where no person is named."""
    async with client_of(app, "operator") as client:
        answer = await client.post("/card/counts", content=body_of_query())

    assert answer.json()["code"] == "operator_required"


async def test_a_route_without_operation_is_not_served(
    sessions: Sessions, clock: FrozenClock, entropy: SeededBytes
) -> None:
    """A service with a route past the matrix does not start."""

    @post("/bare")
    async def bare() -> None:
        """Do nothing."""

    gate = Gate("number", load_matrix(), sessions, clock, entropy, is_revoked)
    with pytest.raises(ValueError, match="names no operation"):
        build_service(gate=gate, title="Bare", controllers=[bare], dependencies={})
