from opentelemetry import trace
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tegata.compose.traces import ENDPOINT, provider, start_traces


def test_traces_are_off_unless_an_endpoint_is_named() -> None:
    """Without the setting, or with an empty one, no provider is set and no span is recorded."""
    for environment in ({}, {ENDPOINT: ""}):
        assert not start_traces("issuer", environment)
        assert not trace.get_tracer("tegata").start_span("x").is_recording()


def test_spans_name_the_system_and_nothing_of_the_machine() -> None:
    """The resource of a span is the name of the service; spans arrive when the provider is flushed."""
    exporter = InMemorySpanExporter()
    made = provider("issuer", exporter)
    made.get_tracer("tegata").start_span("request issuer.find").end()
    assert made.force_flush()
    (span,) = exporter.get_finished_spans()
    assert dict(span.resource.attributes) == {"service.name": "tegata-issuer"}
    made.shutdown()
