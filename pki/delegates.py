"""Signers of status answers: each authority certifies one for 90 days, and anew long before that is over."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from pki.ca.issue import Authority, Period, Request, complete, prepare
from pki.ca.lists import is_over, list_file
from pki.ca.register import delegate_certificate, intend, issued, key_digest
from pki.iaca.root import place_of
from pki.jpki.ocsp_signer import ocsp_signer_request
from pki.keys.signer import PublicKey
from pki.plan import IACA, CeremonyPlan
from pki.profiles.annex_b import OCSP_SIGNER_UNCHECKED
from registry.act import Chance
from registry.postgres.engine import Sessions

LASTS = timedelta(days=90)
_RENEWED = timedelta(days=45)
HOUSE_KEY, JPKI_KEY = "ocsp_signer", "jpki_ocsp_signer"
"""Names of the two keys; the JPKI kind rests on RSA (regulation articles 2 and 38)."""
KEYS = {
    "iaca": HOUSE_KEY,
    "reader_ca": HOUSE_KEY,
    "systems_ca": HOUSE_KEY,
    "signature_ca": JPKI_KEY,
    "authentication_ca": JPKI_KEY,
}
"""Authority -> the key that signs its status answers; roots that follow the IACA's first one use its key."""


def answer_keys(authorities: Iterable[str]) -> dict[str, str]:
    """Return, for each of the authorities that has status answers, the name of the key that signs them."""
    named = {name: HOUSE_KEY if list_file(name) is not None else KEYS.get(name) for name in authorities}
    return {name: key for name, key in named.items() if key is not None}


@dataclass(frozen=True, slots=True)
class Delegating:
    """What certifying the signers of status answers takes; `keys`: public halves by the names above."""

    sessions: Sessions
    authorities: Mapping[str, Authority]
    keys: Mapping[str, PublicKey]
    plan: CeremonyPlan
    random: Chance


async def delegate_due(terms: Delegating, *, at: datetime) -> int:
    """Certify a signer for every authority whose present one ends within 45 days; return how many were certified."""
    keys = answer_keys(terms.authorities)
    return sum([await _delegate(terms, name, terms.keys[key], at) for name, key in keys.items()])


async def _delegate(terms: Delegating, name: str, key: PublicKey, at: datetime) -> int:
    authority = terms.authorities[name]
    if at < authority.certificate.not_valid_before_utc:
        return 0  # a root that has not begun certifies nothing that is in force before it
    async with terms.sessions() as session:
        if await is_over(session, name, terms.authorities, at):
            return 0
        if await delegate_certificate(session, name, key_digest(key), at, until=at + _RENEWED) is not None:
            return 0
    request = _request(terms.plan, name, authority, key, at)
    prepared = prepare(request, issuer=authority.certificate, signer=authority.signer, random=terms.random)
    await intend(terms.sessions, name, prepared, at=at)
    certificate = complete(prepared, authority.signer)
    async with terms.sessions.begin() as session:
        session.add(issued(name, prepared.profile.name, certificate))
    return 1


def _request(plan: CeremonyPlan, name: str, authority: Authority, key: PublicKey, at: datetime) -> Request:
    end = min(at + LASTS - timedelta(seconds=1), authority.certificate.not_valid_after_utc)
    period, common_name = Period(at.replace(microsecond=0), end), f"{plan.organisation} OCSP"
    if KEYS.get(name) == JPKI_KEY:
        return ocsp_signer_request(authority, common_name, key, period)
    return place_of(plan, name if name in plan.iaca.roots else IACA).request(
        OCSP_SIGNER_UNCHECKED, common_name, key, period
    )
