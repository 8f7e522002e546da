"""Foreign implementations read what a whole issuance has produced, and the documentation's examples read it too."""

import re
import subprocess
import warnings
from datetime import datetime
from pathlib import Path
from typing import Any

import cbor2
import pytest

from mdoc import cbor
from mdoc.mso import StatusReference
from mdoc.status import Status, evaluate
from mdoc.verify import verify_device_response
from pki.trust.anchors import load_anchors
from pki.trust.mdoc import status_signer_trust
from tegata.compose.describe import describe_into
from tegata.demo.present import present, status_list_of
from tegata.demo.report import keep_artefacts
from tegata.demo.stage import Holder, Stage
from tests.journeys.conftest import holders, house, houses, inhabited, stage
from tests.support.services import Joined

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the foreign packages' own affair
    import isomdoc
    from pymdoccbor.mdoc.verifier import MobileDocument

__all__ = ["holders", "house", "houses", "inhabited", "stage"]  # fixtures, found by name

DOC_TYPE = "org.iso.23220.1.jp.mnc"
ROOT = Path(__file__).parents[2]
PYTHON = re.compile(r"```python\n(.*?)```", re.DOTALL)


async def artefacts(joined: Joined, journey: Stage, holder: Holder, folder: Path) -> None:
    """Leave in a folder what the demo leaves."""
    for name in ("juki", "issuer"):
        describe_into(joined.apps[name].whole, joined.state / "openapi", name)
    presented = await present(journey, holder)
    folder.mkdir(parents=True)  # noqa: ASYNC240 - a test has nobody else to serve
    keep_artefacts(folder, joined.state, holder, presented, await status_list_of(journey, holder))


def run(*command: str | Path) -> str:
    """Run a program and return what it prints."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True)
    return done.stdout


@pytest.mark.people(1)
@pytest.mark.requirement("MDOC-22", "MDOC-66")
async def test_foreign_readers_accept_the_artefacts(
    house: Joined, stage: Stage, holders: list[Holder], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pymdoccbor, isomdoc and OpenSSL accept record, presentation and certificates; so do the documented examples."""
    folder = tmp_path / "clone" / "build" / "demo"
    await artefacts(house, stage, holders[0], folder)

    issued: Any = cbor.decode((folder / "issuer_signed.cbor").read_bytes())
    record = MobileDocument(docType=DOC_TYPE, issuerSigned=plain(issued))
    assert record.verify()
    transcript = (folder / "session_transcript.cbor").read_bytes()
    response = (folder / "device_response.cbor").read_bytes()
    read: Any = isomdoc.verify_device_response(response, plain(cbor.decode(transcript)))
    assert len(read.documents) == 1
    assert "OK" in run(
        "openssl", "verify", "-x509_strict", "-CAfile", folder / "iaca.pem", folder / "document_signer.pem"
    )
    assert "1.0.18013.5.1.2" in run("openssl", "x509", "-noout", "-text", "-in", folder / "document_signer.pem")
    check_ourselves(stage, folder, response, transcript, house.clock())
    monkeypatch.chdir(folder.parents[1])
    run_examples(house.clock())


def plain(value: Any) -> Any:
    """Return decoded CBOR as the foreign reader decodes it itself."""
    return cbor2.loads(cbor.encode(value))


def check_ourselves(stage: Stage, folder: Path, response: bytes, transcript: bytes, at: datetime) -> None:
    """The presentation verifies with our own verifier, and the published list says VALID."""
    (document,) = verify_device_response(response, transcript, trust=stage.trust, at=at)
    reference = document.status
    assert isinstance(reference, StatusReference)
    token = (folder / "status_list.cwt").read_bytes()
    trust = status_signer_trust(load_anchors(folder / "iaca.pem"))
    assert evaluate(reference, token, trust=trust, at=at)[0] is Status.VALID


def run_examples(at: datetime) -> None:
    """Run every Python example of the documentation, with the journey's instant in place of the present one."""
    found = 0
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        names: dict[str, Any] = {"__name__": "example"}  # the examples of a page build upon each other
        for example in PYTHON.findall(page.read_text()):
            found += 1
            code = example.replace("datetime.now(UTC)", f"datetime.fromisoformat({at.isoformat()!r})")
            exec(compile(code, page.name, "exec"), names)  # noqa: S102 - that is the point
    assert found
