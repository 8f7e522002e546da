import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from sqlalchemy import select

from pki.app import PkiParts, create_worker
from pki.ca.files import Line, append_line, read_certificate
from pki.ca.models import RevokedCertificate
from pki.ca.register import END_OF_CONTRACT
from pki.profiles.systems import SYSTEM
from registry.outbox.queue import Worker
from registry.peer.crl import SystemsCrl
from tests.pki.jpki.test_lists import Line as Cut
from tests.support.clock import FrozenClock
from tests.support.hierarchy import Hierarchy


@pytest.fixture
def state(pki: Hierarchy, tmp_path: Path) -> Path:
    """A copy of what the ceremony left, which a test may change."""
    for name in ("registers", "trust", "systems"):
        shutil.copytree(pki.state / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def worker(parts: PkiParts, state: Path) -> Worker:
    """The worker of this context, beside the ceremony's folder."""
    return create_worker(parts, Cut(), state=state)


def number(path: Path) -> int:
    """The number of the list in a file."""
    crl = x509.load_der_x509_crl(path.read_bytes())
    return crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number


async def test_the_ceremonys_lists_are_the_first_ones(worker: Worker, state: Path, clock: FrozenClock) -> None:
    """What the ceremony signed is taken over and stays in force; the next number is the next one, and is left there."""
    path = state / "trust" / "systems.crl"
    before = path.read_bytes()
    await worker.drain()
    assert path.read_bytes() == before
    clock.at += timedelta(days=46)
    await worker.drain()
    assert (number(path), number(state / "trust" / "iaca.crl")) == (2, 2)
    path.unlink()
    assert await worker.run_step("leave") == 1
    assert number(path) == 2


async def test_nothing_is_taken_twice(worker: Worker) -> None:
    """A register that has not changed is not read again."""
    assert await worker.run_step("register") > 0
    assert await worker.run_step("register") == 0


@pytest.mark.requirement("LINK-17")
async def test_end_of_a_contract_reaches_the_systems(
    worker: Worker, parts: PkiParts, state: Path, clock: FrozenClock
) -> None:
    """A contract that ends in the plan revokes the certificate that exists, and every system refuses it from then."""
    juki = read_certificate(state / "systems" / "juki" / "certificate.pem")
    assert juki is not None
    await worker.drain()
    crl = SystemsCrl(state / "trust" / "systems.crl", (state / "trust" / "systems_ca.pem").read_bytes())
    assert not crl.is_revoked(juki.serial_number, clock())
    serial = f"{juki.serial_number:x}"
    append_line(state / "registers" / "systems_ca.jsonl", Line("revoked", serial, SYSTEM.name, clock()))
    await worker.drain()
    assert crl.is_revoked(juki.serial_number, clock())
    async with parts.sessions() as session:
        causes = await session.scalars(select(RevokedCertificate.cause).where(RevokedCertificate.serial == serial))
    assert list(causes) == [END_OF_CONTRACT]
