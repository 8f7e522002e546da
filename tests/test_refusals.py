"""What counts as a refusal of a service, and what a run hears of those that nobody uttered."""

from types import SimpleNamespace
from typing import Any

import pytest

from issuer.smp.verification.verify import CheckFailed
from registry.errors import Code, RegistryError
from registry.juki.reasons import State, decide
from registry.problems import ServiceError, problems
from registry.trail import provide
from tests.support.refusals import SENT, RefusalsPlugin


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch) -> RefusalsPlugin:
    """A plugin of its own, beside that of the run."""
    monkeypatch.setattr(ServiceError, "__init__", ServiceError.__init__)
    monkeypatch.setattr(CheckFailed, "__init__", CheckFailed.__init__)
    monkeypatch.setattr(provide, "refusal", provide.refusal)
    made = RefusalsPlugin()
    made.listen()
    return made


def session(**more: Any) -> Any:
    """A session of all tests."""
    option = SimpleNamespace(keyword="", markexpr="", collectonly=False)
    config = SimpleNamespace(option=option, args_source=SimpleNamespace(name="TESTPATHS"), **more)
    return SimpleNamespace(config=config, exitstatus=pytest.ExitCode.OK)


def test_a_refusal_by_a_service_is_heard(plugin: RefusalsPlugin) -> None:
    """A rule of juki refuses, and its code is noted; one that a test makes up is not."""
    with pytest.raises(RegistryError) as refused:
        decide("birth", State.PRESENT, [])
    made_up = RegistryError(Code.NO_FREE_NUMBER)

    assert plugin.heard == {refused.value.code}
    assert made_up.code not in plugin.heard


def test_a_code_that_nobody_uttered_is_named(plugin: RefusalsPlugin, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a whole green run each missing code is named, and where every one is asked for the run fails."""
    plugin.heard = set(problems()) - {"not_permitted"}
    monkeypatch.delenv("TEGATA_EVERY_REFUSAL", raising=False)
    named = session()
    plugin.pytest_sessionfinish(named, pytest.ExitCode.OK)
    assert (plugin.missing, named.exitstatus) == (["not_permitted"], pytest.ExitCode.OK)

    monkeypatch.setenv("TEGATA_EVERY_REFUSAL", "1")
    short = session()
    plugin.pytest_sessionfinish(short, pytest.ExitCode.OK)
    assert (plugin.missing, short.exitstatus) == (["not_permitted"], pytest.ExitCode.TESTS_FAILED)

    plugin.pytest_testnodedown(SimpleNamespace(workeroutput={SENT: ["not_permitted"]}))
    whole = session()
    plugin.pytest_sessionfinish(whole, pytest.ExitCode.OK)
    assert (plugin.missing, whole.exitstatus) == ([], pytest.ExitCode.OK)


def test_a_part_of_the_tests_is_not_judged(plugin: RefusalsPlugin) -> None:
    """A run of one file, or of a worker process, is not failed; the worker hands over what it heard."""
    part, worker = session(), session(workeroutput={})
    part.config.args_source.name = "ARGS"
    plugin.heard = {"not_found"}
    plugin.pytest_sessionfinish(part, pytest.ExitCode.OK)
    plugin.pytest_sessionfinish(worker, pytest.ExitCode.OK)

    assert {part.exitstatus, worker.exitstatus} == {pytest.ExitCode.OK}
    assert worker.config.workeroutput == {SENT: ["not_found"]}
