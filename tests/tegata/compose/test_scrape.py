"""What `/metrics` shows of a store and of certificates; of running processes in tests/journeys/test_live.py."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from litestar.testing import AsyncTestClient
from opentelemetry.trace import NoOpTracer

from registry.reading import Reading
from tegata.compose.ground import Settings
from tegata.compose.metrics import Metrics
from tegata.compose.scrape import days_left, metrics_app, readings_of, scraped
from tegata.compose.watch import Watch
from tests.support.hierarchy import hierarchy


async def readings() -> list[Reading]:
    """Two figures of one gauge."""
    return [
        Reading("renewals", "renewals", 2, {"state": "done"}),
        Reading("renewals", "renewals", 1, {"state": "skipped"}),
    ]


@pytest.mark.requirement("AUDIT-17")
async def test_counters_and_readings_stand_on_one_page() -> None:
    """Plain text in the form of Prometheus; whatever else is asked is not there."""
    watch = Watch(Metrics(), NoOpTracer())
    watch.metrics.note("request", "issuer.find", "done", 0.003)
    async with AsyncTestClient(metrics_app(watch, readings)) as client:
        page = await client.get("/metrics")
        assert (await client.get("/")).status_code == 404
    assert page.headers["content-type"].startswith("text/plain")
    for line in (
        'tegata_requests_total{operation="issuer.find",outcome="done"} 1.0',
        'tegata_request_seconds_bucket{le="0.005",operation="issuer.find"} 1.0',
        'tegata_renewals{state="done"} 2.0',
        'tegata_renewals{state="skipped"} 1.0',
    ):
        assert line in page.text.splitlines()


def test_days_that_certificates_have_left() -> None:
    """By name, in days; a certificate that is not there has none to show."""
    state = hierarchy().state
    end = hierarchy().certificate("document_signer").not_valid_after_utc
    files = [state / "certificates" / "document_signer.pem", state / "nothing.pem"]
    (reading,) = days_left(files, end - timedelta(days=12))
    assert (reading.value, reading.labels) == (12.0, {"certificate": "document_signer"})
    (system,) = days_left([state / "systems" / "issuer" / "certificate.pem"], end)
    assert system.labels == {"certificate": "issuer"}


async def test_a_process_without_a_store_shows_its_certificates(tmp_path: Path) -> None:
    """The edge has no database: nothing is opened for it, and nothing is listened to without a port."""
    settings = Settings(state=tmp_path)
    assert await readings_of(settings, "edge")() == []
    async with scraped(settings, "edge"):
        assert asyncio.all_tasks() == {asyncio.current_task()}
