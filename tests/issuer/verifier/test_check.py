"""The verify call: what a relying party hears."""

import itertools
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from issuer.authority.claims import IssueRequest
from issuer.authority.elements import DOC_TYPE, ISO, JAPAN, to_elements
from issuer.authority.models import IssuanceIntent
from issuer.authority.tools import Authority
from issuer.errors import Code, IssuerError
from issuer.status_list.entries import set_status
from issuer.status_list.publication import Publisher
from issuer.verifier.check import VerifierTools, verify
from issuer.verifier.messages import Verdict, Verified, Verify
from mdoc import cbor
from mdoc.issue import Validity, complete, prepare
from mdoc.status import Status
from pki.trust.mdoc import document_signer_trust, status_signer_trust
from tests.issuer.conftest import Inside
from tests.issuer.issuing import issue_alone
from tests.issuer.status_list.publishing import publish_due
from tests.issuer.verifier.presenting import TRANSCRIPT, present
from tests.support.hierarchy import hierarchy


@pytest.fixture
def verifier() -> VerifierTools:
    """Trust in the IACA root."""
    anchors = hierarchy().anchors("iaca")
    return VerifierTools(document_signer_trust(anchors), status_signer_trust(anchors))


@pytest.fixture
async def shown(accepted: Inside, authority: Authority, publisher: Publisher) -> bytes:
    """A response of the phone with one record of a published set, and some of its elements."""
    issued = await issue_alone(IssueRequest(accepted.application_id), at=accepted.at(), authority=authority)
    await publish_due(authority.sessions, publisher, at=accepted.at())
    return present(issued.records[0].issuer_signed, accepted.phone.device_keys[0])


async def ask(accepted: Inside, verifier: VerifierTools, response: bytes, transcript: bytes = TRANSCRIPT) -> Verdict:
    """Send a response and return the one verdict."""
    message = Verify(device_response=response, session_transcript=transcript)
    answer = await accepted.desk.step(verify, message, verifier)
    assert isinstance(answer, Verified)
    (verdict,) = answer.documents
    return verdict


async def refused(accepted: Inside, verifier: VerifierTools, response: bytes, transcript: bytes = TRANSCRIPT) -> Any:
    """Send a response that must be refused, and return the step."""
    with pytest.raises(IssuerError) as refusal:
        await ask(accepted, verifier, response, transcript)
    assert refusal.value.code == Code.RESPONSE_INVALID
    return refusal.value.members["step"]


async def test_valid(accepted: Inside, verifier: VerifierTools, shown: bytes) -> None:
    """A genuine response answers with what was shown, nothing else, and VALID; it travels as JSON."""
    verdict = await ask(accepted, verifier, shown)
    wire = msgspec.json.decode(msgspec.json.encode(Verified(documents=[verdict])))["documents"][0]

    assert (verdict.doc_type, verdict.status) == (DOC_TYPE, "VALID")
    assert wire["elements"] == {
        JAPAN: {"full_name_unicode": "高橋 花子"},
        ISO: {"birth_date": "1990-05-02", "age_over_20": True},
    }
    assert date(1990, 5, 2) == verdict.elements[ISO]["birth_date"]


@pytest.mark.requirement("MDOC-39", "MDOC-54")
@pytest.mark.parametrize("status", [Status.SUSPENDED, Status.INVALID])
async def test_follows_the_list(
    accepted: Inside, verifier: VerifierTools, publisher: Publisher, shown: bytes, status: Status
) -> None:
    """A suspended record is SUSPENDED and a revoked one INVALID as soon as the list is published."""
    reference = (await _places(accepted))[:1]
    async with accepted.desk.sessions.begin() as session:
        await set_status(session, reference, status)
    before = await ask(accepted, verifier, shown)
    await publish_due(accepted.desk.sessions, publisher, at=accepted.at())
    after = await ask(accepted, verifier, shown)

    assert ("VALID", status.value) == (before.status, after.status)


async def _places(accepted: Inside) -> list[Any]:
    rows = sorted(await accepted.desk.rows(IssuanceIntent), key=lambda row: row.position)
    return [(row.list_id, row.idx) for row in rows]


async def test_without_a_fresh_list(accepted: Inside, verifier: VerifierTools, shown: bytes) -> None:
    """When the token has expired the status is undetermined, never "revoked" (D11)."""
    accepted.desk.clock.advance(minutes=31)

    assert (await ask(accepted, verifier, shown)).status == "UNDETERMINED"


async def test_list_of_another_signer(accepted: Inside, verifier: VerifierTools, shown: bytes) -> None:
    """A status list that is not by a status signer of the IACA decides nothing."""
    distrusting = replace(verifier, statuses=status_signer_trust(hierarchy().anchors("reader_ca")))

    assert (await ask(accepted, distrusting, shown)).status == "UNDETERMINED"


@pytest.mark.requirement("MDOC-66")
async def test_wrong_root(accepted: Inside, verifier: VerifierTools, shown: bytes) -> None:
    """A document whose signer is not under the IACA root is refused at the first step."""
    foreign = replace(verifier, documents=document_signer_trust(hierarchy().anchors("systems_ca")))

    assert await refused(accepted, foreign, shown) == "CERTIFICATE_PATH"


async def test_other_session(accepted: Inside, verifier: VerifierTools, shown: bytes) -> None:
    """A response recorded in another session is refused."""
    other = cbor.encode([None, None, ["other", b"session"]])

    assert await refused(accepted, verifier, shown, other) == "DEVICE_AUTHENTICATION"


async def test_over(accepted: Inside, verifier: VerifierTools, shown: bytes) -> None:
    """A record past its end is refused, whatever a list says."""
    accepted.desk.clock.advance(days=32)

    assert await refused(accepted, verifier, shown) == "VALIDITY"


async def test_garbage(accepted: Inside, verifier: VerifierTools, shown: bytes) -> None:
    """What is no response, and a response cut anywhere, is refused as malformed."""
    for cut in (b"\x00", b"", *itertools.islice((shown[:n] for n in range(1, len(shown), 97)), 20)):
        assert await refused(accepted, verifier, cut or b"\xf6") == "MALFORMED"


async def test_empty_response(accepted: Inside, verifier: VerifierTools) -> None:
    """A response without a document proves nothing and is refused."""
    empty = cbor.encode({"version": "1.0", "status": 0})

    assert await refused(accepted, verifier, empty) in {"NO_DOCUMENT", "MALFORMED"}


async def test_elements_stay_unprinted(accepted: Inside, verifier: VerifierTools, shown: bytes) -> None:
    """Neither message nor verdict shows a value when it is printed."""
    verdict = await ask(accepted, verifier, shown)

    assert (
        repr(verdict),
        repr(Verify(device_response=shown, session_transcript=TRANSCRIPT)),
    ) == ("<Verdict>", "<Verify>")


async def test_document_without_status(accepted: Inside, verifier: VerifierTools) -> None:
    """A document that names no status list verifies, and its status is undetermined."""
    at, pki, key = accepted.at(), hierarchy(), accepted.phone.device_keys[0]
    elements = to_elements(accepted.holder.items, accepted.holder.face, valid_from=at)
    validity = Validity(at, at, at + timedelta(days=1))
    prepared = prepare(DOC_TYPE, elements, key.public_key(), validity, random=accepted.desk.random, status=None)
    signature = pki.signer("document_signer").sign(prepared.to_be_signed)
    record = complete(prepared, signature, pki.chain("document_signer"))

    assert (await ask(accepted, verifier, present(record, key))).status == "UNDETERMINED"
