"""
The ceremony: every first key and certificate of the house, from one reviewed file, with what a witness compares.

It may be interrupted and started again: a key that exists is never replaced, a certificate that exists is kept, and
what is missing is made. Serial numbers are in the register before anything is signed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from cryptography import x509

from pki.ca.crl import LONGEST, Revoked
from pki.ca.files import fingerprint, read_certificate, register_serial, write_certificate, write_whole
from pki.ca.issue import Authority, Period, Registrar
from pki.iaca.document_signer import certify_document_signer
from pki.iaca.root import Place, certify_iaca
from pki.iaca.status_signer import certify_status_signer
from pki.jpki.roots import AUTHENTICATION_KIND, SIGNATURE_KIND, Kind, certify_jpki_root
from pki.keys.signer import ES256, RS256, PublicKey, Signer
from pki.keys.uri import make_signer
from pki.profiles.annex_b import READER_ROOT
from pki.profiles.card_data import CARD_DATA_ROOT
from pki.profiles.profile import Profile
from pki.profiles.systems import PUBLIC_ROOT, SYSTEMS_ROOT
from pki.systems.card_data import certify_card_data_signer
from pki.systems.reader_ca import certify_reader
from pki.systems.systems_ca import House, certify_house_root, certify_listener, certify_system, list_revoked

# A list is made anew while half of its period is left, so that no process meets a stale one.
_FRESH = LONGEST / 2


class Days(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many days each kind of certificate is valid; the profiles hold the upper bounds."""

    iaca: int
    authority: int
    document_signer: int
    status_signer: int
    card_data_ca: int
    card_data_signer: int
    reader: int
    system: int
    listener: int


class IacaPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Names of the IACA and of the two signers under it."""

    common_name: str
    contact: str
    revocation_list: str
    document_signer: str
    status_signer: str
    state: str | None = None


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What ISO/IEC 18013-5 leaves open; docs/certificates.md says what each choice costs."""

    both_usages: bool = False
    root_revocation_list: bool = True


class CeremonyPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the reviewed file says; see `tegata/demo/ceremony.toml`."""

    country: str
    organisation: str
    domain: str
    jpki_organisation: str
    days: Days
    iaca: IacaPlan
    systems: dict[str, list[str]]
    revoked: dict[str, list[str]]
    listeners: dict[str, list[str]]
    readers: dict[str, str]
    options: Options = Options()


class CeremonyHalted(Exception):
    """What is on the disk and what the plan says do not fit; nothing was replaced."""


@dataclass(frozen=True, slots=True)
class Witnessed:
    """One line of the minutes: which file, whose name, its SHA-256, its end, and whether it was made just now."""

    file: str
    subject: str
    fingerprint: str
    not_after: datetime
    made: bool


@dataclass(frozen=True, slots=True)
class CeremonyReport:
    """The minutes of a ceremony, in the order of the acts."""

    lines: tuple[Witnessed, ...]

    def made(self) -> int:
        """Count what this run made; 0 when everything was there."""
        return sum(line.made for line in self.lines)


def read_plan(content: bytes) -> CeremonyPlan:
    """Read a plan from TOML; CeremonyHalted when a field is missing, unknown, or of another type."""
    try:
        return msgspec.toml.decode(content, type=CeremonyPlan)
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise CeremonyHalted(f"the plan cannot be used: {exc}") from None


def perform(plan: CeremonyPlan, *, state: Path, at: datetime, random: Callable[[int], bytes]) -> CeremonyReport:
    """
    Make what the plan names and `state` lacks: trust/, certificates/, keys/, systems/, public/, reader/.

    `at` begins every period; `random` draws the serial numbers. Raises CeremonyHalted, KeyUnusable, OutsideProfile.
    """
    room = _Room(plan, state, at, random, [])
    _iaca(room)
    _jpki(room)
    _card_data(room)
    _readers(room)
    _systems(room)
    _listeners(room)
    return CeremonyReport(tuple(room.lines))


@dataclass(frozen=True, slots=True)
class _Room:
    """Where the ceremony takes place."""

    plan: CeremonyPlan
    state: Path
    at: datetime
    random: Callable[[int], bytes]
    lines: list[Witnessed]

    @property
    def house(self) -> House:
        return House(self.plan.country, self.plan.organisation, self.plan.domain)

    def registrar(self, register: str) -> Registrar:
        path = self.state / "registers" / f"{register}.jsonl"
        return Registrar(self.random, lambda prepared: register_serial(path, prepared, self.at))

    def period(self, days: int) -> Period:
        begin = self.at.replace(microsecond=0)
        return Period(begin, begin + timedelta(days=days) - timedelta(seconds=1))

    def key(self, path: str, algorithm: str = ES256) -> Signer:
        return make_signer((self.state / path).absolute().as_uri(), algorithm)

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

    def root(self, name: str, algorithm: str, make: Callable[[Signer, Registrar], x509.Certificate]) -> Authority:
        key = self.key(f"keys/pki/{name}.pem", algorithm)
        certificate = self.certificate(f"trust/{name}.pem", key, lambda: make(key, self.registrar(name)))
        return Authority(certificate, key)

    def revocation_list(self, name: str, authority: Authority, entries: list[Revoked]) -> None:
        """Write the authority's list unless the one that is there is fresh and says the same."""
        path = self.state / "trust" / f"{name}.crl"
        last = x509.load_der_x509_crl(path.read_bytes()) if path.exists() else None
        number = 0 if last is None else last.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
        fresh = last is not None and last.last_update_utc + _FRESH >= self.at
        if fresh and {entry.serial_number for entry in last or ()} == {entry.serial for entry in entries}:
            return
        write_whole(path, list_revoked(entries, number + 1, authority, self.at))


