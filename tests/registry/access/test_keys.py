"""Caller, operation and key: each line of the matrix with every kind of key, those it allows and all others."""

import inspect
from collections.abc import AsyncIterator, Iterator, Mapping
from functools import reduce
from operator import or_
from pathlib import Path
from typing import Any, cast, get_args, get_type_hints

import httpx
import msgspec
import pytest
from litestar import Litestar, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.access.desk import Desk
from registry.access.guard import Gate
from registry.access.matrix import Line, load_matrix
from registry.act import Act
from registry.messages.message import Acknowledged, Message
from registry.postgres.engine import Sessions
from registry.service import build_service
from registry.trail.models import CommunicationRecord, ProvisionRecord
from tests.registry.access.small import is_revoked
from tests.registry.access.well_formed import SEARCHES, well_formed
from tests.support.clock import FrozenClock
from tests.support.database import FreshDatabases
from tests.support.entropy import SeededBytes
from tests.support.peers import client_of, system_certificate
from tests.support.services import OURS, Joined, Switchboard, joined

LINES = load_matrix().lines
KINDS = sorted({kind for line in LINES for kind in line.keys})
"""Every kind of key that any line allows; "none" is a message that searches for nobody."""

WHO = {"Tegata-Operator": "suzuki", "Tegata-Terminal": "desk-3"}


def human(line: Line) -> dict[str, str]:
    """Return the headers of a person, where the operation needs one."""
    return WHO if line.edge.startswith("O-") else {}


def searching(kind: str) -> type[Message]:
    """Make a message that searches by one kind of key and says nothing else."""
    made = msgspec.defstruct(
        f"By_{kind}", [], bases=(Message,), tag=kind, tag_field="kind", frozen=True, namespace={"KEY": kind}
    )
    return cast("type[Message]", made)


AnyKey: Any = reduce(or_, map(searching, KINDS))


async def acknowledge(session: AsyncSession, act: Act) -> Acknowledged:
    """Do nothing, and say so."""
    del session
    return Acknowledged(reference=act.request_id)


def door(operation: str) -> HTTPRouteHandler:
    """Return a route under the name of an operation whose message may search by any key there is."""

    @post("/" + operation.replace(".", "/"), operation=operation, status_code=200)
    async def answer(data: JSONBody[AnyKey], desk: NamedDependency[Desk]) -> Acknowledged:
        """Answer at the desk."""
        return await desk.answer(data, Acknowledged, acknowledge)

    return answer


@pytest.mark.requirement("LINK-1", "LINK-9", "AUDIT-6", "AUDIT-11")
async def test_every_key_at_every_line(sessions: Sessions, clock: FrozenClock, entropy: SeededBytes) -> None:
    """A key that the line does not allow is refused and recorded, once; one that it allows gets to the operation."""
    gate = Gate("number", load_matrix(), sessions, clock, entropy, is_revoked)
    app = build_service(gate=gate, title="Any", controllers=[door(line.operation) for line in LINES], dependencies={})
    heard = {(caller, line.operation, kind): code async for caller, line, kind, code in tried(app)}
    every = {(caller, line.operation, kind) for line in LINES for caller in line.callers for kind in KINDS}
    allowed = {(caller, line.operation, kind) for line in LINES for caller in line.callers for kind in line.keys}

    assert {case for case, code in heard.items() if code == "answered"} == allowed
    assert {case for case, code in heard.items() if code == "key_not_allowed"} == every - allowed
    async with sessions() as session:
        said = ProvisionRecord.client_system, ProvisionRecord.operation, ProvisionRecord.key_kind
        trail = await session.execute(select(*said).where(ProvisionRecord.refusal == "key_not_allowed"))
        called = CommunicationRecord.peer, CommunicationRecord.operation
        log = await session.execute(select(*called).where(CommunicationRecord.outcome == "key_not_allowed"))
    assert sorted(map(tuple, trail)) == sorted(every - allowed)
    assert sorted(map(tuple, log)) == sorted(case[:2] for case in every - allowed)


