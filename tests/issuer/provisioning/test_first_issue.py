"""From acceptance to a set in use on the phone."""

import base64
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import update

from issuer.authority.claims import IssueRequest
from issuer.authority.models import IssuanceIntent
from issuer.errors import Code
from issuer.provisioning import first_issue
from issuer.provisioning.first_issue import issue_due, issue_shard
from issuer.provisioning.tools import Provisioning
from issuer.smp.application.models import Application
from issuer.smp.application.states import State
from issuer.smp.letters import letter_info
from issuer.smp.record.models import HolderCredentialHistory, IssuedRecord, RecordSet
from mdoc.verify import verify_issuer_signed
from registry.messages.relay import Push
from registry.trail.models import ProvisionRecord
from tests.issuer.conftest import Inside
from tests.issuer.issuing import issue_alone
from tests.issuer.provisioning.outgoing import letters, refusals, sent, set_of
from tests.issuer.smp.conftest import Desk
from tests.support.applications import PHOTO, Holder, a_phone, an_application
from tests.support.hpke import open_letter


@pytest.mark.requirement("MDOC-19", "MDOC-25", "MDOC-27", "AUDIT-16")
async def test_issue(accepted: Inside) -> None:
    """An accepted application becomes a set of records, books and trail, and one bundle on its way to the phone."""
    assert await accepted.issue() == 1
    assert await accepted.issue() == 0
    record_set = await set_of(accepted)
    application = await accepted.desk.application(accepted.application_id)
    (bundle,) = await letters(accepted)
    reasons = [row.reason for row in await accepted.desk.rows(ProvisionRecord, operation="issuer.issue")]

    assert (record_set.mdoc_status, application.application_status) == ("issued", State.WAITING_DEVICE)
    assert accepted.at() == record_set.mdoc_last_sent_at
    assert ("bundle", str(record_set.mdoc_id), 2) == (bundle["type"], bundle["set_id"], len(bundle["records"]))
    assert len(await accepted.desk.rows(IssuedRecord, mdoc_id=record_set.mdoc_id)) == 2
    assert len(await accepted.desk.rows(HolderCredentialHistory, credential_id=record_set.mdoc_id)) == 1
    assert sorted(reason for reason in reasons if reason) == ["issued:issued", "sent"]


@pytest.mark.requirement("MDOC-26")
async def test_only_the_phone_opens(accepted: Inside) -> None:
    """The relay gets ciphertext in which nothing of the person stands; another phone, or another id, cannot open it."""
    await accepted.issue()
    body = max(await sent(accepted, "relay.push"), key=len)  # the bundle is larger than the wait command
    push = msgspec.json.decode(body, type=Push)
    secrets = [
        accepted.holder.items.individual_number.encode(),
        accepted.holder.items.name.encode(),
        accepted.holder.face.photo or b"",
    ]

    assert not any(secret in push.sealed for secret in secrets)
    assert open_letter(accepted.phone, push)
    for phone, changed in (
        (a_phone(), push),
        (accepted.phone, msgspec.structs.replace(push, letter_id=UUID(int=7))),
    ):
        with pytest.raises(Exception, match=r"^$|[Dd]ecrypt|Invalid"):
            open_letter(phone, changed)
    assert letter_info("a", UUID(int=7)) != letter_info("b", UUID(int=7))


@pytest.mark.requirement("MDOC-20", "MDOC-22")
async def test_records_in_the_bundle(accepted: Inside) -> None:
    """What the phone opens are records that verify, each bound to one of its keys."""
    await accepted.issue()
    (bundle,) = await letters(accepted)
    trust = accepted.provisioning.authority.trust
    verified = [verify_issuer_signed(one, trust=trust, at=accepted.at()) for one in bundle["records"]]

    assert [key.public_key() for key in accepted.phone.device_keys] == [one.device_key for one in verified]


@pytest.mark.requirement("MDOC-9")
async def test_the_portrait_is_the_cards(desk: Desk, provisioning: Provisioning, holder: Holder) -> None:
    """A photo that was taken for comparison is compared, and never put into a record."""
    desk.tools, taken = replace(desk.tools, same_face=lambda *_: True), b"taken today"
    phone = a_phone()
    shown = base64.b64encode(taken).decode()
    applied = await desk.apply(an_application(holder, phone, desk.nonce(), at=desk.clock(), face_photo_captured=shown))
    assert await desk.verify() == 1
    inside = Inside(desk, provisioning, holder, phone, applied.application_id)
    await inside.issue()
    (bundle,) = await letters(inside)

    for record in bundle["records"]:
        found = verify_issuer_signed(record, trust=provisioning.authority.trust, at=inside.at())
        assert [one["portrait"] for one in found.elements.values() if "portrait" in one] == [PHOTO]
        assert taken not in record


@pytest.mark.requirement("MDOC-12")
@pytest.mark.parametrize(("state", "code"), [("revoked", Code.CERTIFICATE_REVOKED), ("held", Code.CERTIFICATE_ON_HOLD)])
async def test_certificate_changes_meanwhile(accepted: Inside, state: str, code: Code) -> None:
    """When JPKI revokes or holds the certificate after acceptance, nothing leaves: failed, INVALID, recorded."""
    async with accepted.desk.sessions.begin() as session:
        await session.execute(update(Application).values(certificate_standing=state))
    await accepted.issue()
    application = await accepted.desk.application(accepted.application_id)

    assert (State.FAILED, code) == (application.application_status, application.application_detail_status)
    assert [code] == await refusals(accepted, "issuer.issue")
    assert [row.state for row in await accepted.desk.rows(IssuanceIntent)] == ["given_up", "given_up"]
    assert not await accepted.desk.rows(RecordSet)
    assert not await letters(accepted)


@pytest.mark.requirement("MDOC-19", "AUDIT-16")
async def test_refused_request(accepted: Inside) -> None:
    """A request for an application that is unknown or not accepted is refused, changes nothing and is recorded."""
    assert not await issue_shard(accepted.provisioning, [UUID(int=5)], at=accepted.at())

    assert await refusals(accepted, "issuer.issue") == [Code.NOT_ISSUABLE]
    assert (await accepted.desk.application(accepted.application_id)).application_status == State.ACCEPTED


async def test_crash_before_release(accepted: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    """If sending crashes, the application is taken up after the lease and ends with one set and one bundle."""

    async def crash(*_: object, **__: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(first_issue, "send_first", crash)
        assert await accepted.issue() == 0
    assert await accepted.issue() == 0
    accepted.desk.clock.advance(seconds=21)

    assert await accepted.issue() == 1
    assert sorted(row.state for row in await accepted.desk.rows(IssuanceIntent)) == [
        "given_up",
        "given_up",
        "signed",
        "signed",
    ]
    assert len(await letters(accepted)) == 1
    assert len(await accepted.desk.rows(RecordSet)) == 1


async def test_doubled_worker(accepted: Inside) -> None:
    """A second worker that comes while the first holds the claim does nothing and records nothing."""
    await issue_alone(
        IssueRequest(accepted.application_id), at=accepted.at(), authority=accepted.provisioning.authority
    )
    accepted.desk.clock.advance(seconds=1)

    assert not await issue_shard(accepted.provisioning, [accepted.application_id], at=accepted.at())
    assert not await accepted.desk.rows(RecordSet)
    assert not await refusals(accepted, "issuer.issue")


async def test_nothing_due(accepted: Inside) -> None:
    """A job that finds nothing does nothing."""
    await accepted.issue()

    assert await issue_due(accepted.provisioning, at=accepted.at() + timedelta(days=1)) == 0
