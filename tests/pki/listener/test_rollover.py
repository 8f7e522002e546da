"""Two roots of the IACA at once: who certifies what, and whose lists and answers are served until when."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import msgspec
import pytest
from cryptography import x509
from sqlalchemy import func, select

from pki.app import PkiParts, create_worker, open_authorities
from pki.ca.files import write_certificate
from pki.ca.lists import listed_in
from pki.ca.models import IssuedCertificate, PublishedList
from pki.delegates import HOUSE_KEY, JPKI_KEY, KEYS, answer_keys
from pki.errors import Code, PkiError
from pki.iaca.delivery import certify_signer
from pki.iaca.tools import IacaTools
from pki.keys.signer import Signer
from pki.keys.store import signing_uri
from pki.keys.uri import open_signer
from pki.public import create_public_app
from registry.act import job
from registry.messages.signers import CertifySigner
from registry.outbox.queue import Worker
from registry.postgres.engine import Sessions, open_engine, open_sessions
from tegata.databases import StoreUrls
from tests.pki.iaca.test_delivery import asking
from tests.pki.listener.conftest import silent
from tests.pki.listener.test_openssl import OpenSsl, serve
from tests.pki.test_rollover import rolled_over, successor_plan
from tests.support.clock import START, FrozenClock
from tests.support.hierarchy import Hierarchy

DAY = START + timedelta(days=30)


@pytest.fixture
def state(pki: Hierarchy, tmp_path: Path) -> Path:
    """The ceremony's folder in which a root follows in a month."""
    return rolled_over(pki, tmp_path / "house", successor_plan(begins=DAY))


@pytest.fixture
def parts(parts: PkiParts, state: Path) -> PkiParts:
    """What the composition root opens of it."""
    keys = (state / "keys").as_uri()
    opened = open_authorities(state / "trust", lambda name: open_signer(signing_uri(keys, "pki", name)))
    return PkiParts(parts.sessions, parts.now, parts.random, parts.wrapping, opened, parts.intents)


@pytest.fixture
def keys(pki: Hierarchy) -> dict[str, Signer]:
    """The keys that sign status answers."""
    return {name: pki.signer(name) for name in (HOUSE_KEY, JPKI_KEY)}


@pytest.fixture
async def worker(parts: PkiParts, state: Path, keys: dict[str, Signer]) -> Worker:
    """The worker, with the registers taken over."""
    delegates = {name: signer.public_key for name, signer in keys.items()}
    made = create_worker(parts, silent, state=state, delegates=delegates)  # type: ignore[arg-type]  # never called
    await made.run_step("register")
    return made


async def certify(parts: PkiParts, begin: datetime, at: datetime = START) -> x509.Certificate:
    """Have a document signer certified that begins on some day."""
    tools = IacaTools(successor_plan(begins=DAY), parts.authorities, parts.intents, None)  # type: ignore[arg-type]  # nothing is sealed
    act = job("pki", "pki.certify_signer", at=at, random=parts.random)
    message = msgspec.convert(asking(begin=begin), CertifySigner)
    async with parts.sessions.begin() as session:
        answer = await certify_signer(session, act, message, tools)
    return x509.load_der_x509_certificate(answer.certificate)


@pytest.mark.parametrize(("early", "name"), [(1, "iaca"), (0, "iaca-2026")])
async def test_the_root_of_a_signers_first_day_certifies_it(
    worker: Worker, parts: PkiParts, early: int, name: str
) -> None:
    """Who begins on the day of the new root is certified by it, announced before; who begins before, by the old one."""
    del worker
    certificate = await certify(parts, DAY - timedelta(seconds=early))
    certificate.verify_directly_issued_by(parts.authorities[name].certificate)
    points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    assert [each.value for each in points[0].full_name or ()] == [f"http://crl.tegata.example/{name}.crl"]
    async with parts.sessions() as session:
        serial = f"{certificate.serial_number:x}"
        assert await session.get(IssuedCertificate, (name, serial))


async def test_a_root_that_is_not_open_certifies_nothing(parts: PkiParts) -> None:
    """A process that was not started anew refuses, instead of going on with the root that was followed."""
    left = {name: each for name, each in parts.authorities.items() if name != "iaca-2026"}
    with pytest.raises(PkiError) as refusal:
        await certify(PkiParts(parts.sessions, parts.now, parts.random, parts.wrapping, left, parts.intents), DAY)
    assert refusal.value.code == Code.SIGNER_REFUSED
    assert "not open" in refusal.value.detail


