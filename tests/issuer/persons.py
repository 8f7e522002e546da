"""Whom the random lives are about: birthdays and cards whose ends fall close together, and what SMP is given."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache

import msgspec

from issuer.authority.claims import Claiming
from issuer.authority.elements import DOC_TYPE
from issuer.authority.signers import DocumentSigner, document_signer
from issuer.authority.tools import Authority
from issuer.smp.tools import SmpTools, Trust
from issuer.status_list.plan import ListPlan
from pki.trust.mdoc import document_signer_trust
from registry.act import new_id
from registry.sealing.columns import Sealer
from tests.issuer.smp.conftest import Desk, Line
from tests.support.applications import (
    AUDIENCE,
    Holder,
    a_holder,
    certificate_for,
)
from tests.support.attestations import trusted_makers
from tests.support.clock import START
from tests.support.entropy import SeededBytes
from tests.support.hierarchy import hierarchy

PEOPLE = {
    "ordinary": (START, date(1990, 9, 2), date(2035, 9, 2)),
    "birthday within the month": (START, date(1990, 4, 20), date(2035, 4, 20)),
    "last birthday of the card": (START, date(1990, 5, 2), date(2026, 5, 2)),
    "stay ends within the month": (START, date(1985, 11, 3), date(2026, 4, 25)),
    "31 January": (datetime(2027, 1, 31, 2, tzinfo=UTC), date(1971, 8, 8), date(2030, 8, 8)),
    "29 February": (datetime(2027, 2, 5, 2, tzinfo=UTC), date(1996, 2, 29), date(2031, 2, 28)),
}


@cache
def holder_of(who: str) -> Holder:
    """The card of one kind of person; its key and certificate are made once."""
    _, birth, card_until = PEOPLE[who]
    made = a_holder(seed=who.replace(" ", "-"), birth_date=birth, card_valid_until=card_until)
    items = msgspec.structs.replace(made.items, birth_date=birth)
    return replace(made, items=items, certificate=certificate_for(items, made.key, seed=who))


@cache
def believed() -> Trust:
    """The roots that SMP believes."""
    pki = hierarchy()
    return Trust(pki.anchors("signature_ca"), pki.anchors("card_data_ca"), trusted_makers())


@cache
def signer() -> DocumentSigner:
    """The document signer, whose key is read once."""
    pki = hierarchy()
    return document_signer(DOC_TYPE, pki.signer("document_signer"), pki.chain("document_signer"))


def tools_of(line: Line) -> SmpTools:
    """What SMP is given, with keys that live as long as one life."""
    random = SeededBytes("life")
    key_id = new_id(random)
    return SmpTools(Sealer({key_id: random(32)}, key_id, random(32), random), line, AUDIENCE, believed())


def an_authority(desk: Desk, random: SeededBytes) -> Authority:
    """The issuing authority as a worker has it that has just started."""
    return Authority(
        sessions=desk.sessions,
        sealer=desk.tools.sealer,
        random=random,
        signers=[signer()],
        trust=document_signer_trust(hierarchy().anchors("iaca")),
        plan=ListPlan(AUDIENCE, size=512, open_lists=2),
        claiming=Claiming(random, timedelta(seconds=20)),
    )
