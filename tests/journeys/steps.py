"""The steps of issuing at which a house of real processes is held, and looked at."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass

import psycopg

from tegata.databases import plain_url
from tegata.demo.stage import Holder
from tests.journeys.sockets import Live

PATIENCE = 20.0


def ask_database(url: str, query: str) -> list[tuple[object, ...]]:
    """Ask a database and return the rows."""
    with psycopg.connect(plain_url(url)) as connection:
        return connection.execute(query.encode()).fetchall()


async def seen(url: str, query: str) -> None:
    """Wait until a query gives a row; raises TimeoutError."""
    end = time.monotonic() + PATIENCE
    with psycopg.connect(plain_url(url), autocommit=True) as connection:
        while not connection.execute(query.encode()).fetchall():
            if time.monotonic() > end:
                raise TimeoutError(query)
            await asyncio.sleep(0.02)


@dataclass
class Scene:
    """One holder's application, and the house it meets."""

    house: Live
    holder: Holder

    @property
    def owner(self) -> str:
        """Where the owner of the issuer's database logs in."""
        return plain_url(self.house.running.house.urls["issuer"].owner)

    def ask(self, query: str) -> list[tuple[object, ...]]:
        """Ask the issuer's database."""
        return ask_database(self.owner, query)

    async def seen(self, query: str) -> None:
        """Wait until a query gives a row."""
        await seen(self.owner, query)

    @contextmanager
    def stopped(self, name: str) -> Iterator[None]:
        """Stop a process; whoever is killed meanwhile starts again and runs."""
        pid = self.house.running.supervisor.pid(name)
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    @asynccontextmanager
    async def barred(self, table: str) -> AsyncIterator[None]:
        """Bar the way to a table: whoever wants to write it waits, until everybody has been killed."""
        with psycopg.connect(self.owner) as connection:
            connection.execute(f"LOCK TABLE issuer.{table} IN EXCLUSIVE MODE".encode())
            yield
            connection.rollback()

    async def waiting(self, table: str) -> None:
        """Wait until somebody stands before a barred table."""
        locks = "SELECT 1 FROM pg_locks JOIN pg_class ON pg_class.oid = relation WHERE NOT granted"
        await self.seen(f"{locks} AND relname = '{table}'")


Held = Callable[[Scene], AsyncGenerator[None, None]]
STEPS: dict[str, Held] = {}


def step(at: Held) -> Held:
    """Add a step at which everybody is killed."""
    STEPS[at.__name__] = at
    return at


@step
async def before_it_is_registered(scene: Scene) -> AsyncGenerator[None, None]:
    """The application has been sent, and the issuer has not read it."""
    with scene.stopped("issuer"):
        yield
        await asyncio.sleep(0.5)
        yield


@step
async def registered(scene: Scene) -> AsyncGenerator[None, None]:
    """The application is stored, nobody has looked at it."""
    with scene.stopped("issuer-worker"):
        yield
        await scene.seen("SELECT 1 FROM issuer.mdoc_application WHERE application_status = 'received'")
        yield


@step
async def while_it_is_verified(scene: Scene) -> AsyncGenerator[None, None]:
    """The card system was asked and has not answered."""
    with scene.stopped("card"):
        yield
        await scene.seen("SELECT 1 FROM issuer.mdoc_application WHERE application_status = 'verifying'")
        await asyncio.sleep(0.3)
        yield


@step
async def before_intents_are_recorded(scene: Scene) -> AsyncGenerator[None, None]:
    """The application is accepted and claimed; what will be signed is not recorded yet."""
    async with scene.barred("issuance_intent"):
        yield
        await scene.waiting("issuance_intent")
        yield


@step
async def after_signing(scene: Scene) -> AsyncGenerator[None, None]:
    """Ten records are signed, and none is stored."""
    async with scene.barred("issued_record"):
        yield
        await scene.waiting("issued_record")
        yield


@step
async def before_the_push(scene: Scene) -> AsyncGenerator[None, None]:
    """The sealed bundle waits in the outbox."""
    with scene.stopped("relay"):
        yield
        await scene.seen(
            "SELECT 1 FROM issuer.outbox_message WHERE operation = 'relay.push' AND acknowledged_at IS NULL"
        )
        yield


@step
async def before_the_confirmation(scene: Scene) -> AsyncGenerator[None, None]:
    """The phone has fetched its records; the issuer has not taken the confirmation."""
    async with scene.barred("holder_credential_history"):
        yield
        await scene.waiting("holder_credential_history")
        yield


@step
async def before_the_municipality_hears(scene: Scene) -> AsyncGenerator[None, None]:
    """The records are in use; the notice of paragraph 12 waits in the outbox."""
    with scene.stopped("municipal-cs"):
        yield
        await scene.seen(
            "SELECT 1 FROM issuer.outbox_message"
            " WHERE operation = 'municipal-cs.mdoc_notice' AND acknowledged_at IS NULL"
        )
        yield
