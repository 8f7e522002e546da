"""Start: ceremony, databases, grants, processes."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from os import environ
from pathlib import Path

from pki.ceremony import perform
from pki.keys.store import signing_uri, store_of, wrapping_uri
from pki.keys.uri import make_wrapping_key
from pki.minutes import CeremonyReport
from pki.plan import read_plan
from tegata.compose.clock import now
from tegata.compose.describe import forget_descriptions
from tegata.compose.ground import chance
from tegata.compose.reader import write_check_settings
from tegata.compose.trail import CHECKPOINT, make_checkpoint_key, publish_checkpoint_key
from tegata.databases import create_databases, drop_databases
from tegata.embedded import EmbeddedServer
from tegata.house import DATABASES, SEALING, House, choose_ports
from tegata.softhsm import KEYS
from tegata.supervise import Supervisor
from wallet_sim.phone.maker import WalletMaker

SERVER = "TEGATA_DATABASE_URL"


@dataclass(frozen=True, repr=False)
class Running:
    """A house that runs, with what watches over it and the minutes of its ceremony."""

    house: House
    supervisor: Supervisor
    maker: WalletMaker
    ceremony: CeremonyReport


@contextmanager
def database_server(state: Path) -> Iterator[str]:
    """Give the URL of the server: the one that TEGATA_DATABASE_URL names, or an embedded one of our own."""
    given = environ.get(SERVER)
    if given:
        yield given
        return
    with EmbeddedServer(state / "postgres", random=chance) as server:
        yield server.admin_url


def hold_ceremony(state: Path) -> tuple[CeremonyReport, WalletMaker]:
    """
    Make the keys and certificates of the reviewed plan, wrapping and checkpoint keys, and the wallet maker's own roots.

    Keys are made in the store that TEGATA_KEYS names, or as files under `state`. What exists is kept. The wallet maker
    is another party: the issuer gets its roots and its lists of revoked certificates, and nothing else.
    """
    plan = read_plan((files("tegata.demo") / "ceremony.toml").read_bytes())
    store = store_of(state, environ.get(KEYS, ""))
    report = perform(plan, state=state, at=now(), random=chance, keys=store)
    for owner in SEALING:
        make_wrapping_key(wrapping_uri(store, owner), chance)
        publish_checkpoint_key(state, owner, make_checkpoint_key(signing_uri(store, owner, CHECKPOINT)))
    maker = WalletMaker.open(state / "wallet-maker", at=now(), random=chance)
    maker.publish(state / "trust" / "makers", at=now())
    return report, maker


@contextmanager
def running_house(
    state: Path,
    admin_url: str,
    instance: str,
    *,
    terms: Mapping[str, Mapping[str, str]] | None = None,
    ports: Mapping[str, int] | None = None,
    metrics_port: int = 0,
) -> Iterator[Running]:
    """Run every process of the house until the block ends; raises ServiceFailedError when one does not start."""
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    ceremony, maker = hold_ceremony(state)
    urls = create_databases(admin_url, instance, DATABASES, state / "passwords.json", random=chance)
    for owner in SEALING:
        write_check_settings(state, owner, urls[owner].check, environ.get(KEYS, ""))
    house = House(state, choose_ports(ports), urls, terms or {}, environ.get(KEYS, ""), metrics_port)
    forget_descriptions(state)
    with Supervisor(house.services(), state) as supervisor:
        yield Running(house, supervisor, maker, ceremony)


def forget_databases(admin_url: str, instance: str) -> None:
    """Drop every database and role of an instance."""
    drop_databases(admin_url, instance, DATABASES)
