"""What a process counts (AUDIT-17): requests, calls and steps by operation and outcome, in the form of Prometheus.

Labels are operations of the access matrix, names of steps, and codes of problems: closed lists, nothing of a person.
"""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from registry.reading import Reading

SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Bounds of latencies; the suspension call has to stay below 1."""


class Metrics:
    """The counters of one process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._counts = {
            kind: Counter(f"tegata_{kind}s", f"{kind}s by outcome", ["operation", "outcome"], registry=self._registry)
            for kind in KINDS
        }
        self._seconds = {
            kind: Histogram(
                f"tegata_{kind}_seconds",
                f"seconds a {kind} took",
                ["operation"],
                buckets=SECONDS,
                registry=self._registry,
            )
            for kind in KINDS
        }
        self._done = Counter("tegata_step_items", "what steps have done", ["operation"], registry=self._registry)

    def note(self, kind: str, operation: str, outcome: str, seconds: float) -> None:
        """Count one request, call or step with its outcome (done, or the code of the problem) and its duration."""
        self._counts[kind].labels(operation, outcome).inc()
        self._seconds[kind].labels(operation).observe(seconds)

    def did(self, step: str, count: int) -> None:
        """Add what one run of a step has done."""
        self._done.labels(step).inc(count)

    def text(self, readings: Iterable[Reading] = ()) -> bytes:
        """Return the exposition: the counters, and readings taken just now."""
        now = CollectorRegistry(auto_describe=False)
        now.register(_Readings(list(readings)))
        return generate_latest(self._registry) + generate_latest(now)


KINDS = ("request", "call", "step")


class _Readings(Collector):
    """Gauges that were read outside: Prometheus asks for them synchronously, databases answer otherwise."""

    def __init__(self, readings: list[Reading]) -> None:
        self._readings = readings

    def collect(self) -> Iterable[Metric]:
        families: dict[str, GaugeMetricFamily] = {}
        for reading in self._readings:
            names = list(reading.labels)
            family = families.setdefault(
                reading.name, GaugeMetricFamily(f"tegata_{reading.name}", reading.meaning, labels=names)
            )
            family.add_metric([reading.labels[name] for name in names], reading.value)
        return families.values()
