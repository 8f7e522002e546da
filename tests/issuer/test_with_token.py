"""The worker with its keys in a token: what a lost session costs, and what a lost token leaves behind (D9, D13)."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pkcs11
import pytest
from cryptography.hazmat.primitives import serialization
from litestar import Litestar
from sqlalchemy import select

from issuer.app import IssuerParts, IssuerSettings, Signers, create_app, create_worker
from issuer.authority.models import Issuance, IssuanceIntent
from issuer.authority.rotation import signed_request
from issuer.smp.application.models import Application
from issuer.smp.record.models import RecordSet
from issuer.status_list.models import StatusEntry
from issuer.store import DATABASE
from mdoc.status import VALUES, Status
from mdoc.verify import verify_issuer_signed
from pki.ca.issue import Period
from pki.iaca.delivery import proven_key
from pki.iaca.document_signer import certify_document_signer
from pki.iaca.root import Place
from pki.iaca.status_signer import certify_status_signer
from pki.keys.pkcs11 import Token
from pki.keys.signer import ES256
from pki.keys.store import signing_uri, wrapping_uri
from pki.keys.token_keys import TokenSigner
from pki.keys.uri import make_signer, make_wrapping_key
from pki.trust.mdoc import document_signer_trust
from registry.outbox.queue import Worker
from registry.postgres.database import Database
from registry.postgres.engine import Sessions
from tests.issuer.smp.conftest import Line
from tests.issuer.test_app import apply, bundle_of, fresh_nonce, line
from tests.support.applications import AUDIENCE, a_holder, a_phone, an_application
from tests.support.attestations import Phone, maker
from tests.support.clock import FrozenClock
from tests.support.entropy import SeededBytes
from tests.support.hierarchy import BEGIN, hierarchy
from tests.support.softhsm import softhsm

__all__ = ["line"]
PLACE = Place("JP", "Tegata", "https://tegata.example/iaca", "http://crl.tegata.example/iaca.crl")


@pytest.fixture
def database() -> Database:
    """The database of the mdoc issuance system."""
    return DATABASE


@pytest.fixture
def document() -> TokenSigner:
    """The document signer's key, in the token."""
    return in_token("document_signer")


@pytest.fixture
def status() -> TokenSigner:
    """The status signer's key, in the token."""
    return in_token("status_signer")


def in_token(name: str) -> TokenSigner:
    """A signer of the issuer, made in the token once."""
    signer = make_signer(signing_uri(softhsm(), "issuer", name), ES256)
    assert isinstance(signer, TokenSigner)
    return signer


@pytest.fixture
def settings(tmp_path: Path, document: TokenSigner, status: TokenSigner, clock: FrozenClock) -> IssuerSettings:
    """The ceremony's folder, with certificates for the keys in the token."""
    pki = hierarchy()
    root, registrar = pki.authority("iaca"), pki.registrar("token")
    period = Period(BEGIN, BEGIN + timedelta(days=400))
    certified = {
        "document_signer": certify_document_signer(PLACE, "DS", document.public_key, period, root, registrar),
        "status_signer": certify_status_signer(PLACE, "Status", status.public_key, period, root, registrar),
    }
    (tmp_path / "certificates").mkdir()
    for name, certificate in certified.items():
        pem = certificate.public_bytes(serialization.Encoding.PEM)
        (tmp_path / "certificates" / f"{name}.pem").write_bytes(pem)
    for name in ("trust", "systems"):
        (tmp_path / name).symlink_to(pki.state / name)
    maker().publish(tmp_path / "makers", at=clock())
    return IssuerSettings(
        database_url="",
        state=tmp_path,
        wrapping_key=wrapping_uri(softhsm(), "issuer"),
        public_url=AUDIENCE,
        makers=tmp_path / "makers",
        status_list_size=512,
        open_status_lists=1,
    )


@pytest.fixture
def parts(
    settings: IssuerSettings, sessions: Sessions, clock: FrozenClock, entropy: SeededBytes, line: Line
) -> IssuerParts:
    """Clock, chance, and a wrapping key in the token."""
    return IssuerParts(sessions, clock, entropy, make_wrapping_key(settings.wrapping_key, entropy), line)


@pytest.fixture
def app(settings: IssuerSettings, parts: IssuerParts) -> Litestar:
    """The inner listener."""
    return create_app(settings, parts)


@pytest.fixture
def worker(settings: IssuerSettings, parts: IssuerParts, document: TokenSigner, status: TokenSigner) -> Worker:
    """The worker, which signs in the token."""
    return create_worker(settings, parts, Signers(document, status, in_token))


def test_the_next_signer_proves_its_key(document: TokenSigner) -> None:
    """The request for a certificate is signed in the token as well, and the IACA takes it for proven."""
    assert proven_key(signed_request(document)) == document.public_key


