import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from pki.app import DATABASE, PkiParts
from pki.ca.files import Line, append_line
from pki.ca.issue import Prepared, der
from pki.ca.register import intend
from pki.check import Entry, Gap, Problem, check_entry, check_registers, check_store, load_roots
from pki.profiles.annex_b import DOCUMENT_SIGNER, IACA_ROOT, READER, STATUS_SIGNER
from pki.profiles.jpki import SIGNATURE
from registry.sealing.columns import CannotOpen
from registry.sealing.data_keys import load_sealer
from tests.pki.conftest import CallAs
from tests.pki.iaca.test_delivery import the_ceremony
from tests.pki.jpki.conftest import an_order
from tests.support.clock import START
from tests.support.database import Stores, store_session
from tests.support.hierarchy import Hierarchy, hierarchy


def entry(name: str = "document_signer", profile: str = DOCUMENT_SIGNER.name, authority: str = "iaca") -> Entry:
    """A certificate of the ceremony, as the register has it."""
    certificate = hierarchy().certificate(name)
    return Entry(authority, f"{certificate.serial_number:x}", profile, der(certificate), profile)


GOOD = entry()
ROOT = entry("iaca", IACA_ROOT.name)
CASES: dict[str, tuple[Problem, Callable[[], Entry]]] = {
    "no DER": (Problem.UNREADABLE, lambda: replace(GOOD, der=b"\x30\x00")),
    "not opened": (Problem.UNREADABLE, lambda: replace(GOOD, der=None)),
    "unknown profile": (Problem.PROFILE_UNKNOWN, lambda: replace(GOOD, profile="mine", intended="mine")),
    "never intended": (Problem.NOT_RECORDED, lambda: replace(GOOD, intended=None)),
    "intended as another": (Problem.NOT_RECORDED, lambda: replace(GOOD, intended=READER.name)),
    "another serial": (Problem.OTHER_SERIAL, lambda: replace(GOOD, serial="1")),
    "root not trusted": (Problem.ANOTHER_ROOT, lambda: replace(ROOT, authority="reader_ca")),
    "another issuer": (Problem.SIGNATURE, lambda: replace(GOOD, authority="reader_ca")),
    "no such authority": (Problem.SIGNATURE, lambda: replace(GOOD, authority="nobody")),
    "another profile": (
        Problem.OUTSIDE_PROFILE,
        lambda: replace(GOOD, profile=STATUS_SIGNER.name, intended=STATUS_SIGNER.name),
    ),
}


@pytest.mark.parametrize(("problem", "make"), CASES.values(), ids=CASES)
def test_each_problem_is_found(pki: Hierarchy, problem: Problem, make: Callable[[], Entry]) -> None:
    """A certificate with one thing wrong is found with that problem; the same without it is not."""
    roots = load_roots(pki.state / "trust")
    assert check_entry(GOOD, roots) is None
    assert check_entry(ROOT, roots) is None
    finding = check_entry(make(), roots)
    assert finding is not None
    assert finding.problem is problem


def test_every_problem_has_a_case() -> None:
    """No problem is without a certificate that has it."""
    assert {problem for problem, _ in CASES.values()} == set(Problem)


def test_registers_of_a_ceremony_are_checked(pki: Hierarchy, tmp_path: Path) -> None:
    """Without a store the registers are checked; a serial that was never signed is a gap, a missing intent is found."""
    for name in ("registers", "trust"):
        shutil.copytree(pki.state / name, tmp_path / name)
    report = check_registers(tmp_path)
    certificates = [path for path in pki.state.rglob("*.pem") if b"BEGIN CERTIFICATE" in path.read_bytes()]
    assert (report.checked.total(), report.findings, report.gaps) == (len(certificates), [], [])
    register = tmp_path / "registers" / "iaca.jsonl"
    append_line(register, Line("intended", "abc", DOCUMENT_SIGNER.name, START))
    lines = register.read_bytes().splitlines(keepends=True)
    register.write_bytes(b"".join(lines[1:]))
    report = check_registers(tmp_path)
    assert report.gaps == [Gap("iaca", "abc", DOCUMENT_SIGNER.name)]
    assert [finding.problem for finding in report.findings] == [Problem.NOT_RECORDED]


async def test_every_certificate_of_the_store_is_checked(parts: PkiParts, pki: Hierarchy, call_as: CallAs) -> None:
    """Systems, signers, readers and holders are looked at; what cannot be opened and what was never signed is shown."""
    await the_ceremony(parts, pki)
    issued = (await call_as("card").post("pki.order_certificates", an_order())).json()
    prepared = Prepared(None, DOCUMENT_SIGNER, 0xABC, b"", None)  # type: ignore[arg-type]  # never signed
    await intend(parts.intents, "iaca", prepared, at=START)
    wrapping = parts.wrapping
    sealer = await load_sealer(
        parts.sessions, wrap=wrapping.wrap, unwrap=wrapping.unwrap, random=parts.random, at=START
    )

    def closed(*_: object) -> bytes:
        raise CannotOpen

    async with parts.sessions() as session:
        report = await check_store(session, load_roots(pki.state / "trust"), sealer.open)
        blind = await check_store(session, load_roots(pki.state / "trust"), closed)
    assert report.findings == []
    assert report.gaps == [Gap("iaca", "abc", DOCUMENT_SIGNER.name)]
    assert (report.checked[SIGNATURE.name], report.checked[DOCUMENT_SIGNER.name]) == (1, 1)
    assert {finding.problem for finding in blind.findings} == {Problem.UNREADABLE}
    assert {finding.serial for finding in blind.findings} == {
        issued["signature_serial"],
        issued["authentication_serial"],
    }


async def test_the_reader_reads_and_writes_nothing(stores: Stores, pki: Hierarchy) -> None:
    """The check runs under the read-only role, which sees every table it needs and may change none."""
    async with store_session(stores, DATABASE, role="check") as sessions, sessions() as session:
        report = await check_store(session, load_roots(pki.state / "trust"), lambda sealed, _: sealed)
        assert report.checked.total() == 0
        for statement in ("DELETE FROM issued_certificate", "SELECT resident_record_code FROM certificate_order"):
            with pytest.raises(ProgrammingError):
                async with session.begin_nested():
                    await session.execute(text(statement))