async def numbers(sessions: Sessions) -> dict[str, int]:
    """How many lists each authority has made."""
    async with sessions() as session:
        rows = await session.execute(select(PublishedList.authority, func.count()).group_by(PublishedList.authority))
        return {name: count for name, count in rows if name.startswith("iaca")}


async def test_the_old_root_lists_as_long_as_it_is_needed(worker: Worker, parts: PkiParts) -> None:
    """Both roots list beside each other; the one that was followed stops after its last signer and what it listed."""
    made = await certificates(parts.sessions, "iaca")
    last = max(one.not_valid_after_utc for one in made if one.issuer != one.subject)
    for at in (START, DAY, last, last + timedelta(days=45)):
        await worker.run_step("lists", at)
    assert await numbers(parts.sessions) == {"iaca": 3, "iaca-2026": 3}
    await worker.run_step("lists", last + timedelta(days=91))
    assert await numbers(parts.sessions) == {"iaca": 3, "iaca-2026": 4}
    before = len(await certificates(parts.sessions, "iaca"))
    await worker.run_step("delegate", last + timedelta(days=91))
    assert len(await certificates(parts.sessions, "iaca")) == before
    ended = max(each.certificate.not_valid_after_utc for each in parts.authorities.values()) + timedelta(days=1)
    assert await worker.run_step("lists", ended) == 0


async def certificates(sessions: Sessions, authority: str) -> list[x509.Certificate]:
    """What an authority has certified."""
    async with sessions() as session:
        rows = await session.scalars(select(IssuedCertificate.der).where(IssuedCertificate.authority == authority))
        return [x509.load_der_x509_certificate(der) for der in rows]


async def test_a_root_certifies_its_answers_from_its_day_on(worker: Worker, parts: PkiParts) -> None:
    """Before its day the new root has no signer of status answers; afterwards one of its own."""
    await worker.run_step("delegate", START)
    before = len(await certificates(parts.sessions, "iaca-2026"))
    await worker.run_step("delegate", DAY)
    made = await certificates(parts.sessions, "iaca-2026")
    assert len(made) == before + 1
    ocsp = [one for one in made if one.not_valid_before_utc == DAY and one.issuer != one.subject]
    ocsp[0].verify_directly_issued_by(parts.authorities["iaca-2026"].certificate)


@pytest.fixture
async def openssl(
    worker: Worker, parts: PkiParts, state: Path, keys: dict[str, Signer], urls: StoreUrls, clock: FrozenClock
) -> AsyncIterator[OpenSsl]:
    """OpenSSL at the other end of the real listener, on the day of the new root."""
    clock.at = DAY + timedelta(hours=1)
    for step in ("delegate", "lists"):
        await worker.run_step(step)
    engine = open_engine(urls.check, pool_size=2)
    answered = answer_keys([*KEYS, *listed_in(state / "trust")])
    signers = {authority: keys[key] for authority, key in answered.items()}
    app = create_public_app(
        open_sessions(engine), trust=state / "trust", now=clock, chance=parts.random, signers=signers
    )
    server, running, url = await serve(app)
    yield OpenSsl(url, state / "trust", state, clock())
    server.should_exit = True
    await running
    await engine.dispose()


async def test_openssl_hears_of_signers_of_both_roots(openssl: OpenSsl, parts: PkiParts, state: Path) -> None:
    """CRL and OCSP answer for both generations, each under its own root; links and roots are served beside them."""
    new = state / "new.pem"
    write_certificate(new, await certify(parts, DAY, at=DAY))
    for name, signer in (("iaca", state / "certificates" / "document_signer.pem"), ("iaca-2026", new)):
        assert ": good" in await openssl.status(name, ("-cert", signer))
        assert await openssl.accepts(name, name, signer)
    async with httpx.AsyncClient() as client:
        for file in ("iaca-2026.pem", "iaca-to-iaca-2026.pem", "iaca-2026-to-iaca.pem"):
            assert (await client.get(f"{openssl.url}/certificates/{file}")).status_code == 200
