"""`tegata serve`: the house of the demo, running until it is asked to end."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from threading import Event
from typing import Annotated

import typer
from rich.console import Console

from tegata.compose.clock import now
from tegata.compose.ground import chance
from tegata.compose.pki_check import PKI, look_ahead
from tegata.compose.reader import read_check_settings
from tegata.compose.reference import ProfileRefused, allow_plain_pages
from tegata.demo.start import database_server
from tegata.serve.begun import Begun, OtherPort, PortTaken, begin, check_ports
from tegata.serve.house_file import read_house
from tegata.serve.run import people, serving
from tegata.serve.show import show, show_certificates
from tegata.supervise import ServiceFailedError

FAILED, REFUSED, INTERRUPTED = 1, 2, 130
"""Exit codes: a service did not start; the options are not taken; stopped before it was ready."""


class Profile(StrEnum):
    """How much is allowed."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


def serve(
    folder: Annotated[Path, typer.Option(help="Where the house keeps keys, databases and logs.")] = Path("build/serve"),
    residents: Annotated[int, typer.Option(min=1, max=100_000, help="Residents of a new house.")] = 20,
    cards: Annotated[int, typer.Option(min=0, help="How many of them get a card.")] = 5,
    edge_port: Annotated[int, typer.Option(min=1, max=65535, help="Public door of the issuer.")] = 8443,
    relay_port: Annotated[int, typer.Option(min=1, max=65535, help="Relay of the wallet provider.")] = 8444,
    reference_port: Annotated[int, typer.Option(min=1, max=65535, help="API reference pages.")] = 8080,
    revocation_port: Annotated[int, typer.Option(min=1, max=65535, help="Revocation lists and roots.")] = 8081,
    metrics_port: Annotated[
        int, typer.Option(min=0, max=65_000, help="First of the loopback ports for metrics, one each process; 0: none.")
    ] = 0,
    profile: Annotated[Profile, typer.Option(help="Production refuses pages without TLS.")] = Profile.DEVELOPMENT,
) -> None:
    """
    Run every service until Ctrl-C, with residents and cards to try a wallet on; a second start goes on where it was.

    Examples: tegata serve; tegata serve --residents 100 --cards 10 --folder /tmp/house --edge-port 9443

    Exit codes: 0 stopped when asked; 1 a service did not start; 2 options that cannot be taken; 130 stopped before it
    was ready.
    """
    ports = {"edge": edge_port, "relay": relay_port, "reference": reference_port, "pki-public": revocation_port}
    fresh = Begun(now(), f"tegata_serve_{chance(3).hex()}", residents, cards, ports)
    state = folder / "state"
    try:
        allow_plain_pages(profile)
        check_ports(ports)
        state.mkdir(parents=True, exist_ok=True)
        state.chmod(0o711)  # as root the database server runs as another user, who passes through
        with _ending_when_told():
            _run(folder, begin(folder, fresh), metrics_port, Console())
    except (ProfileRefused, PortTaken, OtherPort) as refused:
        typer.echo(str(refused), err=True)
        raise typer.Exit(REFUSED) from None
    except ServiceFailedError as failed:
        typer.echo(str(failed), err=True)
        raise typer.Exit(FAILED) from None
    except KeyboardInterrupt:
        typer.echo("stopped before the house was ready", err=True)
        raise typer.Exit(INTERRUPTED) from None


def _run(folder: Path, begun: Begun, metrics_port: int, console: Console) -> None:
    console.print("starting …")
    with (
        database_server(folder / "state") as admin_url,
        serving(folder, admin_url, begun, metrics_port) as running,
    ):
        people(folder, running, begun, console)
        show(console, folder, read_house(folder), running.house, begun.cards)
        if metrics_port:
            console.print(f"metrics of every process, on loopback: {folder}/metrics.json names their ports")
        show_certificates(console, asyncio.run(look_ahead(read_check_settings(folder, PKI, None))))
        _wait()
        console.print("stopping …")


@contextmanager
def _ending_when_told() -> Iterator[None]:
    """Take SIGTERM for Ctrl-C: it is how a supervisor says the same."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _wait() -> None:
    """Return when the process is asked to end; being asked again does not cut the orderly end short."""
    try:
        Event().wait()
    except KeyboardInterrupt:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