async def tried(app: Litestar) -> AsyncIterator[tuple[str, Line, str, str]]:
    """Try every kind of key as each caller of each line; give what was heard."""
    for caller in sorted({caller for line in LINES for caller in line.callers}):
        async with client_of(app, caller) as client:
            for line in LINES:
                for kind in KINDS if caller in line.callers else ():
                    path, headers = "/" + line.operation.replace(".", "/"), human(line)
                    answer = await client.post(path, content=msgspec.json.encode({"kind": kind}), headers=headers)
                    yield caller, line, kind, "answered" if answer.is_success else answer.json()["code"]


def messages(house: Joined) -> Iterator[tuple[Line, type[Message]]]:
    """Return each line that a system of ours serves, with the form of its message as the real route declares it."""
    for name in OURS:
        for route in house.apps[name].whole.routes:
            for handler in getattr(route, "route_handlers", []):
                line = load_matrix().line(str(handler.opt.get("operation")))
                if line is not None and "POST" in handler.http_methods:
                    yield line, get_type_hints(handler.fn)["data"]


def keys_of(message: type[Message]) -> dict[str, type[Message]]:
    """Return the kinds of key that a message can search by, each with the form that says it."""
    hint = get_type_hints(message).get("key")
    forms = [form for form in (get_args(hint) or (hint,)) if inspect.isclass(form) and issubclass(form, Message)]
    return {form.KEY: form for form in forms or [message]}


NOT_THE_OPERATION = {
    "key_not_allowed",
    "number_not_allowed",
    "not_permitted",
    "operator_required",
    "malformed_request",
    "internal_error",
}
"""What a permitted caller with a message in its form never hears: everything else is said by the operation itself."""


@pytest.mark.requirement("LINK-1", "LINK-9")
async def test_the_real_operations_take_the_keys_of_their_lines(
    fresh_databases: FreshDatabases, clock: FrozenClock, entropy: SeededBytes, tmp_path: Path
) -> None:
    """Each real message can say the keys of its line and no other, and gets to its operation with each of them."""
    async with joined(fresh_databases, clock, entropy, tmp_path) as house:
        forms = dict(messages(house))
        heard = {line: await heard_at(house, line, form) for line, form in forms.items()}
    assert set(forms) == {line for line in LINES if line.operation.partition(".")[0] in OURS}
    assert [(line.operation, codes) for line, codes in heard.items() if codes.keys() != line.keys] == []
    assert [(line.operation, codes) for line, codes in heard.items() if NOT_THE_OPERATION & set(codes.values())] == []
    strange = [(form, kind) for line, form in forms.items() for kind in SEARCHES if kind not in line.keys]
    assert [(form, kind) for form, kind in strange if takes(form, well_formed(form) | {"key": SEARCHES[kind]})] == []


async def heard_at(house: Joined, line: Line, form: type[Message]) -> dict[str, str]:
    """Return what the first caller of a line hears with each key that the message can say."""
    caller, (system, _, verb) = min(line.callers), line.operation.partition(".")
    heard = {}
    async with httpx.AsyncClient(transport=Switchboard(house.apps, system_certificate(caller), house.asked)) as client:
        for kind, key in keys_of(form).items():
            body = well_formed(form) | ({} if key is form else {"key": well_formed(key)})
            url = f"https://{system}/{system}/{verb}"
            answer = await client.post(url, content=msgspec.json.encode(body), headers=human(line))
            heard[kind] = "answered" if answer.is_success else str(answer.json()["code"])
    return heard


def takes(form: type[Message], body: Mapping[str, Any]) -> bool:
    """Tell whether a body is in the form of a message."""
    try:
        msgspec.json.decode(msgspec.json.encode(body), type=form)
    except msgspec.ValidationError:
        return False
    return True
