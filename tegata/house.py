"""
The house: which processes there are, where they listen, what each of them is told, and nothing more than that.

Every process gets the URL of its own database with its own role, the addresses of the systems that the access matrix
lets it call, and the terms of its own kind (D5, D7).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

from issuer.store import DATABASE as ISSUER
from pki.app import DATABASE as PKI
from registry.access.matrix import load_matrix
from registry.app import DATABASES as STORES
from registry.postgres.database import Database
from tegata.databases import StoreUrls
from tegata.supervise import Service, free_ports

DATABASES: tuple[Database, ...] = (*STORES.values(), PKI, ISSUER)
STORE_PROCESSES = ("number", "juki", "card", "fuhyo")
WORKERS = ("number", "juki", "card", "fuhyo", "pki", "issuer")
SWEEPS = (
    "issuer-sweep",
    "fuhyo_tmp-sweep",
    "number-sweep",
    "juki-sweep",
    "card-sweep",
    "fuhyo-sweep",
    "pki-sweep",
)
WITHOUT_TERMS = ("fuhyo_tmp-sweep",)
"""Erasers that run in every house: nothing they erase is older than days."""

BESIDE = {"fuhyo": ("fuhyo_tmp",)}
"""Listeners that hold the URL of a database beside their own: numbers are handled apart from fuhyo (D5, FUHYO-6)."""

PARTIES = ("municipal-cs", "printing-contractor", "issuing-contractor")
SYSTEMS = (*STORE_PROCESSES, "pki", "issuer", "relay", *PARTIES)
LISTENERS = (*SYSTEMS, "edge", "makers", "pki-public", "reference")
SEALING = (*STORE_PROCESSES, "pki", "issuer")
"""Contexts that wrap data keys and keep a trail, for whose checkpoints each has a key."""


@dataclass(frozen=True)
class House:
    """
    A set of processes on this machine.

    state: folder with keys, certificates, logs and what the parties keep. ports: one per listener. urls: of every
    store, by role. terms: options of single processes, by their name ("issuer-worker" or "*" for all).
    keys: store of the keys, as in `pki.keys.store`; files under the state folder where it is empty.
    metrics_port: where the first process gives its metrics, the next one at the next port, on loopback; 0 for nowhere.
    """

    state: Path
    ports: Mapping[str, int]
    urls: Mapping[str, StoreUrls] = field(repr=False)
    terms: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    keys: str = ""
    metrics_port: int = 0

    @property
    def public_url(self) -> str:
        """The public address of the issuer, as phones and relying parties know it."""
        return f"https://localhost:{self.ports['edge']}"

    @property
    def relay_url(self) -> str:
        """The address at which phones fetch their letters."""
        return f"https://localhost:{self.ports['relay']}"

    @property
    def addresses(self) -> dict[str, str]:
        """Base URL of every system."""
        return {name: f"https://127.0.0.1:{self.ports[name]}" for name in SYSTEMS}

    def services(self) -> list[Service]:
        """Return every process in the order in which they start: who answers stands before who asks."""
        stores = [self._listener(name, name, name) for name in STORE_PROCESSES]
        pki = [self._listener("pki", "pki", "pki"), self._listener("pki-public", "pki", "pki", role="check")]
        issuer = [self._listener("issuer", "issuer", "issuer"), self._listener("edge", "edge", None)]
        others = [self._listener(name, name, None) for name in ("relay", "makers", *PARTIES)]
        workers = [self._worker(name) for name in WORKERS]
        workers += [self._sweep(name) for name in SWEEPS if name in self.terms or name in WITHOUT_TERMS]
        everybody = [*stores, *pki, *others, *issuer, *workers, self._listener("reference", "reference", None)]
        return [self._measured(each, place) for place, each in enumerate(everybody)]

    def _measured(self, service: Service, place: int) -> Service:
        if not self.metrics_port:
            return service
        options = {
            **cast("dict[str, str]", service.settings["options"]),
            "metrics_port": str(self.metrics_port + place),
        }
        return replace(service, settings={**service.settings, "options": options})

    def scrape_targets(self) -> list[dict[str, object]]:
        """Return where each process gives its metrics, in the form of Prometheus' file_sd; empty where nowhere."""
        options = {each.name: cast("dict[str, str]", each.settings["options"]) for each in self.services()}
        ports = {name: given["metrics_port"] for name, given in options.items() if "metrics_port" in given}
        return [{"targets": [f"127.0.0.1:{port}"], "labels": {"process": name}} for name, port in ports.items()]

    def _listener(self, name: str, system: str, store: str | None, *, role: str = "app") -> Service:
        settings = self._settings(name, system, store, role, BESIDE.get(name, ())) | {"port": self.ports[name]}
        return Service(name, name, settings, ("127.0.0.1", self.ports[name]))

    def _worker(self, system: str) -> Service:
        name = f"{system}-worker"
        return Service(name, name, self._settings(name, system, system, "app"))

    def _sweep(self, name: str) -> Service:
        """An eraser runs where it was given terms: the periods of one have no default (RETAIN-12), others need none."""
        system = name.removesuffix("-sweep")
        return Service(name, name, self._settings(name, system, system, "sweep"))

    def _settings(
        self, name: str, system: str, store: str | None, role: str, beside: Sequence[str] = ()
    ) -> dict[str, object]:
        stores = beside if store is None else (store, *beside)
        return {
            "state": str(self.state.absolute()),
            "addresses": {other: self.addresses[other] for other in callable_by(system) if other in self.addresses},
            "database_urls": {each: getattr(self.urls[each], role) for each in stores},
            "public_url": self.public_url,
            "keys": self.keys,
            "options": {**self._makers(name), **self.terms.get("*", {}), **self.terms.get(name, {})},
        }

    def _makers(self, name: str) -> dict[str, str]:
        """Where the worker of the issuer finds the lists of the simulated makers, which are fetched as theirs are."""
        if name != "issuer-worker":
            return {}
        makers = f"https://localhost:{self.ports['makers']}"
        lists = {f"maker_list:{kind}": f"{makers}/attestation/status/{kind}" for kind in ("android", "apple")}
        return {**lists, "maker_list_ca": str((self.state / "trust" / "public_ca.pem").absolute())}


def callable_by(system: str) -> set[str]:
    """Return the systems that a system may call at all, by the access matrix."""
    return {line.operation.split(".")[0] for line in load_matrix().lines if system in line.callers}


def choose_ports(fixed: Mapping[str, int] | None = None, names: Iterable[str] = LISTENERS) -> dict[str, int]:
    """Return a port for every listener: the fixed ones, and free ones for the rest."""
    wanted = list(names)
    return dict(zip(wanted, free_ports(len(wanted)), strict=True)) | dict(fixed or {})
