"""Which refusals the services really uttered in a run: a code of the table that nobody uttered fails the run.

Noted is the code of every ServiceError that a service makes and of every refusal that it records, not what a test
makes by itself. Judged are whole runs that are green otherwise and skipped nothing: a part of the tests provokes a part
of the codes.
"""

import sys
from pathlib import Path
from types import FrameType
from typing import Any, Final

import pytest

from issuer.smp.verification.attestation.refused import AttestationRefused
from issuer.smp.verification.verify import CheckFailed
from registry.act import Act
from registry.problems import ServiceError, problems
from registry.trail import provide
from registry.trail.models import ProvisionRecord

ROOT = Path(__file__).parents[2]
SERVICES = tuple(f"{ROOT / package}/" for package in ("registry", "pki", "issuer"))
SENT = "refusals"


def by_a_service(frame: FrameType | None) -> bool:
    """Tell whether a refusal is a service's: the first caller beside constructors and the trail stands in its code."""
    while frame is not None and (frame.f_code.co_name == "__init__" or frame.f_code.co_filename == provide.__file__):
        frame = frame.f_back
    return frame is not None and frame.f_code.co_filename.startswith(SERVICES)


UTTERED: Final[tuple[type[Any], ...]] = (ServiceError, CheckFailed, AttestationRefused)
"""How services refuse, each with its `code`: a call, an application, and keys that are not believed."""


def _listen_to(kind: type[Any], heard: set[str]) -> None:
    made = kind.__init__

    def noted(self: Any, *said: Any, **members: Any) -> None:
        made(self, *said, **members)
        if by_a_service(sys._getframe(1)):
            heard.add(str(self.code))

    kind.__init__ = noted  # to listen, in tests only


class RefusalsPlugin:
    """Gathers the codes of a run, over all its processes."""

    def __init__(self) -> None:
        self.heard: set[str] = set()
        self.missing: list[str] = []
        self.skipped = False

    def listen(self) -> None:
        """Note from now on what is refused."""
        heard, recorded = self.heard, provide.refusal

        def kept(act: Act, code: str) -> ProvisionRecord:
            if by_a_service(sys._getframe(1)):
                heard.add(str(code))
            return recorded(act, code)

        for kind in UTTERED:
            _listen_to(kind, heard)
        provide.refusal = kept

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test that did not run may be the one that provokes a code."""
        self.skipped |= report.skipped

    def pytest_testnodedown(self, node: Any) -> None:
        """Take over what a worker process heard."""
        self.heard |= set(getattr(node, "workeroutput", {}).get(SENT, ()))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Hand the codes to the controller; there, judge a whole run that left a code out."""
        worker = getattr(session.config, "workeroutput", None)
        if worker is not None:
            worker[SENT] = sorted(self.heard)
        elif exitstatus == pytest.ExitCode.OK and is_whole(session.config):
            self.missing = sorted(set(problems()) - self.heard)
            if self.missing and not self.skipped:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say which codes nobody uttered."""
        for code in self.missing:
            terminalreporter.write_line(f"no test makes a service refuse with {code}", red=True)


def is_whole(config: pytest.Config) -> bool:
    """Tell whether a run is one of all tests."""
    options: Any = config.option
    return config.args_source.name != "ARGS" and not (options.keyword or options.markexpr or options.collectonly)
