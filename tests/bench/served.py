"""The issuer as it is run: inner listener, worker and public door, each a process of its own on a socket."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import uvicorn

from issuer.app import IssuerParts, IssuerSettings, Signers, create_app, create_worker
from issuer.edge.app import EdgeSettings, create_edge
from pki.keys.signer import ES256, SoftwareSigner, generate
from registry.peer.listener import public_config
from registry.postgres.engine import open_engine, open_sessions
from tests.bench.ground import WRAPPING, Ground, tls
from tests.bench.processes import forked, listening
from tests.support.applications import AUDIENCE
from tests.support.attestations import maker
from tests.support.hierarchy import hierarchy

_NO_LIMIT = EdgeSettings(10**9)


class Settings(IssuerSettings):
    """Documents under the tests' roots, and systems under those that are valid now."""

    @property
    def systems_ca(self) -> Path:
        """The root of every system."""
        return tls().state / "trust" / "systems_ca.pem"

    @property
    def systems_crl(self) -> Path:
        """Its revocation list."""
        return tls().state / "trust" / "systems.crl"


@contextmanager
def served(ground: Ground, folder: Path) -> Iterator[None]:
    """Run the three processes until the block ends."""
    maker().publish(folder, at=ground.clock())
    settings = Settings("", hierarchy().state, "", AUDIENCE, folder)

    def parts() -> IssuerParts:
        sessions, log = (open_sessions(open_engine(ground.urls.app, pool_size=size)) for size in (4, 2))
        return IssuerParts(sessions, ground.clock, ground.chance, WRAPPING, ground.call(log))

    def inner() -> uvicorn.Config:
        config: uvicorn.Config = ground.systems(create_app(settings, parts()), "issuer", ground.ports["issuer"])
        return config

    async def work() -> None:
        pki = hierarchy()
        keys = pki.signer("document_signer"), pki.signer("status_signer")
        worker = create_worker(settings, parts(), Signers(*keys, lambda _: SoftwareSigner(generate(ES256))))
        worker.steps.pop("reconcile")  # once a day, and not while somebody measures
        await worker.serve(ground.urls.app, tick=1.0)

    with ExitStack() as processes:
        processes.enter_context(listening(inner, ground.ports["issuer"]))
        processes.enter_context(forked(work))
        processes.enter_context(listening(partial(_door, ground), ground.ports["edge"]))
        yield


def _door(ground: Ground) -> uvicorn.Config:
    app = create_edge(_NO_LIMIT, ground.call(None, "edge"), now=ground.clock, random=ground.chance)
    return public(app, ground.ports["edge"])


def public(app: Any, port: int) -> uvicorn.Config:
    """The configuration of a public listener."""
    folder = tls().state / "public" / "edge"
    return public_config(app, port=port, certificate=folder / "certificate.pem", key=folder / "key.pem")