def close(signer: TokenSigner) -> None:
    """Close the session beneath a signer (C_CloseSession)."""
    token = signer._token
    with token._library.lock:
        token._session().session.close()


async def applied(app: Litestar, phone: Phone) -> None:
    """An application that is accepted."""
    answer = await apply(app, an_application(a_holder(), phone, await fresh_nonce(app)))
    assert answer.status_code == 202, answer.text


async def intents(sessions: Sessions) -> list[IssuanceIntent]:
    """Every intent, in the order of attempts."""
    async with sessions() as session:
        order = (IssuanceIntent.attempt, IssuanceIntent.position)
        return list(await session.scalars(select(IssuanceIntent).order_by(*order)))


async def accepted_records(line: Line, phone: Phone, clock: FrozenClock) -> int:
    """How many records arrived that a verifier accepts."""
    trust = document_signer_trust(hierarchy().anchors("iaca"))
    letter = await bundle_of(line, phone)
    for record in letter["records"]:
        verify_issuer_signed(record, trust=trust, at=clock(), doc_type=letter["doc_type"])
    return len(letter["records"])


@pytest.mark.requirement("MDOC-20")
async def test_session_closed_before_every_signature(
    app: Litestar,
    worker: Worker,
    document: TokenSigner,
    line: Line,
    clock: FrozenClock,
    sessions: Sessions,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A session closed between preparing and signing costs a retry each time: every record is signed, in one set."""
    phone, sign = a_phone(), Token.sign

    def closing(self: Token, *arguments: Any, **terms: Any) -> bytes:
        close(document)
        return sign(self, *arguments, **terms)

    monkeypatch.setattr(Token, "sign", closing)
    await applied(app, phone)
    before = document._token._library.generation
    await worker.drain(clock())
    made = await intents(sessions)
    assert {(one.attempt, one.state) for one in made} == {(1, "signed")}
    assert await accepted_records(line, phone, clock) == len(made) == len(phone.device_keys)
    assert document._token._library.generation > before + len(made)


@pytest.mark.requirement("MDOC-20")
async def test_token_lost_in_the_middle_of_a_set(
    app: Litestar,
    worker: Worker,
    line: Line,
    clock: FrozenClock,
    sessions: Sessions,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A token lost after the first signature leaves nothing released; its places become INVALID and work resumes."""
    phone, used = a_phone(), []
    private: Callable[..., Any] = Token._private

    def failing(self: Token, *arguments: Any) -> Any:
        used.append(1)
        if len(used) > 1:
            raise pkcs11.DeviceError
        return private(self, *arguments)

    await applied(app, phone)
    with monkeypatch.context() as patch:
        patch.setattr(Token, "_private", failing)
        patch.setattr("pki.keys.pkcs11._PAUSES", (0.0,))
        await worker.run_step("verify")
        used.clear()
        await worker.run_step("issue")
        await worker.run_step("outbox")
    async with sessions() as session:
        assert list(await session.scalars(select(RecordSet))) == []
        assert [row.state for row in await session.scalars(select(Issuance))] == ["running"]
    assert {one.state for one in await intents(sessions)} == {"intended"}
    assert not any(operation == "relay.push" for operation, _ in line.asked)

    clock.advance(seconds=21)  # the lease of the claim
    await worker.drain(clock())
    await resumed(sessions, phone)
    assert await accepted_records(line, phone, clock) == len(phone.device_keys)


async def resumed(sessions: Sessions, phone: Phone) -> None:
    """The first attempt was given up, INVALID; the second was signed; there is one set."""
    made = await intents(sessions)
    assert {(one.attempt, one.state) for one in made} == {(1, "given_up"), (2, "signed")}
    assert len(made) == 2 * len(phone.device_keys)
    async with sessions() as session:
        entries = list(await session.scalars(select(StatusEntry).where(StatusEntry.decoy.is_(False))))
        (row,) = await session.scalars(select(Issuance))
        (record_set,) = await session.scalars(select(RecordSet))
        (application,) = await session.scalars(select(Application))
    values = {(one.list_id, one.idx): one.value for one in entries}
    told = {one.state: values[one.list_id, one.idx] for one in made}
    assert told == {"given_up": VALUES[Status.INVALID], "signed": VALUES[Status.VALID]}
    assert (row.state, row.attempt) == ("released", 2)
    assert record_set.mdoc_id == row.set_id
    assert application.application_status == "waiting_device"


async def test_session_closed_beneath_the_publication(
    app: Litestar, worker: Worker, status: TokenSigner, clock: FrozenClock
) -> None:
    """A session closed between two publications of a status list costs a retry: the next one is signed and stored."""
    await applied(app, a_phone())
    await worker.drain(clock())
    close(status)
    clock.advance(minutes=16)
    assert await worker.run_step("publish") >= 1
