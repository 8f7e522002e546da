"""A driving licence from supplied elements: the second entry of the catalogue, issued by the same authority."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from issuer.authority import supplied
from issuer.authority.claims import Claim
from issuer.authority.issuance import SignedRecord, committed_of
from issuer.authority.models import Issuance, IssuanceIntent
from issuer.authority.signers import DocumentSigner, NoSigner, document_signer
from issuer.authority.supplied import Order, issue_supplied, release_supplied
from issuer.authority.tools import Authority
from issuer.errors import Code, IssuerError
from issuer.status_list.entries import set_status
from issuer.status_list.models import StatusEntry
from issuer.status_list.publication import Publisher
from issuer.status_list.token import current_at
from mdoc import algorithms
from mdoc.catalogue.mdl import ISO_18013
from mdoc.catalogue.mdl import NAME as MDL
from mdoc.errors import VerificationFailed
from mdoc.issuer_signed import decode_issuer_signed
from mdoc.mso import Validity
from mdoc.status import VALUES, Status, evaluate_document
from mdoc.verify import VerifiedDocument, verify_issuer_signed
from pki.ca.issue import Period, der
from pki.iaca.document_signer import certify_document_signer
from pki.iaca.root import place_of
from pki.keys.signer import ES256, ES384, SoftwareSigner, generate
from tests.issuer.smp.conftest import Desk
from tests.issuer.status_list.publishing import publish_due
from tests.support.clock import START
from tests.support.hierarchy import BEGIN, hierarchy, plan

ORDER_ID = UUID(int=7, version=4)
KEYS = [ec.derive_private_key(number, ec.SECP256R1()) for number in (2001, 2002)]
POINTS = [key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint) for key in KEYS]
VALIDITY = Validity(START, START, START + timedelta(days=180))
LICENCE: dict[str, dict[str, object]] = {
    ISO_18013: {
        "family_name": "Ban",
        "given_name": "Hanako",
        "birth_date": date(1971, 9, 1),
        "issue_date": date(2026, 4, 1),
        "expiry_date": datetime(2029, 4, 1, tzinfo=UTC),
        "issuing_country": "JP",
        "issuing_authority": "Tokyo Metropolitan Public Safety Commission",
        "document_number": "301234567890",
        "portrait": bytes.fromhex("ffd8ffd9"),
        "driving_privileges": [{"vehicle_category_code": "B", "issue_date": date(1991, 4, 1)}],
        "un_distinguishing_sign": "J",
        "age_over_20": True,
    }
}
ORDER = Order(ORDER_ID, MDL, VALIDITY, LICENCE, POINTS, digests=24)
SUITES = [(ES256, "SHA-256"), (ES384, "SHA-384"), (ES384, "SHA-512")]


@cache
def licence_signer(algorithm: str = ES256, digest: str = "SHA-256") -> DocumentSigner:
    """The document signer of licences under the IACA of the small PKI: one for each docType (D9)."""
    key, pki = SoftwareSigner(generate(algorithm)), hierarchy()
    period = Period(BEGIN, BEGIN + timedelta(days=400))
    registrar = pki.registrar(f"licence {algorithm} {digest}")
    certificate = certify_document_signer(
        place_of(plan()), "mDL Document Signer", key.public_key, period, pki.authority("iaca"), registrar
    )
    return document_signer(MDL, key, [der(certificate)], digest=digest)


def licensing(authority: Authority, *signer: str) -> Authority:
    """The authority with the signer of licences beside the domestic one."""
    return replace(authority, signers=[*authority.signers, licence_signer(*signer)])


def read(record: SignedRecord, authority: Authority) -> VerifiedDocument:
    """What our own verifier finds in a record."""
    return verify_issuer_signed(record.issuer_signed, trust=authority.trust, at=START, doc_type=MDL)


@pytest.mark.requirement("MDOC-22")
@pytest.mark.parametrize(("algorithm", "digest"), SUITES)
async def test_a_licence_is_issued(authority: Authority, algorithm: str, digest: str) -> None:
    """One record for each device key, in the suite of its signer, with a place in both kinds of list of one bit."""
    made = licensing(authority, algorithm, digest)
    records = (await issue_supplied(ORDER, at=START, authority=made)).records
    documents = [read(record, made) for record in records]
    assert [one.elements for one in documents] == [LICENCE, LICENCE]
    assert [one.device_key for one in documents] == [key.public_key() for key in KEYS]
    assert len({one.status for one in documents}) == len({one.identifier for one in documents}) == 2
    assert {one.status is not None and one.identifier is not None for one in documents} == {True}
    signed = decode_issuer_signed(records[0].issuer_signed)
    number = {ES256: algorithms.ES256, ES384: algorithms.ES384}[algorithm]
    assert signed.issuer_auth.phdr_encoded == {-7: b"\xa1\x01\x26", -35: b"\xa1\x01\x38\x22"}[number]
    assert signed.mso().digest_algorithm == digest
    assert {len(found) for found in signed.mso().value_digests.values()} == {24}


async def heard(
    desk: Desk, documents: Sequence[VerifiedDocument], publisher: Publisher, mechanism: str = ""
) -> list[Status]:
    """What a relying party hears of each, from both lists or from one of them."""
    await publish_due(desk.sessions, publisher, at=START)
    said = []
    for one in documents:
        assert one.status is not None
        assert one.identifier is not None
        uris = {"status": one.status.uri, "identifier": one.identifier.uri}
        async with desk.sessions() as session:
            tokens = [await current_at(session, uris[name], START) for name in uris if mechanism in ("", name)]
        asked = one._replace(**{name: None for name in uris if mechanism not in ("", name)})  # type: ignore[arg-type]  # a field's value
        said.append(evaluate_document(asked, [each for each in tokens if each], trust=publisher.trust, at=START)[0])
    return said


@pytest.mark.requirement("MDOC-39")
async def test_a_licence_that_lapsed_is_named_in_both_lists(
    desk: Desk, authority: Authority, publisher: Publisher
) -> None:
    """Revoked, it is INVALID whichever mechanism a relying party knows; there is no suspension; its neighbour stays."""
    made = licensing(authority)
    records = (await issue_supplied(ORDER, at=START, authority=made)).records
    documents = [read(record, made) for record in records]
    assert await heard(desk, documents, publisher) == [Status.VALID, Status.VALID]
    place = (records[0].place.list_id, records[0].place.idx)
    for status, expected in ((Status.SUSPENDED, Status.VALID), (Status.INVALID, Status.INVALID)):
        async with desk.sessions.begin() as session:
            await set_status(session, [place], status)
        for mechanism in ("", "status", "identifier"):
            assert await heard(desk, documents, publisher, mechanism) == [expected, Status.VALID]


async def test_what_was_released_is_not_issued_again(desk: Desk, authority: Authority) -> None:
    """An order has one issuance: while it runs nobody else works on it, and after its release nothing is made."""
    made = licensing(authority)
    issued = await issue_supplied(ORDER, at=START, authority=made)
    with pytest.raises(IssuerError) as busy:
        await issue_supplied(ORDER, at=START, authority=made)
    async with desk.sessions.begin() as session:
        await release_supplied(session, issued, at=START)
    with pytest.raises(IssuerError) as done:
        await issue_supplied(ORDER, at=START + timedelta(days=1), authority=made)
    assert [refusal.value.code for refusal in (busy, done)] == [Code.ISSUANCE_LOST, Code.NOT_ISSUABLE]
    (row,) = await desk.rows(Issuance)
    intents = await desk.rows(IssuanceIntent)
    assert (row.state, {each.state for each in intents}) == ("released", {"signed"})


async def test_what_was_broken_off_is_made_anew(desk: Desk, authority: Authority) -> None:
    """After the lease another worker gives up what was intended, INVALID in its lists, and only its own may leave."""
    made = licensing(authority)
    first = await issue_supplied(ORDER, at=START, authority=made)
    late = START + made.claiming.lease
    second = await issue_supplied(ORDER, at=late, authority=made)
    entries = {(one.list_id, one.idx): one.value for one in await desk.rows(StatusEntry, decoy=False)}
    values = [[entries[one.place.list_id, one.place.idx] for one in made.records] for made in (first, second)]
    assert values == [[VALUES[Status.INVALID]] * 2, [VALUES[Status.VALID]] * 2]
    with pytest.raises(IssuerError) as lost:
        async with desk.sessions.begin() as session:
            await release_supplied(session, first, at=late)
    assert lost.value.code == Code.ISSUANCE_LOST
    async with desk.sessions.begin() as session:
        await release_supplied(session, second, at=late)
    with pytest.raises(IssuerError):
        async with desk.sessions.begin() as session:
            await release_supplied(session, second, at=late)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"family_name": "番"}, "value"),
        ({"portrait": ...}, "mandatory"),
        ({"individual_number_unicode": "123456789018"}, "element"),
    ],
)
async def test_what_the_catalogue_does_not_know_is_not_issued(
    desk: Desk, authority: Authority, changes: dict[str, Any], rule: str
) -> None:
    """An element of another type, a missing or a foreign one ends at the lint: no intent, and no key was used."""
    elements = {name: value for name, value in (LICENCE[ISO_18013] | changes).items() if value is not ...}
    with pytest.raises(IssuerError) as refusal:
        await issue_supplied(replace(ORDER, elements={ISO_18013: elements}), at=START, authority=licensing(authority))
    assert (refusal.value.code, refusal.value.members["rule"]) == (Code.OUTSIDE_PROFILE, rule)
    assert await desk.rows(IssuanceIntent) == []


async def test_each_doc_type_has_its_own_signer(authority: Authority) -> None:
    """Without a signer of licences none is issued, though the domestic one is in force (D9)."""
    with pytest.raises(NoSigner):
        await issue_supplied(ORDER, at=START, authority=authority)


async def test_what_our_verifier_refuses_does_not_leave(authority: Authority, desk: Desk) -> None:
    """A key that signs something else, bytes that were exchanged, and another record than the intended one."""
    good = licence_signer()
    wrong = replace(authority, signers=[replace(good, sign=lambda data: good.sign(data + b"x"))])
    with pytest.raises(VerificationFailed):
        await issue_supplied(ORDER, at=START, authority=wrong)
    assert {row.state for row in await desk.rows(IssuanceIntent)} == {"intended"}


async def test_exchanged_bytes_are_not_signed(
    authority: Authority, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stands in the store and is not the document's ends before a key is used."""
    used: list[bytes] = []
    good = licence_signer()

    def sign(data: bytes) -> bytes:
        used.append(data)
        return good.sign(data)

    watched = replace(authority, signers=[replace(good, sign=sign)])

    async def exchanged(claims: Sequence[Claim], authority: Authority) -> dict[UUID, list[Any]]:
        found = await committed_of(claims, authority)
        wrong = {"to_be_signed": b"x"}
        return {key: [SimpleNamespace(**dict(row._mapping) | wrong) for row in rows] for key, rows in found.items()}

    monkeypatch.setattr(supplied, "committed_of", exchanged)
    with pytest.raises(RuntimeError, match="not those that were intended"):
        await issue_supplied(ORDER, at=START, authority=watched)
    assert used == []
    assert {row.state for row in await desk.rows(IssuanceIntent)} == {"intended"}
