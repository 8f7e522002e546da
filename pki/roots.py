"""
The roots of the IACA in a ceremony: the first one, those that follow it, and the list that names them all.

Readers that trust a root alone come to its successor by one link certificate; readers that start with the successor
still read what stands under the older root by the other (ISO/IEC 18013-5 Annex B.1.3, RFC 4210 4.4).
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from itertools import pairwise

from cryptography import x509

from pki.ca.issue import Authority, Period, Registrar
from pki.iaca.root import certify_iaca, certify_link, place_of
from pki.iaca.vical import issue_of, list_signer, renew_vical
from pki.iaca.vical_signer import certify_vical_signer
from pki.keys.signer import ES256, Signer
from pki.plan import IACA, Successor
from pki.room import Room


def make_roots(room: Room) -> dict[str, Authority]:
    """
    Make every root of the plan with its first revocation list, and both links between each and the one before it.

    A root that follows bears the same subject, so that the links are self-issued and count in no path length. Its
    period begins on its day: until then nobody believes what it certifies.
    """
    roots = {IACA: _root(room, IACA, room.period(room.plan.days.iaca))}
    for each in room.plan.iaca.successors:
        roots[each.name] = _root(room, each.name, _period(room, each))
    for name, root in roots.items():
        room.revocation_list(name, root, [])
    for older, newer in pairwise(roots):
        for above, below in ((older, newer), (newer, older)):
            make = _link(room, above, roots[above], roots[below].certificate)
            room.certificate(f"links/{above}-to-{below}.pem", roots[below].signer, make)
    return roots


def _root(room: Room, name: str, period: Period) -> Authority:
    place, listed = place_of(room.plan, name), room.plan.options.root_revocation_list

    def make(key: Signer, registrar: Registrar) -> x509.Certificate:
        return certify_iaca(place, room.plan.iaca.common_name, key, period, registrar, listed=listed)

    return room.root(name, ES256, make)


def _period(room: Room, successor: Successor) -> Period:
    lasts = timedelta(days=room.plan.days.iaca, seconds=-1)
    return Period(successor.begins, successor.begins + lasts)


def _link(room: Room, name: str, above: Authority, root: x509.Certificate) -> Callable[[], x509.Certificate]:
    period = room.period(room.plan.days.iaca)
    begin = max(period.begin, above.certificate.not_valid_before_utc)
    return lambda: certify_link(place_of(room.plan, name), root, Period(begin, period.end), above, room.registrar(name))


def make_vical(room: Room, roots: Mapping[str, Authority]) -> None:
    """
    Certify the signer of the list of roots, and write the list unless the one that is there holds long enough.

    The list names every root that has not ended. Another key name in the plan is another signer, certified by the root
    of the day.
    """
    plan = room.plan.vical
    above = room.plan.iaca.root_at(room.at)
    key, period = room.key("pki", plan.key), room.period(room.plan.days.vical_signer)
    certificate = room.certificate(
        f"certificates/{plan.key}.pem",
        key,
        lambda: certify_vical_signer(
            place_of(room.plan, above),
            plan.signer,
            key.public_key,
            Period(period.begin, min(period.end, roots[above].certificate.not_valid_after_utc)),
            roots[above],
            room.registrar(above),
        ),
    )
    at, certificates = room.at.replace(microsecond=0), [root.certificate for root in roots.values()]
    signer = list_signer(key, certificate, certificates)
    renew_vical(room.state / "trust" / "vical.cbor", issue_of(room.plan, certificates, at), signer, at=at)
