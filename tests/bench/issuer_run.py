"""
`make bench-issuer`: the renewal run and suspensions, durable, beside a bare loop with the same commits and signatures.

One worker process and the embedded server share the machine. A portrait has 20,000 bytes, a set ten records. Letters
are sealed and stand in the outbox when a line stops its clock; their delivery to the relay is not part of it.
"""

import asyncio
import json
import os
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import shake_256
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Final

import psycopg
from rich.console import Console
from rich.table import Table
from sqlalchemy import event

from issuer.provisioning.first_issue import issue_due
from issuer.provisioning.renewal import renew_due
from issuer.provisioning.tools import Provisioning
from issuer.smp.record.jpki_events import take_in
from issuer.smp.record.models import RecordSet
from issuer.status_list.publication import Publisher, publish_due
from issuer.store import DATABASE
from pki.trust.mdoc import status_signer_trust
from registry.act import new_id
from registry.messages.smp import JpkiEvent
from registry.postgres.engine import open_engine, open_sessions
from tegata.databases import plain_url
from tests.issuer.conftest import Inside
from tests.issuer.persons import an_authority, signer, tools_of
from tests.issuer.smp.conftest import Desk, Line
from tests.support.applications import a_holder, a_phone, an_application
from tests.support.clock import START, FrozenClock
from tests.support.database import Stores, running_server
from tests.support.entropy import SeededBytes
from tests.support.hierarchy import hierarchy

HOLDERS: Final = 24
BUNDLE: Final = 10
PORTRAIT: Final = shake_256(b"portrait").digest(20_000)
NATION: Final = 390.0
"""Records a second for all hundred million card holders with monthly bundles of ten, on average."""

WANTED: Final = 0.5
BUILD: Final = Path("build")


