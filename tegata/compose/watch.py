"""Who watches a process: every request, call and step is counted, logged and, where wanted, traced (AUDIT-17)."""

import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.propagate import extract
from opentelemetry.trace import SpanKind, Status, StatusCode, Tracer

from registry.act import Act
from registry.messages.message import Message
from registry.outbox.queue import Step, Worker
from registry.peer.call import Call, Refused, T, Unanswered
from tegata.compose.metrics import Metrics

log = logging.getLogger(__name__)
SILENT = ("/health", "/schema")


Application = Callable[[Any, Any, Any], Awaitable[None]]
"""An ASGI application."""


@dataclass
class Watched:
    """What is being done, and how it ended."""

    operation: str
    outcome: str = "done"
    fields: dict[str, object] = field(default_factory=dict)


class Watch:
    """Counts, times and traces what one process does."""

    def __init__(self, metrics: Metrics, tracer: Tracer) -> None:
        self.metrics = metrics
        self._tracer = tracer

    @asynccontextmanager
    async def over(
        self, kind: str, operation: str, span_kind: SpanKind, context: Context | None = None
    ) -> AsyncIterator[Watched]:
        """Watch over one doing; whoever does it may set its outcome. What falls through is `failed`."""
        began, done = time.perf_counter(), Watched(operation)
        with self._tracer.start_as_current_span(
            f"{kind} {operation}", context, span_kind, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield done
            except Exception:
                done.outcome = "failed" if done.outcome == "done" else done.outcome
                raise
            finally:
                span.update_name(f"{kind} {done.operation}")
                span.set_attribute("tegata.operation", done.operation)
                span.set_attribute("tegata.outcome", done.outcome)
                if done.outcome != "done":
                    span.set_status(Status(StatusCode.ERROR))
                seconds = time.perf_counter() - began
                self.metrics.note(kind, done.operation, done.outcome, seconds)
                done.fields["seconds"] = round(seconds, 4)

    def application(self, app: Application) -> Application:
        """Return an application whose requests are watched, health checks and descriptions apart."""

        async def watched(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:  # noqa: ANN401
            if scope["type"] != "http" or scope["path"].startswith(SILENT):
                await app(scope, receive, send)
                return
            await self._request(app, scope, receive, send)

        return watched

    async def _request(
        self,
        app: Application,
        scope: MutableMapping[str, Any],
        receive: Any,  # noqa: ANN401 - as ASGI has them
        send: Any,  # noqa: ANN401
    ) -> None:
        status = 500

        async def note(message: Mapping[str, Any]) -> None:
            nonlocal status
            status = message["status"] if message["type"] == "http.response.start" else status
            await send(message)

        carrier = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        async with self.over("request", "unmatched", SpanKind.SERVER, extract(carrier)) as request:
            try:
                await app(scope, receive, note)
            finally:
                _describe(request, scope, status)
        log.info("answered", extra=request.fields)

    def steps(self, worker: Worker) -> Worker:
        """Watch the steps of a worker; one that finds nothing to do leaves no trace."""
        worker.steps = {name: self._step(name, step) for name, step in worker.steps.items()}
        return worker

    def _step(self, name: str, step: Step) -> Step:
        async def watched(at: Any) -> int:  # noqa: ANN401 - the instant of the run
            async with self.over("step", name, SpanKind.INTERNAL):
                done = await step(at)
                self.metrics.did(name, done)
                return done

        return watched

    def call(self, call: Call) -> Call:
        """Return a call that is watched."""
        return WatchedCall(call, self)


@dataclass(frozen=True)
class WatchedCall:
    """A call to another system, counted by its outcome."""

    inner: Call
    watch: Watch

    async def __call__(
        self, operation: str, message: Message | bytes, answer: type[T], *, act: Act, idempotency_key: str | None = None
    ) -> T:
        """Send the message and return the answer; see `Call`."""
        async with self.watch.over("call", operation, SpanKind.CLIENT) as done:
            try:
                return await self.inner(operation, message, answer, act=act, idempotency_key=idempotency_key)
            except Refused as refused:
                done.outcome = refused.code
                raise
            except Unanswered:
                done.outcome = "unanswered"
                raise


def _describe(request: Watched, scope: Mapping[str, Any], status: int) -> None:
    """Name the operation by the matrix, or by the template of its path: never by what the caller wrote."""
    state = scope.get("state", {})
    act = state.get("act")
    template = str(scope.get("path_template") or "unmatched")
    known = isinstance(act, Act) and act.caller != "public"
    request.operation = act.operation if known else template
    request.outcome = "done" if status < 400 else str(state.get("refusal", f"status_{status}"))
    request.fields |= {"operation": request.operation, "outcome": request.outcome, "status": status}
    if isinstance(act, Act):
        request.fields |= {"caller": act.caller, "body": act.body, "request_id": str(act.request_id)}
        request.fields |= {"operator": act.operator, "terminal": act.terminal}


WATCH = Watch(Metrics(), trace.get_tracer("tegata"))
"""The watch of this process. Its tracer does nothing until `start_traces` has set where spans go."""
