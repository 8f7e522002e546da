import logging
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from mdoc.errors import VicalRefused
from mdoc.vical import Vical, read_vical
from pki.app import PkiParts, create_worker
from pki.keys.signer import ES256, SoftwareSigner, generate
from pki.plan import CeremonyHalted
from pki.root_list import RootList
from pki.trust.mdoc import vical_signer_trust
from tests.pki.listener.conftest import silent
from tests.support.clock import START
from tests.support.hierarchy import BEGIN, Hierarchy, plan

NEXT = timedelta(days=plan().vical.next_update)
WARNING = "list of roots ends soon"


@pytest.fixture
def state(pki: Hierarchy, tmp_path: Path) -> Path:
    """A copy of what the list rests on."""
    for name in ("trust", "certificates", "registers", "ceremony"):
        shutil.copytree(pki.state / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def roots(pki: Hierarchy, state: Path) -> RootList:
    """The list as the worker keeps it."""
    return RootList(state, plan(), pki.signer("vical_signer"), [pki.certificate("iaca")])


def listed(pki: Hierarchy, state: Path, at: datetime) -> Vical:
    """The list that is there, as a relying party reads it."""
    content = (state / "trust" / "vical.cbor").read_bytes()
    return read_vical(content, trust=vical_signer_trust(pki.anchors("iaca")), at=at)


def test_the_list_is_signed_anew_in_time(
    roots: RootList, pki: Hierarchy, state: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Before half of its time nothing happens, afterwards the next one is there, long before anybody misses it."""
    assert roots.renew(BEGIN + NEXT / 2) == 0
    late = BEGIN + NEXT / 2 + timedelta(seconds=1)
    assert roots.renew(late) == 1
    assert listed(pki, state, late).next_update == late + NEXT
    assert roots.renew(late) == 0
    (state / "trust" / "vical.cbor").unlink()
    assert roots.renew(late) == 1
    assert WARNING not in caplog.text


def test_a_list_that_cannot_be_signed_sounds_the_alarm(
    roots: RootList, pki: Hierarchy, caplog: pytest.LogCaptureFixture
) -> None:
    """Once a day, with the days that are left: the signer's certificate has ended, and nobody has made another."""
    end = pki.certificate("vical_signer").not_valid_after_utc
    assert roots.renew(end - timedelta(days=1)) == 1
    with caplog.at_level(logging.WARNING):
        for hours in (1, 2, 30):
            with pytest.raises(VicalRefused):
                roots.renew(end + timedelta(hours=hours))
    said = [record for record in caplog.records if record.message == WARNING]
    assert [record.__dict__["count"] for record in said] == [0, 0]


def test_a_key_that_was_not_certified_keeps_no_list(pki: Hierarchy, state: Path) -> None:
    """Another key than the ceremony's, or a name without a certificate, is refused when the worker starts."""
    with pytest.raises(CeremonyHalted):
        RootList(state, plan(), SoftwareSigner(generate(ES256)), [pki.certificate("iaca")])
    (state / "certificates" / "vical_signer.pem").unlink()
    with pytest.raises(CeremonyHalted):
        RootList(state, plan(), pki.signer("vical_signer"), [pki.certificate("iaca")])


async def test_the_worker_keeps_the_list(parts: PkiParts, pki: Hierarchy, state: Path) -> None:
    """The step of the worker signs it; without the key there is no such step."""
    worker = create_worker(parts, silent, state=state, vical=pki.signer("vical_signer"))  # type: ignore[arg-type]  # never called
    assert await worker.run_step("vical", START) == 0
    assert await worker.run_step("vical", START + NEXT / 2) == 1
    assert listed(pki, state, START + NEXT / 2).date == START + NEXT / 2
    without = create_worker(parts, silent, state=state)  # type: ignore[arg-type]  # never called
    assert "vical" not in without.steps
