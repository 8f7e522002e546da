"""Requests, calls and steps as an operator sees them: counted, logged, traced, and nothing of a person in any of it."""

import logging
import re
from contextlib import nullcontext
from typing import Any
from uuid import UUID

import httpx
import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import NoOpTracer

from registry.access.guard import Gate
from registry.access.matrix import load_matrix
from registry.act import Act
from registry.messages.message import Acknowledged, Message
from registry.outbox.queue import Worker
from registry.peer.call import Call, Refused, T, Unanswered
from registry.postgres.database import Database
from registry.postgres.engine import Sessions
from registry.service import build_service
from tegata.compose.metrics import Metrics
from tegata.compose.watch import Watch
from tests.registry.access.small import RECORD_CODE, Small, body, is_revoked
from tests.support.clock import START, FrozenClock
from tests.support.entropy import SeededBytes
from tests.support.mechanics.database import MECHANICS_ONLY
from tests.support.peers import client_of

NUMBER = "123456789018"


@pytest.fixture
def database() -> Database:
    """Return the database that holds the mechanics alone."""
    return MECHANICS_ONLY


@pytest.fixture
def spans() -> InMemorySpanExporter:
    """Where spans go."""
    return InMemorySpanExporter()


@pytest.fixture
def watch(spans: InMemorySpanExporter) -> Watch:
    """A watch whose traces are on."""
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    return Watch(Metrics(), provider.get_tracer("tegata"))


@pytest.fixture
def app(watch: Watch, sessions: Sessions, clock: FrozenClock, entropy: SeededBytes) -> Any:
    """The small service, watched."""
    gate = Gate("number", load_matrix(), sessions, clock, entropy, is_revoked)
    return watch.application(build_service(gate=gate, title="Small", controllers=[Small], dependencies={}))


def shown(watch: Watch) -> dict[str, float]:
    """The counters that are not zero, by name and labels."""
    lines = [line for line in watch.metrics.text().decode().splitlines() if not line.startswith("#")]
    return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in lines if "_total" in line}


def count(kind: str, operation: str, outcome: str) -> str:
    """The name of one counter."""
    return f'tegata_{kind}s_total{{operation="{operation}",outcome="{outcome}"}}'


@pytest.mark.requirement("AUDIT-17")
async def test_every_request_is_counted_logged_and_traced(
    app: Any, watch: Watch, spans: InMemorySpanExporter, caplog: pytest.LogCaptureFixture
) -> None:
    """Answers and refusals by operation and code; health checks leave nothing; no value of a message is anywhere."""
    caplog.set_level(logging.INFO, "tegata.compose.watch")
    async with client_of(app, "juki") as juki, client_of(app, "card") as card:
        assert (await juki.post("/number/generate", content=body())).json()["individual_number"] == NUMBER
        await juki.post("/number/generate", content=body(individual_number=NUMBER))
        await card.post("/number/generate", content=body(), headers={"tegata-operator": "suzuki"})
        await juki.post(f"/number/{NUMBER}")
        await juki.get("/health")

    codes = {"number.generate": ("done", "malformed_request", "not_permitted"), "unmatched": ("not_found",)}
    wanted = {count("request", operation, code): 1.0 for operation, found in codes.items() for code in found}
    assert shown(watch) == wanted
    told = [(record.__dict__["operation"], record.__dict__["outcome"]) for record in caplog.records]
    assert told == [(operation, code) for operation, found in codes.items() for code in found]
    assert [span.name for span in spans.get_finished_spans()] == [f"request {operation}" for operation, _ in told]
    assert caplog.records[0].__dict__["caller"] == "juki"
    for secret in (NUMBER, RECORD_CODE):
        everything = (
            watch.metrics.text().decode(),
            *map(str, spans.get_finished_spans()),
            *map(vars_of, caplog.records),
        )
        assert not any(secret in text for text in everything)


def vars_of(record: logging.LogRecord) -> str:
    """Everything a log record holds."""
    return str(vars(record))


