"""
Roll-over of the IACA: the next root, and the two link certificates that carry trust from one to the other.

Readers that trust the old root alone come to the new one by the first link; readers that start with the new root
alone still read what stands under the old one by the second (ISO/IEC 18013-5 Annex B.1.3, RFC 4210 4.4).
"""

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from cryptography import x509

from pki.ca.files import read_certificate
from pki.ca.issue import Authority
from pki.ceremony import Room
from pki.iaca.root import certify_iaca, certify_link, place_of
from pki.iaca.tools import IACA
from pki.keys.signer import ES256
from pki.keys.store import signing_uri, store_of
from pki.keys.uri import open_signer
from pki.minutes import CeremonyReport, recorded
from pki.plan import CeremonyHalted, performed_plan

_NAME = re.compile(r"iaca-[a-z0-9-]{1,24}", re.ASCII)


def roll_over(
    state: Path, name: str, *, at: datetime, random: Callable[[int], bytes], keys: str = ""
) -> CeremonyReport:
    """
    Make the root `name` (iaca-...) and both links beside the root of today; what exists is kept.

    `keys`: the store of keys as in the ceremony. The new root bears the same subject, so that the links are
    self-issued and count in no path length. Raises CeremonyHalted without a ceremony before or for another name,
    KeyUnusable, OutsideProfile.
    """
    if not _NAME.fullmatch(name):
        raise CeremonyHalted("the new root is called iaca-..., in small letters, digits and hyphens")
    plan = performed_plan(state)
    room, place = Room(plan, state, store_of(state, keys), at, random, []), place_of(plan)
    period = room.period(plan.days.iaca)
    old = _today(state, room.keys)
    new = room.root(
        name,
        ES256,
        lambda key, registrar: certify_iaca(
            place, plan.iaca.common_name, key, period, registrar, listed=plan.options.root_revocation_list
        ),
    )
    for above, below, names in ((old, new, (IACA, name)), (new, old, (name, IACA))):
        room.certificate(
            f"links/{names[0]}-to-{names[1]}.pem", below.signer, _link(room, above, below.certificate, names[0])
        )
    return recorded(room.minutes(), state, at)


def _today(state: Path, store: str) -> Authority:
    certificate = read_certificate(state / "trust" / f"{IACA}.pem")
    if certificate is None:
        raise CeremonyHalted(f"no ceremony was performed in {state}")
    return Authority(certificate, open_signer(signing_uri(store, "pki", IACA)))


def _link(room: Room, above: Authority, root: x509.Certificate, name: str) -> Callable[[], x509.Certificate]:
    period = room.period(room.plan.days.iaca)
    return lambda: certify_link(place_of(room.plan), root, period, above, room.registrar(name))
