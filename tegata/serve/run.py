"""The house that runs until it is asked to end, and its first people."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec
from rich.console import Console

from tegata.demo.people import choose_holders, give_cards, register_people
from tegata.demo.run import bars
from tegata.demo.sockets import SocketNetwork, stage_on
from tegata.demo.start import Running, running_house
from tegata.serve.begun import Begun
from tegata.serve.house_file import write_house
from wallet_sim.sealed_file import write_whole

SEED = "serve"
TERMS: Mapping[str, Mapping[str, str]] = {
    "*": {"tick": "0.5"},
    "issuer": {"hold_retry": "5", "notice_repeat": "60"},
    "issuer-worker": {"hold_retry": "5", "notice_repeat": "60", "tick": "0.5"},
    **{f"{name}-sweep": {} for name in ("number", "juki", "card", "fuhyo", "pki")},  # trails: seven years, no term
    "issuer-sweep": {"mdoc_years": "10", "event_years": "10", "diary_years": "3", "message_days": "30"},
}


@contextmanager
def serving(folder: Path, admin_url: str, begun: Begun, metrics_port: int = 0) -> Iterator[Running]:
    """
    Run the processes of a begun house and write `house.json`; raises ServiceFailedError.

    With a port for metrics `metrics.json` names where each process gives them (Prometheus' file_sd).
    """
    state, instance, ports = folder / "state", begun.instance, begun.ports
    with running_house(state, admin_url, instance, terms=TERMS, ports=ports, metrics_port=metrics_port) as running:
        write_house(folder, running.house)
        write_whole(folder / "metrics.json", msgspec.json.encode(running.house.scrape_targets()))
        yield running


def people(folder: Path, running: Running, begun: Begun, console: Console) -> None:
    """Register the residents of a new house and hand over their cards; what was done before is not done again."""
    if begun.peopled:
        return
    asyncio.run(_people(running, begun, console))
    begun.peopled = True
    begun.keep(folder)


async def _people(running: Running, begun: Begun, console: Console) -> None:
    network = SocketNetwork(running.house)
    stage = stage_on(running, network, seed=SEED, at=begun.at)
    try:
        with bars(console) as progress:
            residents = progress.add_task("people", total=begun.residents)
            everybody, numbers = await register_people(stage, begun.residents, lambda n: progress.advance(residents, n))
            chosen = choose_holders(stage, everybody, begun.cards)
            cards = progress.add_task("cards", total=len(chosen))
            await give_cards(stage, chosen, numbers, lambda n: progress.advance(cards, n))
    finally:
        await network.close()
