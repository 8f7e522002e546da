"""What counts as a refusal of a service, and what a run hears of those that nobody uttered."""

from types import SimpleNamespace
from typing import Any, Literal

import pytest

from issuer.smp.verification.attestation.chain import authorities_under
from issuer.smp.verification.attestation.refused import AttestationRefused
from issuer.smp.verification.verify import CheckFailed
from pki.trust.anchors import Anchors
from registry.errors import Code, RegistryError
from registry.juki.reasons import State, decide
from registry.problems import ServiceError, problems
from registry.trail import provide
from tests.support.clock import START
from tests.support.refusals import SENT, RefusalsPlugin


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch) -> RefusalsPlugin:
    """A plugin of its own, beside that of the run."""
    monkeypatch.setattr(ServiceError, "__init__", ServiceError.__init__)
    monkeypatch.setattr(CheckFailed, "__init__", CheckFailed.__init__)
    monkeypatch.setattr(AttestationRefused, "__init__", AttestationRefused.__init__)
    monkeypatch.setattr(provide, "refusal", provide.refusal)
    made = RefusalsPlugin()
    made.listen()
    return made


def session(**more: Any) -> Any:
    """A session of all tests."""
    option = SimpleNamespace(keyword="", markexpr="", collectonly=False)
    config = SimpleNamespace(option=option, args_source=SimpleNamespace(name="TESTPATHS"), **more)
    return SimpleNamespace(config=config, exitstatus=pytest.ExitCode.OK)


def report(outcome: Literal["passed", "skipped"]) -> pytest.TestReport:
    """How a test went."""
    return pytest.TestReport("test", ("test.py", 1, "test"), {}, outcome, None, "call")


def test_a_disbelieved_attestation_is_heard(plugin: RefusalsPlugin) -> None:
    """What a check of an attestation refuses is noted under its code."""
    with pytest.raises(AttestationRefused) as refused:
        authorities_under(Anchors(()), [b"no certificate"], at=START)
    assert plugin.heard == {str(refused.value.code)}


def test_a_refusal_by_a_service_is_heard(plugin: RefusalsPlugin) -> None:
    """A rule of juki refuses, and its code is noted; one that a test makes up is not."""
    with pytest.raises(RegistryError) as refused:
        decide("birth", State.PRESENT, [])
    made_up = RegistryError(Code.NO_FREE_NUMBER)

    assert plugin.heard == {refused.value.code}
    assert made_up.code not in plugin.heard


def test_a_code_that_nobody_uttered_fails_the_run(plugin: RefusalsPlugin) -> None:
    """A whole green run that leaves a code out is failed, and the code is named; one that has them all is not."""
    plugin.heard = set(problems()) - {"not_permitted"}
    short = session()
    plugin.pytest_sessionfinish(short, pytest.ExitCode.OK)
    assert (plugin.missing, short.exitstatus) == (["not_permitted"], pytest.ExitCode.TESTS_FAILED)

    plugin.pytest_testnodedown(SimpleNamespace(workeroutput={SENT: ["not_permitted"]}))
    whole = session()
    plugin.pytest_sessionfinish(whole, pytest.ExitCode.OK)
    assert (plugin.missing, whole.exitstatus) == ([], pytest.ExitCode.OK)


def test_what_was_skipped_may_have_been_the_test_of_a_code(plugin: RefusalsPlugin) -> None:
    """Where tests were skipped, as on a machine without a token, a missing code is named and fails nothing."""
    plugin.heard = set(problems()) - {"not_permitted"}
    plugin.pytest_runtest_logreport(report("passed"))
    plugin.pytest_runtest_logreport(report("skipped"))
    named = session()
    plugin.pytest_sessionfinish(named, pytest.ExitCode.OK)

    assert (plugin.missing, named.exitstatus) == (["not_permitted"], pytest.ExitCode.OK)


def test_a_part_of_the_tests_is_not_judged(plugin: RefusalsPlugin) -> None:
    """A run of one file, or of a worker process, is not failed; the worker hands over what it heard."""
    part, worker = session(), session(workeroutput={})
    part.config.args_source.name = "ARGS"
    plugin.heard = {"not_found"}
    plugin.pytest_sessionfinish(part, pytest.ExitCode.OK)
    plugin.pytest_sessionfinish(worker, pytest.ExitCode.OK)

    assert {part.exitstatus, worker.exitstatus} == {pytest.ExitCode.OK}
    assert worker.config.workeroutput == {SENT: ["not_found"]}
