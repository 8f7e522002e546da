"""A card whose certificates were ordered, and how to look at what the JPKI side keeps."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import httpx
import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from sqlalchemy import select

from pki.app import PkiParts
from pki.keys.signer import PublicKey
from registry.messages.codes import number_check_digit, record_code_check_digit
from registry.messages.jpki import IssuedCertificates, OrderCertificates
from registry.messages.person import Items
from registry.messages.smp import JpkiEvent
from registry.outbox.models import OutboxMessage
from registry.outbox.put import CONTEXT
from registry.postgres.engine import Sessions
from registry.sealing.data_keys import load_sealer
from registry.trail.models import CommunicationRecord, ProvisionRecord
from tests.pki.conftest import CallAs, a_uuid
from tests.support.hierarchy import rsa_key

NUMBER = "12345678901" + number_check_digit("12345678901")


def record_code(body: str = "1234567890") -> str:
    """A resident record code with its check digit."""
    return body + record_code_check_digit(body)


def spki(key: PublicKey) -> bytes:
    """A public key as it travels."""
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def an_order(number: int = 1, **changes: Any) -> OrderCertificates:
    """An order of a Tsukuba resident's card."""
    fields: dict[str, Any] = {
        "order_id": a_uuid(number),
        "card_issue_number": f"card-{number}",
        "resident_record_code": record_code(),
        "items": Items(
            name_kanji="髙橋 花子",
            name_kana="タカハシ ハナコ",
            birth_date=date(1990, 1, 2),
            sex="2",
            address="東京都千代田区霞が関一丁目3番1号",
            address_municipality_code="131016",
        ),
        "card_valid_until": date(2035, 1, 2),
        "signature_public_key": spki(rsa_key(f"signature-{number}").public_key()),
        "authentication_public_key": spki(rsa_key(f"authentication-{number}").public_key()),
    }
    return OrderCertificates(**(fields | changes))


@pytest.fixture
async def issued(call_as: CallAs) -> IssuedCertificates:
    """The certificates of one card, in effect."""
    response = await call_as("card").post("pki.order_certificates", an_order())
    assert response.status_code == 200, response.text
    return msgspec.json.decode(response.content, type=IssuedCertificates)


@dataclass
class Kept:
    """What the store keeps, for a test to read."""

    parts: PkiParts

    @property
    def sessions(self) -> Sessions:
        """Sessions of the service's own role."""
        return self.parts.sessions

    async def rows(self, model: Any) -> Sequence[Any]:
        """Every row of a table."""
        async with self.sessions() as session:
            return (await session.scalars(select(model))).all()

    async def refusals(self) -> list[str | None]:
        """Codes of the refusals on record."""
        return [row.refusal for row in await self.rows(ProvisionRecord) if row.outcome == "refused"]

    async def communications(self) -> list[tuple[str | None, str]]:
        """Operation and outcome of every call on record."""
        return [(row.operation, row.outcome) for row in await self.rows(CommunicationRecord)]

    async def events(self) -> list[JpkiEvent]:
        """What waits in the outbox for SMP."""
        sealer = await load_sealer(
            self.sessions,
            wrap=self.parts.wrapping.wrap,
            unwrap=self.parts.wrapping.unwrap,
            random=self.parts.random,
            at=self.parts.now(),
        )
        rows = await self.rows(OutboxMessage)
        waiting = [row for row in rows if row.acknowledged_at is None]
        return [msgspec.json.decode(sealer.open(row.sealed, CONTEXT), type=JpkiEvent) for row in waiting]


@pytest.fixture
def kept(parts: PkiParts) -> Kept:
    """The eyes of a test."""
    return Kept(parts)


@pytest.fixture
def state_of(call_as: CallAs) -> Callable[[str], Awaitable[dict[str, Any]]]:
    """Ask for the state of a signing certificate as SMP does."""

    async def ask(serial: str) -> dict[str, Any]:
        response = await call_as("issuer").post("pki.certificate_state", {"signing_certificate_serial": serial})
        assert response.status_code == 200, response.text
        state: dict[str, Any] = response.json()
        return state

    return ask


def code_of(response: httpx.Response) -> str:
    """The code of a problem document."""
    assert response.headers["content-type"] == "application/problem+json"
    return str(response.json()["code"])
