"""A store whose worker chains its trail: what it writes, what the eraser takes, and what a verifier says of it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import text

from pki.keys.signer import SoftwareSigner
from registry.postgres.engine import Sessions
from registry.retention.models import ErasureRecord
from registry.retention.rule import due_before
from registry.retention.sweep import sweep
from registry.retention.trail import TRAIL_YEARS, TRAILS, trail_rules
from registry.trail.chain import Chain
from registry.trail.checkpoint import CheckpointKey, Verify
from registry.trail.export import read_trails
from registry.trail.lines import Line
from registry.trail.models import CommunicationRecord, ProvisionRecord
from registry.trail.verify import Finding, Terms, Verifier
from tegata.compose.trail import verify_with
from tegata.databases import StoreUrls
from tests.support.clock import START
from tests.support.database import opened
from tests.support.entropy import SeededBytes

STORE = "kiosk"
KEY = ec.derive_private_key(7, ec.SECP256R1())
"""The same key in every run."""


def key_named(name: str = "k1") -> CheckpointKey:
    """The checkpoint key of the store."""
    return CheckpointKey(name, SoftwareSigner(KEY).sign)


def known(name: str = "k1") -> dict[str, Verify]:
    """Its public half."""
    return {name: verify_with(KEY.public_key())}


def call(number: int, at: datetime = START) -> CommunicationRecord:
    """One call that came in."""
    return CommunicationRecord(id=UUID(int=number), at=at, direction="in", system=STORE, outcome="done")


def provision(number: int, at: datetime = START) -> ProvisionRecord:
    """One provision to one body."""
    return ProvisionRecord(
        id=UUID(int=number),
        at=at,
        outcome="provided",
        system=STORE,
        operation="juki.inquiry",
        client_system="inquiring-body",
        key_kind="resident_record_code",
        subject=bytes([number % 256]) * 32,
        fields=["name", "address"],
        number_included=False,
        request_id=UUID(int=number),
    )


def erasure(number: int, at: datetime = START) -> ErasureRecord:
    """One piece of evidence."""
    return ErasureRecord(
        id=UUID(int=number), at=at, rule="calls", ground="ten days", tables=["call"], counts=[1], erased=[UUID(int=1)]
    )


@dataclass
class Book:
    """The store, seen by its service, its eraser and its owner."""

    urls: StoreUrls
    app: Sessions
    eraser: Sessions
    entropy: SeededBytes = field(default_factory=SeededBytes)

    def chain(self, sessions: Sessions | None = None) -> Chain:
        """The step of its worker."""
        return Chain(STORE, TRAILS, sessions or self.app, key_named())

    async def write(self, *entries: Any, by: Sessions | None = None) -> None:
        """Commit entries."""
        async with (by or self.app).begin() as session:
            session.add_all(entries)

    async def chained(self, at: datetime = START) -> int:
        """Chain all there is; return how many found their place."""
        total, chain = 0, self.chain()
        while count := await chain.step(at):
            total += count
        return total

    async def swept(self, at: datetime) -> int:
        """Erase what is due of the trail."""
        return await sweep(self.eraser, trail_rules(), at=at, random=self.entropy)

    async def lines(self, at: datetime = START) -> list[Line]:
        """The trail, read as for an export."""
        async with self.app.begin() as session:
            return [line async for line in read_trails(session, STORE, TRAILS, at)]

    async def findings(self, at: datetime = START) -> list[Finding]:
        """What a verifier finds in the store."""
        return verified(await self.lines(at), at)

    async def rows(self, statement: str) -> list[Any]:
        """What a query of the service answers."""
        async with self.app() as session:
            return [tuple(row) for row in await session.execute(text(statement))]

    async def by_owner(self, *statements: str) -> None:
        """Let somebody who owns the database and holds back the triggers change what nobody may change."""
        async with opened(self.urls.owner) as owner, owner.begin() as session:
            for table in (each.name for each in [*TRAILS]):
                await session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
            await session.execute(text("ALTER TABLE chain_link DISABLE TRIGGER USER"))
            await session.execute(text("ALTER TABLE trail_checkpoint DISABLE TRIGGER USER"))
            for statement in statements:
                await session.execute(text(statement))


def verified(lines: Sequence[Line], at: datetime = START, **terms: Any) -> list[Finding]:
    """What a verifier finds in lines."""
    verifier = Verifier(Terms(known(), due_before(at, TRAIL_YEARS), **terms))
    return [finding for line in lines for finding in verifier.take(line)] + verifier.finish()


@asynccontextmanager
async def opened_book(urls: StoreUrls) -> AsyncIterator[Book]:
    """The store with connections of each of its roles."""
    async with opened(urls.app) as app, opened(urls.sweep) as eraser:
        yield Book(urls, app, eraser)
