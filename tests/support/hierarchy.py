"""
A complete small PKI for tests: the demo's own ceremony, performed once per test session.

Ask `hierarchy()` for it; keys are made once, so only the first test pays for the RSA keys. Everything is valid from a
day before the frozen clock stands (tests/support/clock.py) for 396 days at least. `hierarchy().state` is the folder
that a process would be given, `hierarchy(at)` begins at another instant (for sockets, whose TLS asks the real clock)::

    pki = hierarchy()
    pki.signer("document_signer")            # Signer
    pki.chain("document_signer")             # [DER], signer first, without the root: an x5chain
    pki.anchors("iaca")                      # Anchors, for pki.trust
    pki.system("municipal-cs", "131016")     # DER of a peer certificate, for scope["extensions"]["tls"]
    pki.holder(items, key)                   # a holder's signature certificate under the signature CA
"""

import tempfile
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509

from pki.ca.files import read_certificate
from pki.ca.issue import Authority, Registrar, certify, der
from pki.ceremony import holder, perform
from pki.jpki.user_certificate import Holder, issue_string, signature_request
from pki.keys.signer import RS256, PrivateKey, PublicKey, Signer, generate
from pki.keys.uri import open_signer
from pki.plan import CeremonyPlan, read_plan
from pki.trust.anchors import Anchors, load_anchors
from registry.messages.person import Items
from tests.support.clock import START
from tests.support.entropy import SeededBytes

BEGIN = START - timedelta(days=1)
PLAN = Path(__file__).parents[2] / "tegata" / "demo" / "ceremony.toml"

_OWNERS = {
    "document_signer": "issuer",
    "status_signer": "issuer",
    "card_data_signer": "card",
    "vical_signer": "pki",
}


@dataclass(frozen=True)
class Hierarchy:
    """What the ceremony made, read back from `state`."""

    state: Path
    at: datetime

    def certificate(self, name: str) -> x509.Certificate:
        """Read a root ("iaca", "systems_ca", ...) or a signer ("document_signer", ...)."""
        folder = "certificates" if name in _OWNERS else "trust"
        return self._read(self.state / folder / f"{name}.pem")

    def chain(self, name: str) -> list[bytes]:
        """Give a signer's chain as it travels: DER, without the root."""
        return [der(self.certificate(name))]

    def key_uri(self, name: str) -> str:
        """Name the key of a root or a signer."""
        return (self.state / "keys" / _OWNERS.get(name, "pki") / f"{name}.pem").as_uri()

    def signer(self, name: str) -> Signer:
        """Open the key of a root or a signer."""
        return _opened(self.key_uri(name))

    def authority(self, name: str) -> Authority:
        """Give a root with its key, to certify more."""
        return Authority(self.certificate(name), self.signer(name))

    def anchors(self, *names: str) -> Anchors:
        """Give roots as anchors."""
        return load_anchors(*(self.state / "trust" / f"{name}.pem" for name in names))

    def pair(self, folder: str) -> tuple[x509.Certificate, Signer]:
        """Read certificate and key of "systems/juki", "public/edge" or "reader/relying-party"."""
        path = self.state / folder
        return self._read(path / "certificate.pem"), _opened((path / "key.pem").as_uri())

    def system(self, system: str, body: str = "") -> bytes:
        """Give the DER of a system's certificate, as a listener sees its peer."""
        return _certificate_of(self.state / "systems" / holder(system, body) / "certificate.pem")

    def registrar(self, seed: str = "registrar") -> Registrar:
        """Give serial numbers that are recorded nowhere, for certificates that live as long as a test."""
        return Registrar(SeededBytes(seed), lambda _: None)

    def holder(self, items: Items, key: PublicKey, *, seed: str = "holder") -> x509.Certificate:
        """Certify a holder's signature key (RSA), as the JPKI side does on the card system's order."""
        authority = self.authority("signature_ca")
        card = Holder(items, date(2035, 12, 31))
        request = signature_request(
            card, key, issue_string(items.address_municipality_code, SeededBytes(seed)), authority, START
        )
        return certify(request, authority, self.registrar(seed))

    @staticmethod
    def _read(path: Path) -> x509.Certificate:
        certificate = read_certificate(path)
        if certificate is None:
            raise FileNotFoundError(path)
        return certificate


@cache
def _certificate_of(path: Path) -> bytes:
    return der(Hierarchy._read(path))


@cache
def hierarchy(at: datetime = BEGIN) -> Hierarchy:
    """Perform the ceremony at `at`, once per session and instant."""
    folder = tempfile.TemporaryDirectory(prefix="tegata-pki-")
    _FOLDERS.append(folder)
    state = Path(folder.name)
    perform(plan(), state=state, at=at, random=SeededBytes("ceremony"))
    return Hierarchy(state, at)


@cache
def _opened(uri: str) -> Signer:
    """Open a key once: OpenSSL proves an RSA key anew whenever it reads one."""
    return open_signer(uri)


def plan() -> CeremonyPlan:
    """Read the demo's reviewed plan."""
    return read_plan(PLAN.read_bytes())


@cache
def rsa_key(name: str = "holder") -> PrivateKey:
    """Make an RSA key once per session and name."""
    del name
    return generate(RS256)


_FOLDERS: list["tempfile.TemporaryDirectory[str]"] = []  # removed when the session ends
