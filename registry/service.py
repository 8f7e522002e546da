"""The assembly of one systems listener: guard, desk, problem documents, API description (D7, D16)."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from litestar import Litestar, Request, Response, get
from litestar.background_tasks import BackgroundTask
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.types import ControllerRouterHandler
from sqlalchemy.exc import DBAPIError

from registry.access.guard import Gate, build_desk, build_guard
from registry.act import Act, new_id
from registry.problems import MEDIA_TYPE, ServiceError, crash, document
from registry.trail.provide import refuse

BODY_LIMIT = 1_000_000
CODES = {404: "not_found", 405: "method_not_allowed", 413: "request_too_large"}
log = logging.getLogger(__name__)

Hook = Callable[[], Awaitable[None]]


@get("/health", opt={}, sync_to_thread=False, include_in_schema=False)
def health() -> dict[str, str]:
    """Tell that the process answers."""
    return {"status": "ok"}


def build_service(
    *,
    gate: Gate,
    title: str,
    controllers: Sequence[ControllerRouterHandler],
    dependencies: Mapping[str, Provide],
    on_startup: Sequence[Hook] = (),
    on_shutdown: Sequence[Hook] = (),
    body_limit: int = BODY_LIMIT,
) -> Litestar:
    """
    Return the application of one system behind its guard.

    Every controller route names its operation; a route without one is refused at start-up (ValueError), so that
    nothing is served past the matrix.
    """
    app = Litestar(
        route_handlers=[health, *controllers],
        guards=[build_guard(gate)],
        dependencies={"desk": Provide(build_desk(gate), sync_to_thread=False), **dependencies},
        exception_handlers=build_handlers(gate),
        openapi_config=OpenAPIConfig(
            title=title, version="1", use_handler_docstrings=True, render_plugins=[JsonRenderPlugin()]
        ),
        on_startup=list(on_startup),
        on_shutdown=list(on_shutdown),
        request_max_body_size=body_limit,
        logging_config=None,
    )
    _every_route_names_its_operation(app)
    return app


def _every_route_names_its_operation(app: Litestar) -> None:
    for route in app.routes:
        for handler in getattr(route, "route_handlers", []):
            path = str(route.path)
            described = path == "/health" or path.startswith("/schema") or handler.http_methods == {"OPTIONS"}
            if not described and "operation" not in handler.opt:
                msg = f"the route {path} names no operation"
                raise ValueError(msg)


def _response(status: int, body: bytes, background: BackgroundTask | None = None) -> Response[bytes]:
    return Response(body, status_code=status, media_type=MEDIA_TYPE, background=background)


def build_handlers(gate: Gate) -> dict[int | type[Exception], Any]:
    """Return the exception handlers: refusals as problem documents, the unforeseen as a reference and nothing else."""

    def reference(request: Request[Any, Any, Any]) -> str:
        act = request.scope.get("state", {}).get("act")
        return str(act.request_id if isinstance(act, Act) else new_id(gate.random))

    def on_refusal(request: Request[Any, Any, Any], exc: ServiceError) -> Response[bytes]:
        request.scope["state"]["refusal"] = str(exc.code)
        if exc.code == "internal_error":
            return on_crash(request, exc)
        return _response(*document(exc, reference(request)))

    def on_http(request: Request[Any, Any, Any], exc: HTTPException) -> Response[bytes]:
        if exc.status_code >= 500:
            return on_crash(request, exc)
        # The framework's own text can quote the request: it is not passed on.
        refusal = ServiceError(CODES.get(exc.status_code, "malformed_request"))
        request.scope["state"]["refusal"] = str(refusal.code)
        act = request.scope.get("state", {}).get("act")
        task = BackgroundTask(refuse, gate.sessions, act, refusal.code) if isinstance(act, Act) else None
        return _response(*document(refusal, reference(request)), background=task)

    def on_crash(request: Request[Any, Any, Any], exc: Exception) -> Response[bytes]:
        mark = reference(request)
        # What PostgreSQL says was stripped of values by the engine: it names the constraint and nothing else.
        reason = str(exc.args[0]) if isinstance(exc, DBAPIError) else ""
        extra = {"reference": mark, "system": gate.system, "kind": type(exc).__name__, "reason": reason}
        log.error("crash", extra=extra, exc_info=exc)
        return _response(*crash(mark))

    return {ServiceError: on_refusal, HTTPException: on_http, Exception: on_crash}
