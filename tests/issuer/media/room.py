"""People at terminals who handle media."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from issuer.media import ledger, work
from issuer.media.export import export
from registry.calendar import legal_day
from registry.messages.media import DecideWork, EndMedium, Export, Exported, RegisterMedium, RequestWork, WorkState
from tests.issuer.smp.conftest import Desk

KEY = ec.generate_private_key(ec.SECP256R1())
POINT = KEY.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
MEDIUM, WORKER, OWNER = "USB-0001", "suzuki", "tanaka"
REQUEST = UUID(int=1)


async def by(desk: Desk, operator: str, step: Any, message: Any, *rest: Any) -> Any:
    """Let one operator do one step in a transaction of its own."""
    act = replace(desk.act(), operator=operator, terminal="desk-3", caller="operator")
    async with desk.sessions.begin() as session:
        return await step(session, act, message, *rest)


async def register(desk: Desk, medium: str = MEDIUM, key: bytes = POINT) -> None:
    """Admit a medium."""
    await by(
        desk,
        OWNER,
        ledger.register,
        RegisterMedium(request_id=REQUEST, medium_id=medium, place="safe-2", public_key=key),
    )


async def ask(desk: Desk, medium: str = MEDIUM, day: date | None = None) -> WorkState:
    """Ask for the sets of a day, today's unless it is named."""
    since = day or legal_day(desk.clock())
    message = RequestWork(request_id=REQUEST, medium_id=medium, since=since, until=since, purpose="audit-2026")
    state: WorkState = await by(desk, WORKER, work.request, message)
    return state


async def decide(desk: Desk, work_id: UUID, operator: str = OWNER, *, accept: bool = True) -> WorkState:
    """Decide about a request."""
    message = DecideWork(request_id=REQUEST, work_id=work_id, accept=accept)
    state: WorkState = await by(desk, operator, work.decide, message)
    return state


async def take_out(desk: Desk, work_id: UUID, medium: str = MEDIUM) -> Exported:
    """Carry out a request."""
    message = Export(request_id=REQUEST, work_id=work_id, medium_id=medium)
    done: Exported = await by(desk, WORKER, export, message, desk.tools.sealer)
    return done


async def end(desk: Desk, what: Any, method: str = "overwritten-3x") -> None:
    """Erase or dispose of the medium."""
    await by(desk, WORKER, ledger.end, EndMedium(request_id=REQUEST, medium_id=MEDIUM, what=what, method=method))