@pytest.mark.requirement("AUDIT-17")
async def test_a_span_holds_operation_and_outcome_alone(app: Any, spans: InMemorySpanExporter) -> None:
    """Two attributes, no event with the words of an error; a caller's trace goes on."""
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    async with client_of(app, "operator") as operator:
        named = {"traceparent": parent, "tegata-operator": "suzuki", "tegata-terminal": "desk-1"}
        answer = await operator.post(
            "/card/counts", content=f'{{"request_id": "{UUID(int=7)}"}}'.encode(), headers=named
        )
    assert answer.status_code == 500
    (span,) = spans.get_finished_spans()
    assert attributes(span) == {"tegata.operation": "card.counts", "tegata.outcome": "status_500"}
    assert (span.events, span.status.description) == ((), None)
    assert span.context is not None
    assert f"{span.context.trace_id:032x}" == parent.split("-")[1]


def attributes(span: ReadableSpan) -> dict[str, Any]:
    """The attributes of a span."""
    return dict(span.attributes or {})


class Other:
    """Another system that answers as it is told."""

    def __init__(self, outcome: Exception | None) -> None:
        self._outcome = outcome

    async def __call__(
        self, operation: str, message: Message | bytes, answer: type[T], *, act: Act, idempotency_key: str | None = None
    ) -> T:
        """Answer."""
        if self._outcome is not None:
            raise self._outcome
        return Acknowledged(reference=act.request_id)  # type: ignore[return-value] # the one answer that is asked for


@pytest.mark.requirement("AUDIT-17")
@pytest.mark.parametrize(
    ("outcome", "code"),
    [(None, "done"), (Refused("key_reused", 409), "key_reused"), (Unanswered("ConnectError"), "unanswered")],
)
async def test_calls_to_other_systems(
    watch: Watch, spans: InMemorySpanExporter, entropy: SeededBytes, outcome: Exception | None, code: str
) -> None:
    """A call is counted by what came of it, and what it raises is passed on."""
    call: Call = watch.call(Other(outcome))
    act = Act("x", "card", "card", UUID(int=1), START, entropy)
    with nullcontext() if outcome is None else pytest.raises(type(outcome)):
        await call("juki.user_information", b"{}", Acknowledged, act=act)
    assert shown(watch) == {count("call", "juki.user_information", code): 1.0}
    (span,) = spans.get_finished_spans()
    assert attributes(span)["tegata.outcome"] == code


@pytest.mark.requirement("AUDIT-17")
async def test_steps_of_a_worker(watch: Watch, spans: InMemorySpanExporter) -> None:
    """A step's runs, what they did, and one that fell over."""
    left = [3, 0]

    async def send(_: object) -> int:
        return left.pop(0)

    async def fall(_: object) -> int:
        raise RuntimeError(NUMBER)

    worker = watch.steps(Worker({"send": send, "fall": fall}, lambda: START))
    assert await worker.run_step("send") == 3
    with pytest.raises(RuntimeError):
        await worker.run_step("fall")
    assert shown(watch) == {
        count("step", "send", "done"): 2.0,
        count("step", "fall", "failed"): 1.0,
        'tegata_step_items_total{operation="send"}': 3.0,
    }
    assert NUMBER not in "".join(span.to_json() for span in spans.get_finished_spans())


async def test_a_crash_is_passed_on(watch: Watch) -> None:
    """What an application raises goes through, and is counted as failed."""

    async def falls(_scope: Any, _receive: Any, _send: Any) -> None:
        raise RuntimeError

    transport = httpx.ASGITransport(app=watch.application(falls), raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url="https://test") as client:
        with pytest.raises(RuntimeError):
            await client.post("/anything")
    assert shown(watch) == {count("request", "unmatched", "status_500"): 1.0}


async def test_without_traces_nothing_is_traced(clock: FrozenClock) -> None:
    """With the tracer of a process whose traces are off, everything else is as before."""
    watch = Watch(Metrics(), NoOpTracer())

    async def one(_: object) -> int:
        return 0

    await watch.steps(Worker({"one": one}, clock)).run_step("one")
    assert re.search(r'tegata_step_seconds_count\{operation="one"\} 1.0', watch.metrics.text().decode())
