"""The public listener of the issuer: a process without database and without signing key (D16, MDOC-61, MDOC-62)."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from litestar import Litestar, Request, Response, get, post
from litestar.connection import ASGIConnection
from litestar.exceptions import HTTPException
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.params import JSONBody

from issuer.edge.forward import forward
from issuer.edge.limits import Rate, address_of
from issuer.edge.lists import list_routes
from issuer.edge.operations import OPERATIONS, SMALL, PublicOperation
from issuer.edge.published import Published
from issuer.edge.unchanged import Unchanged
from registry.act import Act, Chance, Clock, new_id
from registry.peer.call import Call
from registry.problems import MEDIA_TYPE as PROBLEM
from registry.problems import ServiceError, crash, document

CODES = {404: "not_found", 405: "method_not_allowed", 413: "request_too_large"}
log = logging.getLogger(__name__)
AnyRequest = Request[Any, Any, Any]


@dataclass(frozen=True)
class EdgeSettings:
    """`requests_per_minute`: how many requests one client address may send in a minute."""

    requests_per_minute: int = 600


def create_edge(settings: EdgeSettings, call: Call, *, now: Clock, random: Chance) -> Litestar:
    """
    Return the public application: the closed list of operations, the published status lists, and nothing else.

    It checks size and shape and forwards with `call`; whoever is on the other end decides everything.
    """
    rate, published = Rate(settings.requests_per_minute), Published(call)

    def admit(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        at = now()
        connection.scope["state"]["act"] = Act("edge.forward", "edge", "public", new_id(random), at, random)
        rate.admit(address_of(connection.scope), at)

    app = Litestar(
        route_handlers=[health, *list_routes(published), *(_handler(one, call) for one in OPERATIONS)],
        guards=[admit],
        exception_handlers=_handlers(random),
        openapi_config=OpenAPIConfig(
            title="Tegata issuer: public door",
            version="1",
            use_handler_docstrings=True,
            render_plugins=[JsonRenderPlugin()],
        ),
        request_max_body_size=SMALL,
        logging_config=None,
    )
    app.asgi_handler = Unchanged(app.asgi_handler, published, rate, now)
    return app


@get("/health", sync_to_thread=False, include_in_schema=False)
def health() -> dict[str, str]:
    """Tell that the process answers."""
    return {"status": "ok"}


def _handler(operation: PublicOperation, call: Call) -> HTTPRouteHandler:
    """Return the route of one public operation; its shape is the message struct, closed and bounded."""

    async def handle(data: Any, request: AnyRequest) -> Any:  # noqa: ANN401 - typed below, per operation
        act: Act = request.scope["state"]["act"]
        return await forward(call, operation.inner, data, operation.answer, act=act)

    handle.__annotations__ = {
        "data": JSONBody[operation.message],  # type: ignore[name-defined, misc]  # a type that is a value of the list
        "request": AnyRequest,
        "return": operation.answer,
    }
    handle.__name__ = operation.inner.replace("issuer.", "")
    handle.__doc__ = operation.summary
    return post(operation.path, status_code=operation.status, request_max_body_size=operation.largest)(handle)


def _handlers(random: Callable[[int], bytes]) -> dict[int | type[Exception], Any]:
    """Return the exception handlers: refusals as problem documents and one log line each, without the request."""

    def refused(request: AnyRequest, exc: ServiceError) -> Response[bytes]:
        reference = _reference(request, random)
        log.info("refused", extra={"reference": reference, "code": exc.code})
        request.scope["state"]["refusal"] = str(exc.code)
        status, body = document(exc, reference)
        return Response(body, status_code=status, media_type=PROBLEM)

    def http(request: AnyRequest, exc: HTTPException) -> Response[bytes]:
        if exc.status_code >= 500:
            return crashed(request, exc)
        # The framework's own text can quote the request: it is not passed on.
        return refused(request, ServiceError(CODES.get(exc.status_code, "malformed_request")))

    def crashed(request: AnyRequest, exc: Exception) -> Response[bytes]:
        reference = _reference(request, random)
        log.error("crash", extra={"reference": reference, "kind": type(exc).__name__})
        status, body = crash(reference)
        return Response(body, status_code=status, media_type=PROBLEM)

    return {ServiceError: refused, HTTPException: http, Exception: crashed}


def _reference(request: AnyRequest, random: Callable[[int], bytes]) -> str:
    act = request.scope.get("state", {}).get("act")
    return str(act.request_id if isinstance(act, Act) else new_id(random))
