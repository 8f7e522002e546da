"""The entry of every process: its kind decides what it is, its settings are all it knows (D17)."""

import asyncio
import gc
import os
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from uvicorn.loops.auto import auto_loop_factory

from registry.app import ERASED
from tegata.compose.ground import Settings, read_settings
from tegata.compose.issuer import run_edge, run_issuer, run_issuer_sweep, run_issuer_worker
from tegata.compose.observe import configure_logging
from tegata.compose.other_side import run_makers, run_party, run_reference, run_relay
from tegata.compose.pki import run_pki, run_pki_public, run_pki_sweep, run_pki_worker
from tegata.compose.scrape import scraped
from tegata.compose.store import run_chain_worker, run_store, run_store_sweep, run_store_worker
from tegata.compose.traces import start_traces

Main = Callable[[Settings], Awaitable[None]]

KINDS: dict[str, Main] = {
    **{name: partial(run_store, system=name) for name in ("number", "juki", "card", "fuhyo")},
    **{f"{name}-worker": partial(run_store_worker, system=name) for name in ("juki", "card", "fuhyo")},
    "number-worker": partial(run_chain_worker, system="number"),
    **{f"{name}-sweep": partial(run_store_sweep, store=name) for name in ERASED},
    "pki": run_pki,
    "pki-public": run_pki_public,
    "pki-worker": run_pki_worker,
    "pki-sweep": run_pki_sweep,
    "issuer": run_issuer,
    "issuer-worker": run_issuer_worker,
    "issuer-sweep": run_issuer_sweep,
    "edge": run_edge,
    "relay": run_relay,
    "makers": run_makers,
    **{name: partial(run_party, party=name) for name in ("municipal-cs", "printing-contractor", "issuing-contractor")},
    "reference": run_reference,
}

GARBAGE = (10_000, 20, 50)
"""How much is made before garbage is looked for: a request makes thousands of objects, and leaves few cycles."""


def rarely_collect() -> None:
    """Look for garbage seldom, and not among a thousand modules that stay."""
    gc.freeze()
    gc.set_threshold(*GARBAGE)


def run(kind: str, settings: Mapping[str, object]) -> None:
    """
    Run one process until it is asked to end.

    Raises KeyError for an unknown kind, msgspec.ValidationError for settings outside their form.
    """
    main = KINDS[kind]
    rarely_collect()
    configure_logging(kind)
    start_traces(kind, os.environ)
    with asyncio.Runner(loop_factory=auto_loop_factory()) as loop:  # uvloop, where there is one
        loop.run(_main(main, kind, read_settings(settings)))


async def _main(main: Main, kind: str, settings: Settings) -> None:
    async with scraped(settings, kind):
        await main(settings)
