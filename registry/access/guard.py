"""The guard before every operation: who is the peer, and does the matrix let it in (D7, LINK-1, LINK-9)."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from registry.access.desk import Desk
from registry.access.matrix import Line, Matrix
from registry.act import Act, Chance, Clock, new_id
from registry.peer.certificate import NotASystem, Peer, read_peer
from registry.peer.crl import StaleList
from registry.problems import ServiceError
from registry.trail.provide import turn_away

STAFFED = frozenset({"operator", "call-centre", "municipal-cs", "inquiring-body", "disclosure-system"})
"""Systems with people at terminals. Elsewhere a named operator would be a fake one (AUDIT-9)."""

NAME = re.compile(r"^[A-Za-z0-9_.:-]{1,40}$")
Revoked = Callable[[int, datetime], bool]


@dataclass(frozen=True)
class Gate:
    """What the guard of one service needs."""

    system: str
    matrix: Matrix
    sessions: async_sessionmaker[AsyncSession]
    now: Clock
    random: Chance
    is_revoked: Revoked


def peer_certificate(connection: ASGIConnection[Any, Any, Any, Any]) -> bytes | None:
    """Return the peer's certificate (DER) as the listener found it, or None."""
    tls = connection.scope.get("extensions", {}).get("tls", {})  # type: ignore[union-attr] # optional in ASGI
    certificate = tls.get("peer_certificate")
    return certificate if isinstance(certificate, bytes) else None


def _name(connection: ASGIConnection[Any, Any, Any, Any], header: str) -> str | None:
    value = connection.headers.get(header)
    if value is not None and not NAME.match(value):
        raise ServiceError("malformed_request", f"The header {header} is outside its format.")
    return value


def _request_id(connection: ASGIConnection[Any, Any, Any, Any], random: Chance) -> UUID:
    try:
        return UUID(connection.headers.get("tegata-request", ""))
    except ValueError:
        return new_id(random)


def _peer(certificate: bytes | None, gate: Gate, at: datetime) -> Peer:
    if certificate is None:
        raise ServiceError("no_certificate", "Call with the systems certificate that the ceremony issued to you.")
    try:
        peer = read_peer(certificate)
        if gate.is_revoked(peer.serial, at):
            raise ServiceError("revoked_certificate")
    except NotASystem as exc:
        raise ServiceError("unknown_certificate") from exc
    except StaleList as exc:
        raise ServiceError("stale_revocation_list") from exc
    return peer


def _admit(connection: ASGIConnection[Any, Any, Any, Any], act: Act, line: Line | None) -> Act:
    """Return the act with the humans behind it, or refuse."""
    if line is None or act.caller not in line.callers:
        raise ServiceError("not_permitted")
    operator, terminal = _name(connection, "tegata-operator"), _name(connection, "tegata-terminal")
    if line.edge.startswith("O-") and (operator is None or terminal is None):
        raise ServiceError("operator_required")
    if operator is not None and act.caller not in STAFFED:
        raise ServiceError("operator_not_expected")
    return Act(
        **{
            **act.__dict__,
            "operator": operator,
            "terminal": terminal,
            "end_user": _name(connection, "tegata-end-user"),
            "idempotency_key": _name(connection, "idempotency-key"),
        }
    )


def build_guard(gate: Gate) -> Callable[[ASGIConnection[Any, Any, Any, Any], BaseRouteHandler], Any]:
    """Return the guard of one service. Routes without an operation (health, API description) pass."""

    async def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        operation = handler.opt.get("operation")
        if operation is None:
            return
        at = gate.now()
        request_id = _request_id(connection, gate.random)
        act = Act(operation, gate.system, "unknown", request_id, at, gate.random)
        connection.scope["state"]["act"] = act
        try:
            peer = _peer(peer_certificate(connection), gate, at)
            act = Act(operation, gate.system, peer.system, request_id, at, gate.random, body=peer.body)
            act = _admit(connection, act, gate.matrix.line(operation))
        except ServiceError as refusal:
            await turn_away(gate.sessions, act, refusal.code)
            raise
        connection.scope["state"]["act"] = act

    return guard


def build_desk(gate: Gate) -> Callable[[Request[Any, Any, Any]], Desk]:
    """Return the dependency that gives a handler its desk."""

    def desk(request: Request[Any, Any, Any]) -> Desk:
        act: Act = request.scope["state"]["act"]
        line = gate.matrix.line(act.operation)
        if line is None:  # the guard has refused before; this keeps a route without a line from being served
            raise ServiceError("not_permitted")
        return Desk(gate.sessions, act, line)

    return desk
