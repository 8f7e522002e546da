"""A root of the IACA follows another while people hold records of the first: over the joined systems."""

import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from mdoc import cose
from mdoc.catalogue.mnc import NAME as MNC
from mdoc.errors import VerificationFailed
from mdoc.issuer_signed import decode_issuer_signed
from mdoc.status import Status, evaluate_document
from mdoc.verify import VerifiedDocument, verify_issuer_signed
from mdoc.vical import read_vical
from pki.rollover import roll_over
from pki.trust.anchors import Anchors, load_anchors, vical_anchors
from pki.trust.links import through_link
from pki.trust.mdoc import document_signer_trust, status_signer_trust, vical_signer_trust
from tegata.demo.issue import current_set, issue_all
from tegata.demo.present import present
from tegata.demo.stage import Holder, Stage
from tests.journeys.people import with_cards
from tests.pki.openssl import accepts
from tests.pki.test_rollover import successor_plan
from tests.support.clock import START, FrozenClock
from tests.support.database import FreshDatabases
from tests.support.entropy import SeededBytes
from tests.support.hierarchy import BEGIN, Hierarchy, hierarchy
from tests.support.services import Joined, joined

DAY = START + timedelta(days=10)
OLD, NEW = "iaca", "iaca-2026"


@pytest.fixture
async def house(
    fresh_databases: FreshDatabases, clock: FrozenClock, entropy: SeededBytes, tmp_path: Path
) -> AsyncIterator[Joined]:
    """Every system, after a ceremony that has made the root that follows in ten days."""
    state = tmp_path / "pki"
    shutil.copytree(hierarchy().state, state)
    roll_over(successor_plan(begins=DAY), state, at=BEGIN, random=SeededBytes("rollover"))
    folder = tmp_path / "house"
    folder.mkdir()
    async with joined(fresh_databases, clock, entropy, folder, pki=Hierarchy(state, BEGIN)) as made:
        yield made


def record_of(holder: Holder) -> bytes:
    """A holder's first record, as it lies on the phone."""
    found = current_set(holder)
    assert found is not None
    return found.records[0].issuer_signed


def signer_of(record: bytes, folder: Path, name: str) -> Path:
    """The document signer of a record as a file."""
    (der,) = cose.chain(decode_issuer_signed(record).issuer_auth, "issuerAuth")
    path = folder / f"{name}.pem"
    path.write_bytes(x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM))
    return path


def reader_of(state: Path, own: str, other: str, at: datetime) -> Anchors:
    """A relying party that knows one root alone and has followed the link to the other."""
    der = [
        x509.load_pem_x509_certificate((state / path).read_bytes()).public_bytes(Encoding.DER)
        for path in (f"links/{own}-to-{other}.pem", f"trust/{other}.pem")
    ]
    return through_link(load_anchors(state / "trust" / f"{own}.pem", doc_types=[MNC]), der[0], der[1], at)


async def judged(stage: Stage, record: bytes, anchors: Anchors, at: datetime) -> tuple[VerifiedDocument, Status]:
    """What a relying party with these anchors finds: the document, and what the list that it names says of it."""
    document = verify_issuer_signed(record, trust=document_signer_trust(anchors), at=at, doc_type=MNC)
    assert document.status is not None
    token = await stage.network.public().fetch(document.status.uri, "application/statuslist+cwt")
    status, _ = evaluate_document(document, [token], trust=status_signer_trust(anchors), at=at)
    return document, status


async def two_generations(house: Joined, stage: Stage, folder: Path) -> tuple[bytes, bytes]:
    """A record that was issued before the day, and another after it; both are presented on the day."""
    early, late = (await with_cards(stage, 4))[2:]
    await issue_all(stage, [early], folder, lambda _: None)
    house.clock.at = DAY + timedelta(hours=1)
    await house.settle()
    await issue_all(stage, [late], folder, lambda _: None)
    for holder in (early, late):
        assert (await present(stage, holder)).verdict.status == "VALID"
    return record_of(early), record_of(late)


async def test_records_of_both_generations_are_read(house: Joined, stage: Stage, tmp_path: Path) -> None:
    """From its day on the new root stands above records and lists; who knows either root, or the list, reads both."""
    old, new = await two_generations(house, stage, tmp_path / "phones")
    state, at = house.pki.state, house.clock()
    _openssl_goes_through_the_links(
        {OLD: signer_of(old, tmp_path, "old"), NEW: signer_of(new, tmp_path, "new")}, state, at
    )

    for anchors in (reader_of(state, OLD, NEW, at), reader_of(state, NEW, OLD, at), listed(state, at)):
        assert [(await judged(stage, record, anchors, at))[1] for record in (old, new)] == [Status.VALID] * 2
    with pytest.raises(VerificationFailed):
        await judged(stage, new, load_anchors(state / "trust" / "iaca.pem"), at)

    await _each_generation_has_lists_of_its_own(stage, (old, new), state, at)


def _openssl_goes_through_the_links(signers: Mapping[str, Path], state: Path, at: datetime) -> None:
    """OpenSSL accepts a signer of the other root through the link, and not without it."""
    when = ("-attime", str(int(at.timestamp())), "-x509_strict")
    for own, other in ((OLD, NEW), (NEW, OLD)):
        root, link = state / "trust" / f"{own}.pem", state / "links" / f"{own}-to-{other}.pem"
        assert accepts(root, signers[own], *when)
        assert accepts(root, signers[other], *when, "-untrusted", str(link))
        assert not accepts(root, signers[other], *when)


def listed(state: Path, at: datetime) -> Anchors:
    """The roots as the list of roots names them."""
    content = (state / "trust" / "vical.cbor").read_bytes()
    trust = vical_signer_trust(load_anchors(state / "trust" / "iaca.pem"))
    return vical_anchors(read_vical(content, trust=trust, at=at))


async def _each_generation_has_lists_of_its_own(
    stage: Stage, records: Sequence[bytes], state: Path, at: datetime
) -> None:
    """The list of a record is signed under the record's own root, or it counts for nothing (12.3.6)."""
    documents = [(await judged(stage, record, listed(state, at), at))[0] for record in records]
    uris = [document.status.uri for document in documents if document.status is not None]
    assert len(set(uris)) == 2
    trust = status_signer_trust(load_anchors(state / "trust" / "iaca.pem"))
    tokens = [await stage.network.public().fetch(uri, "application/statuslist+cwt") for uri in uris]
    found = [
        evaluate_document(one, [token], trust=trust, at=at)[0] for one, token in zip(documents, tokens, strict=True)
    ]
    assert found == [Status.VALID, Status.UNDETERMINED]
