from collections.abc import Mapping
from uuid import UUID

import httpx
import msgspec
import pytest
from cryptography import x509
from sqlalchemy import select

from pki.app import PkiParts
from pki.ca.lists import newest
from pki.ca.models import RevokedCertificate
from pki.trust.revocation import State, state_of
from registry.outbox.models import OutboxMessage
from tests.pki.conftest import CallAs
from tests.pki.iaca.test_delivery import the_ceremony
from tests.support.hierarchy import Hierarchy

HUMAN: Mapping[str, str] = {"Tegata-Operator": "operator-1", "Tegata-Terminal": "console-1"}


async def revoke(call_as: CallAs, serial: int, **headers: str) -> httpx.Response:
    """Revoke as an operator does."""
    body = {"request_id": str(UUID(int=1, version=4)), "serial": f"{serial:x}", "cause": "key_compromise"}
    return await call_as("operator").post("pki.revoke_certificate", body, headers=dict(HUMAN) | headers)


async def listed(parts: PkiParts, authority: str) -> bytes:
    """The newest list of an authority."""
    async with parts.sessions() as session:
        found = await newest(session, authority)
    assert found is not None
    return found.der


@pytest.mark.parametrize(
    ("name", "authority", "told"),
    [("document_signer", "iaca", 1), ("status_signer", "iaca", 1), ("reader/relying-party", "reader_ca", 0)],
)
async def test_a_revocation_is_listed_at_once(
    call_as: CallAs, parts: PkiParts, pki: Hierarchy, name: str, authority: str, told: int
) -> None:
    """The list that says so is in the store when the answer comes, and the issuer will be told of its signers."""
    await the_ceremony(parts, pki)
    certificate = pki.pair(name)[0] if "/" in name else pki.certificate(name)
    answer = await revoke(call_as, certificate.serial_number)
    assert answer.status_code == 200, answer.text
    der = await listed(parts, authority)
    number = x509.load_der_x509_crl(der).extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    assert answer.json()["list_number"] == number
    assert state_of(certificate, der, issuer=pki.certificate(authority), at=parts.now()) is State.REVOKED
    async with parts.sessions() as session:
        waiting = (await session.scalars(select(OutboxMessage.operation))).all()
    assert list(waiting) == ["issuer.signer_revoked"] * told


async def test_revoked_twice_is_revoked_once(call_as: CallAs, parts: PkiParts, pki: Hierarchy) -> None:
    """The second time changes neither the day nor the list."""
    await the_ceremony(parts, pki)
    serial = pki.certificate("document_signer").serial_number
    answers = [msgspec.json.decode((await revoke(call_as, serial)).content) for _ in range(2)]
    assert answers[0] == answers[1]


@pytest.mark.parametrize("name", ["iaca", "systems_ca"])
async def test_a_root_is_not_revoked_by_itself(call_as: CallAs, parts: PkiParts, pki: Hierarchy, name: str) -> None:
    """No list of its own can revoke an authority, and an unknown serial is nobody's."""
    await the_ceremony(parts, pki)
    for serial in (pki.certificate(name).serial_number, 1):
        answer = await revoke(call_as, serial)
        assert (answer.status_code, answer.json()["code"]) == (404, "certificate_unknown")
    async with parts.sessions() as session:
        rows = (await session.scalars(select(RevokedCertificate.authority))).all()
    assert list(rows) == ["systems_ca"]  # the ceremony's own: a contract that has ended


async def test_a_certificate_without_a_list_is_noted(call_as: CallAs, parts: PkiParts, pki: Hierarchy) -> None:
    """The card-data CA publishes no list: the revocation is on record and the answer names no number."""
    await the_ceremony(parts, pki)
    answer = await revoke(call_as, pki.certificate("card_data_signer").serial_number)
    assert answer.json()["list_number"] is None
