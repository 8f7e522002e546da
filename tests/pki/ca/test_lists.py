import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import select, text

from pki.app import DATABASE
from pki.ca.crl import check_list
from pki.ca.files import read_lines
from pki.ca.issue import Authority
from pki.ca.lists import ANNEX_B, FILES, publish, publish_authorities, revoked
from pki.ca.models import PublishedList, RevokedCertificate
from pki.ca.register import take_over
from registry.postgres.engine import Sessions
from tests.pki.openssl import crl_accepts, crl_text
from tests.support.clock import START
from tests.support.database import FreshDatabases, opened
from tests.support.hierarchy import Hierarchy


@pytest.fixture
def authorities(pki: Hierarchy) -> Mapping[str, Authority]:
    """The authorities whose lists follow Annex B.3."""
    return {name: pki.authority(name) for name in FILES}


@pytest.fixture
async def register(sessions: Sessions, pki: Hierarchy) -> None:
    """What the ceremony issued, in the store."""
    async with sessions.begin() as session:
        for name in FILES:
            lines = read_lines(pki.state / "registers" / f"{name}.jsonl")
            await take_over(session, name, [line for line in lines if line.kind != "revoked"])


async def revoke(sessions: Sessions, pki: Hierarchy, at: datetime) -> int:
    """Revoke the document signer."""
    serial = pki.certificate("document_signer").serial_number
    async with sessions.begin() as session:
        session.add(RevokedCertificate(authority="iaca", serial=f"{serial:x}", since=at, cause="key_compromise"))
    return serial


async def lists(sessions: Sessions, name: str = "iaca") -> list[x509.CertificateRevocationList]:
    """Every list of an authority in the order of its numbers."""
    async with sessions() as session:
        rows = await session.scalars(
            select(PublishedList).where(PublishedList.authority == name).order_by(PublishedList.number)
        )
        return [x509.load_der_x509_crl(row.der) for row in rows]


def number(crl: x509.CertificateRevocationList) -> int:
    """The number of a list."""
    return crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number


@pytest.mark.usefixtures("register")
async def test_each_authority_has_a_list_of_annex_b(
    sessions: Sessions, authorities: Mapping[str, Authority], pki: Hierarchy, tmp_path: Path
) -> None:
    """IACA, reader CA and systems CA each publish a complete list that the standard and OpenSSL accept."""
    assert await publish_authorities(sessions, authorities, at=START) == 3
    assert await publish_authorities(sessions, authorities, at=START) == 0
    for name in FILES:
        (crl,) = await lists(sessions, name)
        path = tmp_path / f"{name}.crl"
        path.write_bytes(crl.public_bytes(Encoding.DER))
        check_list(path.read_bytes(), pki.certificate(name))
        assert crl_accepts(pki.state / "trust" / f"{name}.pem", path)
        assert "Version 2 (0x1)" in crl_text(path)


@pytest.mark.usefixtures("register")
async def test_a_revocation_is_in_the_next_list(
    sessions: Sessions, authorities: Mapping[str, Authority], pki: Hierarchy
) -> None:
    """A revocation makes a new list at once, with the next number, whose entry is a serial number and a date only."""
    await publish_authorities(sessions, authorities, at=START)
    serial = await revoke(sessions, pki, START + timedelta(hours=1))
    assert await publish_authorities(sessions, authorities, at=START + timedelta(hours=1)) == 1
    first, second = await lists(sessions)
    (entry,) = second
    assert (number(first), number(second), len(list(first))) == (1, 2, 0)
    assert (entry.serial_number, entry.revocation_date_utc) == (serial, START + timedelta(hours=1))
    assert list(entry.extensions) == []


@pytest.mark.parametrize(("days", "made"), [(44, 0), (45, 3)])
@pytest.mark.usefixtures("register")
async def test_lists_are_renewed_in_time(
    sessions: Sessions, authorities: Mapping[str, Authority], days: int, made: int
) -> None:
    """Without a revocation a list is made anew at half of the 90 days that Annex B.3 allows, and not before."""
    await publish_authorities(sessions, authorities, at=START)
    assert await publish_authorities(sessions, authorities, at=START + timedelta(days=days)) == made


@pytest.mark.usefixtures("register")
async def test_an_entry_outlives_its_certificate_by_one_list(sessions: Sessions, pki: Hierarchy) -> None:
    """RFC 5280 3.3: a revoked certificate stays listed until one list after the end of its period."""
    serial = await revoke(sessions, pki, START)
    end = pki.certificate("document_signer").not_valid_after_utc
    async with sessions() as session:
        late = [await revoked(session, "iaca", end + timedelta(days=days)) for days in (45, 46)]
    assert [[entry.serial for entry in entries] for entries in late] == [[serial], []]


async def test_numbers_never_repeat(
    fresh_databases: FreshDatabases, authorities: Mapping[str, Authority], pki: Hierarchy
) -> None:
    """Two workers at once, and one that dies before its commit, use no number twice and skip none."""
    iaca = {"iaca": authorities["iaca"]}
    async with opened(fresh_databases([DATABASE])["pki"].app, pool_size=4) as sessions:
        both = await asyncio.gather(*(publish_authorities(sessions, iaca, at=START) for _ in range(2)))
        with pytest.raises(RuntimeError):
            await publish_authorities(_dying(sessions), iaca, at=START + timedelta(days=50))
        await publish_authorities(sessions, iaca, at=START + timedelta(days=50))
        numbers = [number(crl) for crl in await lists(sessions)]
    assert sorted(both) == [0, 1]
    assert numbers == [1, 2]
    assert pki.certificate("iaca").issuer == authorities["iaca"].certificate.subject


async def test_who_waited_does_not_take_a_revocation_back(
    fresh_databases: FreshDatabases, authorities: Mapping[str, Authority], pki: Hierarchy
) -> None:
    """A worker whose turn comes after a revocation reads the entries then, and its list would hold it too."""
    async with opened(fresh_databases([DATABASE])["pki"].app, pool_size=4) as sessions:
        async with sessions.begin() as session:
            lines = read_lines(pki.state / "registers" / "iaca.jsonl")
            await take_over(session, "iaca", [line for line in lines if line.kind != "revoked"])
        serial = pki.certificate("document_signer").serial_number
        async with sessions.begin() as first:
            first.add(RevokedCertificate(authority="iaca", serial=f"{serial:x}", since=START, cause="key_compromise"))
            await first.flush()
            await publish(first, "iaca", authorities["iaca"], partial(revoked, first, "iaca", START), ANNEX_B, at=START)
            later = asyncio.create_task(publish_authorities(sessions, {"iaca": authorities["iaca"]}, at=START))
            await _waits(sessions)
        made = await later
        served = [[entry.serial_number for entry in crl] for crl in await lists(sessions)]
    assert (made, served) == (0, [[serial]])


async def _waits(sessions: Sessions) -> None:
    """Return when somebody waits for a turn."""
    waiting = text(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = ("
        "SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    async with asyncio.timeout(10), sessions() as session:
        while not await session.scalar(waiting):  # noqa: ASYNC110 - the database has no event for who waits
            await asyncio.sleep(0.01)


class _Dying:
    """Sessions of a process that is killed between signing and commit."""

    def __init__(self, sessions: Sessions) -> None:
        self._session = sessions()

    def begin(self) -> "_Dying":
        return self

    async def __aenter__(self) -> object:
        return self._session

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()
        raise RuntimeError


def _dying(sessions: Sessions) -> Sessions:
    return _Dying(sessions)  # type: ignore[return-value]  # only begin() is used