def _iaca(room: _Room) -> None:
    plan, days, options = room.plan.iaca, room.plan.days, room.plan.options
    place = Place(room.plan.country, room.plan.organisation, plan.contact, plan.revocation_list, plan.state)
    root = room.root(
        "iaca",
        ES256,
        lambda key, registrar: certify_iaca(
            place, plan.common_name, key, room.period(days.iaca), registrar, listed=options.root_revocation_list
        ),
    )
    registrar = room.registrar("iaca")
    signer, status = room.key("keys/issuer/document_signer.pem"), room.key("keys/issuer/status_signer.pem")
    room.certificate(
        "certificates/document_signer.pem",
        signer,
        lambda: certify_document_signer(
            place,
            plan.document_signer,
            signer.public_key,
            room.period(days.document_signer),
            root,
            registrar,
            both_usages=options.both_usages,
        ),
    )
    room.certificate(
        "certificates/status_signer.pem",
        status,
        lambda: certify_status_signer(
            place, plan.status_signer, status.public_key, room.period(days.status_signer), root, registrar
        ),
    )
    room.revocation_list("iaca", root, [])


def _jpki(room: _Room) -> None:
    for name, kind in (("signature_ca", SIGNATURE_KIND), ("authentication_ca", AUTHENTICATION_KIND)):
        room.root(name, RS256, _jpki_root(room, kind))


def _jpki_root(room: _Room, kind: Kind) -> Callable[[Signer, Registrar], x509.Certificate]:
    plan = room.plan
    period = room.period(plan.days.authority)
    return lambda key, registrar: certify_jpki_root(kind, plan.country, plan.jpki_organisation, key, period, registrar)


def _house_root(
    room: _Room, profile: Profile, title: str, days: int
) -> Callable[[Signer, Registrar], x509.Certificate]:
    common_name = f"{room.plan.organisation} {title}"
    period = room.period(days)
    return lambda key, registrar: certify_house_root(profile, room.house, common_name, key, period, registrar)


def _card_data(room: _Room) -> None:
    root = room.root(
        "card_data_ca", RS256, _house_root(room, CARD_DATA_ROOT, "Card Data CA", room.plan.days.card_data_ca)
    )
    key = room.key("keys/card/card_data_signer.pem", RS256)
    name, period = f"{room.plan.organisation} Card Data Signer", room.period(room.plan.days.card_data_signer)
    room.certificate(
        "certificates/card_data_signer.pem",
        key,
        lambda: certify_card_data_signer(
            room.house, name, key.public_key, period, root, room.registrar("card_data_ca")
        ),
    )


def _readers(room: _Room) -> None:
    root = room.root("reader_ca", ES256, _house_root(room, READER_ROOT, "Reader CA", room.plan.days.authority))
    for reader, revocation_list in room.plan.readers.items():
        _pair(room, f"reader/{reader}", _reader(room, reader, revocation_list, root))
    room.revocation_list("readers", root, [])


def _reader(room: _Room, reader: str, url: str, root: Authority) -> Callable[[PublicKey], x509.Certificate]:
    period = room.period(room.plan.days.reader)
    registrar = room.registrar("reader_ca")
    return lambda key: certify_reader(room.house, reader, url, key, period, root, registrar)


def _systems(room: _Room) -> None:
    root = room.root("systems_ca", ES256, _house_root(room, SYSTEMS_ROOT, "Systems CA", room.plan.days.authority))
    ended: list[Revoked] = []
    for system, bodies in room.plan.systems.items():
        for body in bodies:
            certificate = _pair(room, f"systems/{holder(system, body)}", _system(room, system, body, root))
            if body in room.plan.revoked.get(system, []):
                ended.append(Revoked(certificate.serial_number, certificate.not_valid_before_utc))
    room.revocation_list("systems", root, ended)


def holder(system: str, body: str) -> str:
    """Name the folder of a system's certificate: the system, and the body code where there is one."""
    return f"{system}-{body}" if body else system


def _system(room: _Room, system: str, body: str, root: Authority) -> Callable[[PublicKey], x509.Certificate]:
    period = room.period(room.plan.days.system)
    registrar = room.registrar("systems_ca")
    return lambda key: certify_system(room.house, system, body or None, key, period, root, registrar)


def _listeners(room: _Room) -> None:
    root = room.root("public_ca", ES256, _house_root(room, PUBLIC_ROOT, "Public TLS CA", room.plan.days.authority))
    for listener, hosts in room.plan.listeners.items():
        _pair(room, f"public/{listener}", _listener(room, hosts, root))


def _listener(room: _Room, hosts: list[str], root: Authority) -> Callable[[PublicKey], x509.Certificate]:
    period = room.period(room.plan.days.listener)
    registrar = room.registrar("public_ca")
    return lambda key: certify_listener(room.house, hosts, key, period, root, registrar)


def _pair(room: _Room, folder: str, certify: Callable[[PublicKey], x509.Certificate]) -> x509.Certificate:
    """Make key.pem and certificate.pem in one folder."""
    key = room.key(f"{folder}/key.pem")
    return room.certificate(f"{folder}/certificate.pem", key, lambda: certify(key.public_key))
