"""Signers of status answers: each authority certifies one for 90 days, and anew long before that is over."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from pki.ca.issue import Authority, Period, Request, complete, prepare
from pki.ca.register import delegate_certificate, intend, issued, key_digest
from pki.iaca.root import Place
from pki.jpki.ocsp_signer import ocsp_signer_request
from pki.keys.signer import PublicKey
from pki.plan import CeremonyPlan
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
"""Authority -> the key that signs its status answers."""


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
    return sum([await _delegate(terms, name, at) for name in KEYS if name in terms.authorities])


async def _delegate(terms: Delegating, name: str, at: datetime) -> int:
    key, authority = terms.keys[KEYS[name]], terms.authorities[name]
    async with terms.sessions() as session:
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
    if KEYS[name] == JPKI_KEY:
        return ocsp_signer_request(authority, common_name, key, period)
    place = Place(plan.country, plan.organisation, plan.iaca.contact, plan.iaca.revocation_list, plan.iaca.state)
    return place.request(OCSP_SIGNER_UNCHECKED, common_name, key, period)
