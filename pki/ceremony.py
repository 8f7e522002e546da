"""
The ceremony: every first key and certificate of the house, from one reviewed file, with what a witness compares.

It may be interrupted and started again: a key that exists is never replaced, a certificate that exists is kept, and
what is missing is made. Serial numbers are in the register before anything is signed. A ceremony that made something
leaves a record: what was made, the digest of the plan, and the digest of the record before it.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import msgspec
from cryptography import x509

from pki.ca.crl import Revoked
from pki.ca.files import Line, append_line, read_lines, write_whole
from pki.ca.issue import Authority, Registrar
from pki.delegates import HOUSE_KEY, JPKI_KEY
from pki.iaca.document_signer import certify_document_signer
from pki.iaca.root import place_of
from pki.iaca.status_signer import certify_status_signer
from pki.jpki.roots import AUTHENTICATION_KIND, SIGNATURE_KIND, Kind, certify_jpki_root
from pki.keys.signer import ES256, RS256, PublicKey, Signer
from pki.keys.store import store_of
from pki.keys.uri import make_signer
from pki.minutes import CeremonyReport, recorded
from pki.plan import IACA, CeremonyPlan, plan_path
from pki.profiles.annex_b import READER_ROOT
from pki.profiles.card_data import CARD_DATA_ROOT
from pki.profiles.profile import Profile
from pki.profiles.systems import PUBLIC_ROOT, SYSTEM, SYSTEMS_ROOT
from pki.room import Room
from pki.roots import make_roots, make_vical
from pki.systems.card_data import certify_card_data_signer
from pki.systems.reader_ca import certify_reader
from pki.systems.systems_ca import certify_house_root, certify_listener, certify_system


def perform(
    plan: CeremonyPlan, *, state: Path, at: datetime, random: Callable[[int], bytes], keys: str = ""
) -> CeremonyReport:
    """
    Make what the plan names and `state` lacks: trust/, certificates/, keys/, systems/, public/, reader/.

    The plan and the record stay in ceremony/, serial numbers and certificates in registers/. `at` begins every period;
    `random` draws the serial numbers. `keys`: the store for the keys of authorities and signers (`pki.keys.store`),
    files under `state` where it is empty; keys of TLS and of readers are files always. Raises CeremonyHalted,
    KeyUnusable, OutsideProfile.
    """
    room = Room(plan, state, store_of(state, keys), at, random, [])
    write_whole(plan_path(state), msgspec.json.encode(plan))
    for act in (_iaca, _jpki, _delegates, _card_data, _readers, _systems, _listeners):
        act(room)
    return recorded(room.minutes(), state, at)


def _iaca(room: Room) -> None:
    roots = make_roots(room)
    plan, days, options = room.plan.iaca, room.plan.days, room.plan.options
    signer, status = room.key("issuer", "document_signer"), room.key("issuer", "status_signer")
    root, place = roots[IACA], place_of(room.plan, IACA)
    room.certificate(
        "certificates/document_signer.pem",
        signer,
        lambda: certify_document_signer(
            place,
            plan.document_signer,
            signer.public_key,
            room.period(days.document_signer),
            root,
            room.registrar(IACA, plan.doc_type),
            both_usages=options.both_usages,
        ),
    )
    room.certificate(
        "certificates/status_signer.pem",
        status,
        lambda: certify_status_signer(
            place, plan.status_signer, status.public_key, room.period(days.status_signer), root, room.registrar(IACA)
        ),
    )
    make_vical(room, roots)


def _jpki(room: Room) -> None:
    for name, kind in (("signature_ca", SIGNATURE_KIND), ("authentication_ca", AUTHENTICATION_KIND)):
        room.root(name, RS256, _jpki_root(room, kind))


def _delegates(room: Room) -> None:
    """Make the keys that sign status answers; the worker has them certified, every 45 days anew."""
    room.key("pki", HOUSE_KEY)
    room.key("pki", JPKI_KEY, RS256)


def _jpki_root(room: Room, kind: Kind) -> Callable[[Signer, Registrar], x509.Certificate]:
    plan = room.plan
    period = room.period(plan.days.authority)
    return lambda key, registrar: certify_jpki_root(kind, plan.country, plan.jpki_organisation, key, period, registrar)


def _house_root(room: Room, profile: Profile, title: str, days: int) -> Callable[[Signer, Registrar], x509.Certificate]:
    common_name = f"{room.plan.organisation} {title}"
    period = room.period(days)
    return lambda key, registrar: certify_house_root(profile, room.house, common_name, key, period, registrar)


def _card_data(room: Room) -> None:
    root = room.root(
        "card_data_ca", RS256, _house_root(room, CARD_DATA_ROOT, "Card Data CA", room.plan.days.card_data_ca)
    )
    key = room.key("card", "card_data_signer", RS256)
    name, period = f"{room.plan.organisation} Card Data Signer", room.period(room.plan.days.card_data_signer)
    room.certificate(
        "certificates/card_data_signer.pem",
        key,
        lambda: certify_card_data_signer(
            room.house, name, key.public_key, period, root, room.registrar("card_data_ca")
        ),
    )


def _readers(room: Room) -> None:
    root = room.root("reader_ca", ES256, _house_root(room, READER_ROOT, "Reader CA", room.plan.days.authority))
    for reader, revocation_list in room.plan.readers.items():
        _pair(room, f"reader/{reader}", _reader(room, reader, revocation_list, root))
    room.revocation_list("readers", root, [])


def _reader(room: Room, reader: str, url: str, root: Authority) -> Callable[[PublicKey], x509.Certificate]:
    period = room.period(room.plan.days.reader)
    registrar = room.registrar("reader_ca")
    return lambda key: certify_reader(room.house, reader, url, key, period, root, registrar)


def _systems(room: Room) -> None:
    root = room.root("systems_ca", ES256, _house_root(room, SYSTEMS_ROOT, "Systems CA", room.plan.days.authority))
    ended: list[Revoked] = []
    for system, bodies in room.plan.systems.items():
        for body in bodies:
            certificate = _pair(room, f"systems/{holder(system, body)}", _system(room, system, body, root))
            if body in room.plan.revoked.get(system, []):
                ended.append(_end(room, certificate))
    room.revocation_list("systems", root, ended)


def _end(room: Room, certificate: x509.Certificate) -> Revoked:
    """Note in the register that a contract has ended: the next list will say so."""
    register, serial = room.register("systems_ca"), f"{certificate.serial_number:x}"
    noted = [line.at for line in read_lines(register) if (line.kind, line.serial) == ("revoked", serial)]
    since = noted[0] if noted else room.at.replace(microsecond=0)
    if not noted:
        append_line(register, Line("revoked", serial, SYSTEM.name, since))
    return Revoked(certificate.serial_number, since)


def holder(system: str, body: str) -> str:
    """Name the folder of a system's certificate: the system, and the body code where there is one."""
    return f"{system}-{body}" if body else system


def _system(room: Room, system: str, body: str, root: Authority) -> Callable[[PublicKey], x509.Certificate]:
    period = room.period(room.plan.days.system)
    registrar = room.registrar("systems_ca")
    return lambda key: certify_system(room.house, system, body or None, key, period, root, registrar)


def _listeners(room: Room) -> None:
    root = room.root("public_ca", ES256, _house_root(room, PUBLIC_ROOT, "Public TLS CA", room.plan.days.authority))
    for listener, hosts in room.plan.listeners.items():
        _pair(room, f"public/{listener}", _listener(room, hosts, root))


def _listener(room: Room, hosts: list[str], root: Authority) -> Callable[[PublicKey], x509.Certificate]:
    period = room.period(room.plan.days.listener)
    registrar = room.registrar("public_ca")
    return lambda key: certify_listener(room.house, hosts, key, period, root, registrar)


def _pair(room: Room, folder: str, certify: Callable[[PublicKey], x509.Certificate]) -> x509.Certificate:
    """Make key.pem and certificate.pem in one folder."""
    key = make_signer((room.state / folder / "key.pem").absolute().as_uri(), ES256)
    return room.certificate(f"{folder}/certificate.pem", key, lambda: certify(key.public_key))
