"""Fixtures every test may ask for; how to use the databases stands in tests/support/database.py."""

import gc
import os

import pytest

from tests.support.clock import FrozenClock
from tests.support.database import fresh_databases, server, sessions, stores
from tests.support.entropy import SeededBytes
from tests.support.evidence import RESULTS, EvidencePlugin
from tests.support.memory import use_memory
from tests.support.refusals import RefusalsPlugin

__all__ = ["fresh_databases", "server", "sessions", "stores"]  # fixtures, found by name

use_memory()
gc.disable()  # a thousand modules are about to be imported, and stay

LONGEST_FIRST = ("tests/journeys/", "tests/tegata/", "tests/interop/", "tests/issuer/", "tests/chaos/")
"""Folders whose files take longest: begun last, one of them would keep a worker busy while the others stand idle."""


@pytest.fixture
def clock() -> FrozenClock:
    """A clock that stands at 10:00 in Tokyo on 10 April 2026."""
    return FrozenClock()


@pytest.fixture
def entropy() -> SeededBytes:
    """The same chance in every run."""
    return SeededBytes()


def pytest_configure(config: pytest.Config) -> None:
    """Gather which rows of the specification this run proves, and which refusals the services utter."""
    if not any(isinstance(plugin, EvidencePlugin) for plugin in config.pluginmanager.get_plugins()):
        config.pluginmanager.register(EvidencePlugin(config.rootpath / RESULTS), "tegata-evidence")
    if not config.pluginmanager.has_plugin("tegata-refusals"):
        refusals = RefusalsPlugin()
        refusals.listen()
        config.pluginmanager.register(refusals, "tegata-refusals")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, and leave out what takes half a minute unless it is asked for."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST_FIRST))
    if not os.environ.get("TEGATA_LONG"):
        later = pytest.mark.skip(reason="takes long: TEGATA_LONG=1 runs it, as .ci/run does")
        for item in items:
            if item.get_closest_marker("long"):
                item.add_marker(later)


def pytest_collection_finish() -> None:
    """What is imported and collected stays: the collector of garbage need not look at it again and again."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    gc.enable()
