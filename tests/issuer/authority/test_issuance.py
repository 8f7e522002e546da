"""Record, sign, check: what is committed before a key is used, and what a crash leaves behind."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import update

from issuer.authority import intents as recording
from issuer.authority.claims import IssueRequest
from issuer.authority.elements import JAPAN, Elements, to_elements
from issuer.authority.intents import record_intents
from issuer.authority.issuance import Issued, release
from issuer.authority.models import IssuanceIntent
from issuer.authority.tools import Authority
from issuer.errors import Code, IssuerError
from issuer.smp.application.models import Application
from issuer.status_list.models import StatusEntry
from mdoc.errors import VerificationFailed
from mdoc.status import VALUES, Status
from mdoc.verify import verify_issuer_signed
from pki.trust.mdoc import document_signer_trust
from tests.issuer.conftest import Inside
from tests.issuer.issuing import claim_alone, issue_alone, sign_alone
from tests.support.applications import issue_content, signed
from tests.support.clock import START
from tests.support.hierarchy import hierarchy


async def intents(accepted: Inside, state: str | None = None) -> list[IssuanceIntent]:
    """The intents of the application, in one state or in all."""
    where = {"subject_id": accepted.application_id} | ({"state": state} if state else {})
    return await accepted.desk.rows(IssuanceIntent, **where)


async def values(accepted: Inside, rows: list[IssuanceIntent]) -> set[int]:
    """What the status lists say at the places of intents."""
    entries = {(one.list_id, one.idx): one.value for one in await accepted.desk.rows(StatusEntry, decoy=False)}
    return {entries[row.list_id, row.idx] for row in rows}


@pytest.mark.requirement("MDOC-20", "MDOC-21", "MDOC-22")
async def test_issue(accepted: Inside, authority: Authority) -> None:
    """Each device key gets a record with the card's items, its own place, salts and signature, trusted under IACA."""
    issued = await issue_alone(IssueRequest(accepted.application_id), at=accepted.at(), authority=authority)
    verified = [
        verify_issuer_signed(one.issuer_signed, trust=authority.trust, at=accepted.at()) for one in issued.records
    ]

    assert len(accepted.phone.device_keys) == len(verified)
    assert {accepted.holder.items.individual_number} == {
        one.elements[JAPAN]["individual_number_unicode"] for one in verified
    }
    keys = [one.device_key for one in verified]
    assert [key.public_key() for key in accepted.phone.device_keys] == keys
    assert len(verified) == len({one.status for one in verified})


@pytest.mark.requirement("MDOC-20")
async def test_bytes_are_committed_first(accepted: Inside, authority: Authority) -> None:
    """Before any key is used the exact bytes of every record are committed; what is signed are those bytes."""
    used: list[bytes] = []
    signer = authority.signers[0]

    def sign(data: bytes) -> bytes:
        used.append(data)
        return signer.sign(data)

    watched = replace(authority, signers=[replace(signer, sign=sign)])
    claimed = await claim_alone(IssueRequest(accepted.application_id), at=accepted.at(), authority=watched)
    rows = await record_intents(claimed, at=accepted.at(), authority=watched)
    committed = {row.to_be_signed for row in await intents(accepted, "intended")}
    assert not used

    await sign_alone(rows, authority=watched)

    assert len(used) == len(committed)
    assert set(used) == committed


async def test_intents_hold_no_items(accepted: Inside, authority: Authority) -> None:
    """An intent holds the bytes to be signed, which are digests, and no element of the person."""
    claimed = await claim_alone(IssueRequest(accepted.application_id), at=accepted.at(), authority=authority)
    await record_intents(claimed, at=accepted.at(), authority=authority)
    items = accepted.holder.items
    said = [items.individual_number.encode(), items.name.encode(), items.address.encode()]

    for row in await intents(accepted, "intended"):
        stored = b"".join(value for value in vars(row).values() if isinstance(value, bytes))
        assert row.to_be_signed in stored
        assert not any(one in stored for one in said)


Stop = Callable[[Inside, Authority], Awaitable[None]]


async def after_claim(accepted: Inside, authority: Authority) -> None:
    """Die after the claim."""
    await claim_alone(IssueRequest(accepted.application_id), at=accepted.at(), authority=authority)


async def after_intents(accepted: Inside, authority: Authority) -> None:
    """Die after the intents were committed."""
    claimed = await claim_alone(IssueRequest(accepted.application_id), at=accepted.at(), authority=authority)
    await record_intents(claimed, at=accepted.at(), authority=authority)


async def after_signing(accepted: Inside, authority: Authority) -> None:
    """Die with signed records in hand, none of them released."""
    await issue_alone(IssueRequest(accepted.application_id), at=accepted.at(), authority=authority)


@pytest.mark.requirement("MDOC-20")
@pytest.mark.parametrize(("stop", "left"), [(after_claim, 0), (after_intents, 2), (after_signing, 2)])
async def test_killed_between_steps(accepted: Inside, authority: Authority, stop: Stop, left: int) -> None:
    """Wherever a worker dies, the next gives up what it left, INVALID, and issues anew: nothing is signed twice."""
    await stop(accepted, authority)
    before = {row.intent_id for row in await intents(accepted)}
    accepted.desk.clock.advance(seconds=21)
    issued = await issue_alone(IssueRequest(accepted.application_id), at=accepted.at(), authority=authority)
    async with authority.sessions.begin() as session:
        await release(session, [issued], at=accepted.at())
    given_up, out = await intents(accepted, "given_up"), await intents(accepted, "signed")

    assert before == {row.intent_id for row in given_up}
    assert (left, 2) == (len(given_up), len(out))
    assert ({VALUES[Status.INVALID]} if left else set()) == await values(accepted, given_up)
    assert {VALUES[Status.VALID]} == await values(accepted, out)