@dataclass
class Bench:
    """An issuer on a database of its own, its holders, and how many transactions it has committed."""

    desk: Desk
    provisioning: Provisioning
    owner: str
    commits: list[int] = field(default_factory=lambda: [0])
    insides: list[Inside] = field(default_factory=list)

    async def issue(self, number: int) -> None:
        """Take one holder from the application to a confirmed set."""
        holder = a_holder(seed=f"bench-{number}", photo=PORTRAIT)
        phone = a_phone(BUNDLE, app_install_id=f"bench-install-{number:08}")
        applied = await self.desk.apply(an_application(holder, phone, self.desk.nonce(), at=self.desk.clock()))
        await self.desk.verify()
        await issue_due(self.provisioning, at=self.desk.clock())
        inside = Inside(self.desk, self.provisioning, holder, phone, applied.application_id)
        (record_set,) = await self.desk.rows(RecordSet, application_id=applied.application_id)
        await inside.confirm(record_set.mdoc_id)
        self.insides.append(inside)

    async def renew(self) -> dict[str, float]:
        """Renew every set; return sets and records a second, and commits for each set."""
        ends = [row.valid_until for row in await self.desk.rows(RecordSet)]
        self.desk.clock.at = min(ends) - timedelta(days=2)
        before, began = self.commits[0], time.perf_counter()
        while await renew_due(self.provisioning, at=self.desk.clock()):
            pass
        seconds = time.perf_counter() - began
        made = len(await self.desk.rows(RecordSet)) - len(ends)
        if made != len(ends):
            raise RuntimeError(f"{made} of {len(ends)} sets were renewed")
        rate, commits = made * BUNDLE / seconds, (self.commits[0] - before) / made
        return {"records_per_second": rate, "commits_per_set": commits}

    async def suspend(self, publisher: Publisher) -> list[float]:
        """Report every phone lost; return the seconds from each event of JPKI to the published list."""
        taken = []
        for inside in self.insides:
            began = time.perf_counter()
            await self.desk.step(take_in, self._lost(inside), self.desk.tools)
            await publish_due(self.desk.sessions, publisher, at=self.desk.clock())
            taken.append(time.perf_counter() - began)
        return taken

    def _lost(self, inside: Inside) -> JpkiEvent:
        return JpkiEvent(
            event_id=new_id(self.desk.random),
            signing_certificate_serial=inside.holder.serial,
            kind="suspension_requested",
            cause="lost",
            occurred_at=self.desk.clock(),
        )

    def bare(self, commits: int) -> float:
        """Records a second of a loop that signs as often and commits as much as often, and does nothing else."""
        with psycopg.connect(plain_url(self.owner)) as connection:
            connection.execute("CREATE TABLE issuer.bare (content bytea)")
            connection.commit()
            content = os.urandom(BUNDLE * 2 * len(PORTRAIT) // commits)  # noqa: TID251 - nothing may compress it
            began = time.perf_counter()
            for _ in range(HOLDERS):
                for _ in range(BUNDLE):
                    signer().sign(content[:2_400])
                for _ in range(commits):
                    connection.execute("INSERT INTO issuer.bare VALUES (%s)", [content])
                    connection.commit()
            return HOLDERS * BUNDLE / (time.perf_counter() - began)


@asynccontextmanager
async def bench() -> AsyncIterator[Bench]:
    """Run an embedded server that keeps its promises: what is committed is on the disk."""
    with running_server({}) as url, tempfile.TemporaryDirectory(prefix="tegata-bench-") as folder:
        stores = Stores(url, f"bench{os.getpid()}", Path(folder))
        urls = stores.urls(DATABASE)
        engine = open_engine(urls.app)
        random = SeededBytes("bench")
        desk = Desk(open_sessions(engine), tools_of(Line()), FrozenClock(START), random)
        made = Bench(desk, Provisioning(desk.sessions, an_authority(desk, random), desk.tools, random), urls.owner)

        @event.listens_for(engine.sync_engine, "commit")
        def count(_: Any) -> None:
            made.commits[0] += 1

        yield made
        await engine.dispose()
        stores.close()


async def measure() -> dict[str, float]:
    """Measure every line once."""
    pki = hierarchy()
    publisher = Publisher(pki.signer("status_signer").sign, pki.chain("status_signer"), _trust())
    async with bench() as made:
        began = time.perf_counter()
        for number in range(HOLDERS):
            await made.issue(number)
        first = HOLDERS / (time.perf_counter() - began)
        renewed = await made.renew()
        bare = made.bare(round(renewed["commits_per_set"]))
        taken = await made.suspend(publisher)
    return {
        "applications_to_confirmed_bundle_per_second": first,
        "renewal_records_per_second": renewed["records_per_second"],
        "renewal_commits_per_set": renewed["commits_per_set"],
        "bare_records_per_second": bare,
        "renewal_to_bare": renewed["records_per_second"] / bare,
        "nations": renewed["records_per_second"] / NATION,
        "suspension_ms_median": median(taken) * 1000,
        "suspension_ms_p99": quantiles(taken, n=100, method="inclusive")[98] * 1000,
        "suspensions_per_second": len(taken) / sum(taken),
    }


def _trust() -> Any:
    return status_signer_trust(hierarchy().anchors("iaca"))


def main() -> None:
    """Measure, write build/bench-issuer.json, and say what was reached."""
    found = asyncio.run(measure())
    BUILD.mkdir(exist_ok=True)
    (BUILD / "bench-issuer.json").write_text(json.dumps(found, indent=1) + "\n")
    table = Table("line", "", title=f"{HOLDERS} holders, bundles of {BUNDLE}, one worker process, durable")
    for name, value in found.items():
        table.add_row(name.replace("_", " "), f"{value:,.2f}")
    console = Console()
    console.print(table)
    verdict = "[green]met" if found["renewal_to_bare"] >= WANTED else "[red]missed"
    console.print(f"renewal beside the bare loop: {found['renewal_to_bare']:.2f} of {WANTED:g} {verdict}")
    console.print(f"this machine carries {found['nations']:.2f} nations of a hundred million holders")


if __name__ == "__main__":
    main()
