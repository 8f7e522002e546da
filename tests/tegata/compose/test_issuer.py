"""The eraser of the mdoc issuance system as a process."""

import asyncio
from pathlib import Path

import pytest

from issuer.store import DATABASE
from tegata.compose.ground import Settings
from tegata.compose.issuer import run_issuer_sweep
from tegata.house import LISTENERS, House
from tegata.serve.run import TERMS
from tests.support.database import Stores

PERIODS = {"mdoc_years": "10", "event_years": "10", "diary_years": "3", "message_days": "30"}


def settings(stores: Stores, tmp_path: Path, **options: str) -> Settings:
    """What the process is told: its own database under the sweep role, and its periods."""
    return Settings(state=tmp_path, database_urls={"issuer": stores.urls(DATABASE).sweep}, options=options)


@pytest.mark.requirement("RETAIN-12")
@pytest.mark.parametrize("missing", PERIODS)
async def test_it_does_not_start_without_its_periods(stores: Stores, tmp_path: Path, missing: str) -> None:
    """No period has a default: the error names the one that nobody set."""
    options = {name: value for name, value in PERIODS.items() if name != missing}
    with pytest.raises(KeyError, match=missing):
        await run_issuer_sweep(settings(stores, tmp_path, **options))


@pytest.mark.requirement("RETAIN-13")
async def test_it_erases_again_and_again(stores: Stores, tmp_path: Path) -> None:
    """With its periods it runs until it is ended, with no other rights than those of the eraser."""
    running = asyncio.create_task(run_issuer_sweep(settings(stores, tmp_path, sweep_every="0.01", **PERIODS)))
    await asyncio.sleep(0.3)
    alive = not running.done()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert alive


def test_a_served_house_erases(tmp_path: Path, stores: Stores) -> None:
    """`tegata serve` sets the periods and so runs the eraser, under the sweep role; without them there is none."""
    ports, urls = dict.fromkeys(LISTENERS, 1), {name: stores.urls(DATABASE) for name in ("issuer", "pki")}
    urls |= {name: stores.urls(DATABASE) for name in ("number", "juki", "card", "fuhyo", "fuhyo_tmp")}
    served = {each.name: each for each in House(tmp_path, ports, urls, TERMS).services()}
    plain = {each.name for each in House(tmp_path, ports, urls, {}).services()}

    assert "issuer-sweep" not in plain
    assert served["issuer-sweep"].settings["database_urls"] == {"issuer": stores.urls(DATABASE).sweep}
