"""The bare loop: as many round trips, signatures and checks, as many rows in as many commits, and nothing else."""

import asyncio
import os
from dataclasses import dataclass

import psycopg
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from registry.act import job, new_id
from registry.messages.jpki import CertificateQuery
from registry.outbox.send import Taken
from tegata.databases import plain_url
from tests.bench.ground import Ground, Written
from tests.issuer.persons import signer

AT_ONCE = 16
_SIGNED = bytes(2_000)
_ECDSA = ec.ECDSA(hashes.SHA256())
_KEY = ec.generate_private_key(ec.SECP256R1())
_PUBLIC, _SIGNATURE = _KEY.public_key(), _KEY.sign(_SIGNED, _ECDSA)


@dataclass(frozen=True)
class Costs:
    """
    What a unit of work costs at least, on average, and what all units together wrote.

    Calls over mutual TLS on connections that stay open, as ours do; signatures that are made, and signatures that are
    checked: what was just signed, certificates, and what others sent. Keys that are agreed on are not counted.
    """

    units: int
    trips: float
    signatures: float
    checks: float
    written: Written


def prepare(ground: Ground) -> None:
    """Make the table that bare loops write to."""
    with ground.owner() as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS issuer.bare (id uuid PRIMARY KEY, content bytea)")


async def bare(ground: Ground, costs: Costs, share: int = 1, at_once: int = AT_ONCE) -> int:
    """Do the share of one process of all that; return its units."""
    units, commits = costs.units // share, max(1, costs.written.syncs // share)
    rows = max(1, costs.written.rows // share // commits)
    content = os.urandom(costs.written.size // share // commits // rows)  # noqa: TID251 - nothing may compress it
    client, places = ground.client("issuer"), asyncio.Semaphore(at_once)
    call = ground.call(None, client=client)
    connection = await psycopg.AsyncConnection.connect(plain_url(ground.urls.owner))

    async def trip() -> None:
        async with places:
            act = job("issuer", "issuer.bare", at=ground.clock(), random=ground.chance)
            await call("pki.bare", CertificateQuery(signing_certificate_serial="ab"), Taken, act=act)

    for number in range(commits):
        trips, signatures, checks = (
            _share_of(round(units * each), number, commits) for each in (costs.trips, costs.signatures, costs.checks)
        )
        await asyncio.gather(*[trip() for _ in range(trips)])
        _sign_and_check(signatures, checks)
        values = [(new_id(ground.chance), content) for _ in range(rows)]
        await connection.cursor().executemany("INSERT INTO issuer.bare VALUES (%s, %s)", values)
        await connection.commit()
    await connection.close()
    await client.aclose()
    return units


def _share_of(total: int, number: int, parts: int) -> int:
    """How many of them fall to one of so many parts."""
    return (number + 1) * total // parts - number * total // parts


def _sign_and_check(signatures: int, checks: int) -> None:
    for _ in range(signatures):
        signer().sign(_SIGNED)
    for _ in range(checks):
        _PUBLIC.verify(_SIGNATURE, _SIGNED, _ECDSA)
