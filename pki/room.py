"""Where a ceremony takes place: what is there is kept, what is missing is made, and every act is in the minutes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from cryptography import x509

from pki.ca.crl import Revoked
from pki.ca.files import Kind, Line, append_line, fingerprint, read_certificate, write_certificate, write_whole
from pki.ca.issue import Authority, Period, Prepared, Registrar, der
from pki.keys.signer import ES256, Signer
from pki.keys.store import signing_uri
from pki.keys.uri import make_signer
from pki.minutes import CeremonyReport, Witnessed, digest_of
from pki.plan import CeremonyHalted, CeremonyPlan
from pki.systems.systems_ca import House, list_revoked


@dataclass(frozen=True, slots=True)
class Room:
    """Where the ceremony takes place."""

    plan: CeremonyPlan
    state: Path
    keys: str
    at: datetime
    random: Callable[[int], bytes]
    lines: list[Witnessed]

    @property
    def house(self) -> House:
        """The house of the plan."""
        return House(self.plan.country, self.plan.organisation, self.plan.domain)

    def register(self, authority: str) -> Path:
        """Where the register of an authority is."""
        return self.state / "registers" / f"{authority}.jsonl"

    def registrar(self, authority: str, doc_type: str | None = None) -> Registrar:
        """Draw serial numbers and keep what is signed in the register of an authority."""

        def write(kind: Kind, prepared: Prepared, signed: bytes = b"") -> None:
            line = Line(kind, f"{prepared.serial:x}", prepared.profile.name, self.at, signed, doc_type)
            append_line(self.register(authority), line)

        return Registrar(
            self.random,
            lambda prepared: write("intended", prepared),
            lambda prepared, certificate: write("signed", prepared, der(certificate)),
        )

    def period(self, days: int) -> Period:
        """A period of so many days from now on."""
        begin = self.at.replace(microsecond=0)
        return Period(begin, begin + timedelta(days=days) - timedelta(seconds=1))

    def key(self, owner: str, name: str, algorithm: str = ES256) -> Signer:
        """Open a key of the house, made first where there is none."""
        return make_signer(signing_uri(self.keys, owner, name), algorithm)

    def certificate(self, path: str, key: Signer, make: Callable[[], x509.Certificate]) -> x509.Certificate:
        """Keep the certificate that is there if it is this key's, or make it."""
        file = self.state / path
        there = read_certificate(file)
        if there is not None and there.public_key() != key.public_key:
            raise CeremonyHalted(f"{file} certifies another key")
        certificate = make() if there is None else there
        if there is None:
            write_certificate(file, certificate)
        self.lines.append(
            Witnessed(
                path,
                certificate.subject.rfc4514_string(),
                fingerprint(certificate),
                certificate.not_valid_after_utc,
                there is None,
            )
        )
        return certificate

    def minutes(self) -> CeremonyReport:
        """What has been done so far."""
        return CeremonyReport(tuple(self.lines), digest_of(msgspec.json.encode(self.plan)))

    def root(self, name: str, algorithm: str, make: Callable[[Signer, Registrar], x509.Certificate]) -> Authority:
        """Keep or make a root with its key."""
        key = self.key("pki", name, algorithm)
        certificate = self.certificate(f"trust/{name}.pem", key, lambda: make(key, self.registrar(name)))
        return Authority(certificate, key)

    def revocation_list(self, file: str, authority: Authority, entries: list[Revoked]) -> None:
        """Write the authority's first list; every later one is the worker's, so that one hand counts the numbers."""
        path = self.state / "trust" / f"{file}.crl"
        if not path.exists():
            write_whole(path, list_revoked(entries, 1, authority, self.at))