async def late(accepted: Inside, authority: Authority, *, stage: str) -> None:
    """A slow worker goes on at a stage after its claim was taken over."""
    claimed = await claim_alone(IssueRequest(accepted.application_id), at=accepted.at(), authority=authority)
    if stage == "record":
        await _taken_over(accepted, authority)
        await record_intents(claimed, at=accepted.at(), authority=authority)
        return
    rows = await record_intents(claimed, at=accepted.at(), authority=authority)
    if stage == "sign":
        await _taken_over(accepted, authority)
    issued = await sign_alone(rows, authority=authority)
    await _taken_over(accepted, authority)
    async with authority.sessions.begin() as session:
        await release(session, [issued], at=accepted.at())


async def _taken_over(accepted: Inside, authority: Authority) -> Issued:
    accepted.desk.clock.advance(seconds=21)
    return await issue_alone(IssueRequest(accepted.application_id), at=accepted.at(), authority=authority)


@pytest.mark.parametrize("stage", ["record", "sign", "release"])
async def test_slow_worker_loses(accepted: Inside, authority: Authority, stage: str) -> None:
    """A worker whose claim was taken over records, signs and releases nothing any more."""
    with pytest.raises(IssuerError) as lost:
        await late(accepted, authority, stage=stage)

    assert lost.value.code == Code.ISSUANCE_LOST
    assert not await intents(accepted, "signed")


@pytest.mark.requirement("MDOC-20")
async def test_holder_signature_again(accepted: Inside, authority: Authority) -> None:
    """A stored application that no longer verifies is not issued for, and no intent remains."""
    content = issue_content(accepted.holder, accepted.phone, accepted.desk.nonce())
    forged = signed(accepted.holder, msgspec.json.encode(content), digest=bytes(32))
    async with accepted.desk.sessions.begin() as session:
        row = await session.get_one(Application, accepted.application_id)
        row.digital_signature = accepted.desk.tools.sealer.seal(forged, "mdoc_application.digital_signature")

    with pytest.raises(IssuerError) as refusal:
        await issue_alone(IssueRequest(accepted.application_id), at=accepted.at(), authority=authority)

    assert refusal.value.code == Code.HOLDER_SIGNATURE
    assert not await intents(accepted)


async def test_own_verifier_decides(accepted: Inside, authority: Authority) -> None:
    """A record that our own verifier does not accept never leaves: here the root is another one."""
    foreign = replace(authority, trust=document_signer_trust(hierarchy().anchors("reader_ca")))

    with pytest.raises(VerificationFailed):
        await issue_alone(IssueRequest(accepted.application_id), at=accepted.at(), authority=foreign)
    assert not await intents(accepted, "signed")


@pytest.mark.requirement("MDOC-24")
async def test_ended_card(accepted: Inside, authority: Authority) -> None:
    """When the card has ended before the authority gets to it, it refuses to sign."""
    at = accepted.at() + timedelta(days=3650)

    with pytest.raises(IssuerError) as refusal:
        await issue_alone(
            IssueRequest(accepted.application_id),
            at=at,
            authority=replace(authority, signers=[replace(authority.signers[0], not_after=at + timedelta(days=9))]),
        )

    assert refusal.value.code == Code.VALIDITY_EMPTY
    assert not await intents(accepted)


@pytest.mark.requirement("MDOC-22")
async def test_outside_the_profile(accepted: Inside, authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """A record that breaks the issuing profile is refused before any intent: here with an element nobody knows."""
    genuine = to_elements

    def with_more(*args: Any, **named: Any) -> Elements:
        elements = genuine(*args, **named)
        return elements | {JAPAN: elements[JAPAN] | {"blood_type": "A"}}

    monkeypatch.setattr(recording, "to_elements", with_more)
    with pytest.raises(IssuerError) as refusal:
        await issue_alone(IssueRequest(accepted.application_id), at=accepted.at(), authority=authority)

    assert (refusal.value.code, refusal.value.members["rule"]) == (Code.OUTSIDE_PROFILE, "element")
    assert not await intents(accepted)


@pytest.mark.requirement("MDOC-20")
@pytest.mark.parametrize(
    "altered", [{"to_be_signed": b"other bytes"}, {"idx": 1_000_000}, {"valid_until": START + timedelta(days=400)}]
)
async def test_altered_intents(accepted: Inside, authority: Authority, altered: dict[str, Any]) -> None:
    """An intent that was altered after it was committed is never released, and its bytes are never signed."""
    claimed = await claim_alone(IssueRequest(accepted.application_id), at=accepted.at(), authority=authority)
    rows = await record_intents(claimed, at=accepted.at(), authority=authority)
    async with authority.sessions.begin() as session:
        await session.execute(
            update(IssuanceIntent).where(IssuanceIntent.intent_id == rows[0].records[0].intent_id).values(**altered)
        )

    with pytest.raises(RuntimeError, match="intended"):
        await sign_alone(rows, authority=authority)
