"""Traces (OpenTelemetry): off, unless OTEL_EXPORTER_OTLP_ENDPOINT says where spans go.

Attributes of a span are the operation, the outcome and the request id: nothing of a person, of a message or of an
address. An error is its type.
"""

from collections.abc import Mapping

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"


def provider(system: str, exporter: SpanExporter) -> TracerProvider:
    """Return a provider whose spans name the system and nothing of the machine, and go to `exporter` in batches."""
    made = TracerProvider(resource=Resource({"service.name": f"tegata-{system}"}), shutdown_on_exit=True)
    made.add_span_processor(BatchSpanProcessor(exporter))
    return made


def start_traces(system: str, environment: Mapping[str, str]) -> bool:
    """Turn traces on for this process where the environment names an endpoint; tell whether they are on."""
    endpoint = environment.get(ENDPOINT)
    if not endpoint:
        return False
    trace.set_tracer_provider(provider(system, OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces")))
    return True
