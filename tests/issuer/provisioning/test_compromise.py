"""A signing key was leaked, lost or damaged: all records under it lose effect (Order 39-11(2), (3))."""

from uuid import UUID

import pytest

from issuer.authority.claims import IssueRequest
from issuer.authority.models import IssuanceIntent, RevokedSigner
from issuer.errors import Code, IssuerError
from issuer.provisioning import compromise
from issuer.provisioning.compromise import declare, lapse_due, public_notices
from issuer.provisioning.tools import Provisioning
from issuer.smp.record.models import CompromisedSigner, LapseRecord, Notice, RecordSet
from mdoc.status import VALUES
from mdoc.status import Status as Published
from registry.messages.smp import CompromiseReport, DeclareCompromise
from tests.issuer.conftest import Inside, accept
from tests.issuer.issuing import issue_alone
from tests.issuer.provisioning.day import confirmed, published
from tests.issuer.smp.conftest import Desk
from tests.support.applications import a_holder, a_phone


async def declared(inside: Inside, signer: str) -> CompromiseReport:
    """Publish the notice as an operator, or ask how far it has come."""
    message = DeclareCompromise(request_id=UUID(int=1), signer=signer, cause="leaked")
    report = await inside.desk.step(declare, message)
    assert isinstance(report, CompromiseReport)
    return report


async def signer_of(inside: Inside) -> str:
    """The signer of the holder's records."""
    names = {row.signer for row in await inside.desk.rows(IssuanceIntent)}
    assert len(names) == 1
    return str(names.pop())


async def step(inside: Inside) -> int:
    """Let the worker end one batch."""
    return await lapse_due(inside.provisioning, at=inside.at())


@pytest.mark.requirement("MDOC-38", "MDOC-39", "MDOC-41", "MDOC-42")
async def test_all_records_lapse_in_batches(
    owned: Inside, desk: Desk, provisioning: Provisioning, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The notice is public at once; batch by batch every set ends by 39-11(2), each phone is told, and none follows."""
    monkeypatch.setattr(compromise, "BATCH", 1)
    await confirmed(
        await accept(desk, provisioning, a_holder(seed="next"), a_phone(app_install_id="install-of-neighbour"))
    )
    signer = await signer_of(owned)
    begun = await declared(owned, signer)
    done = [await step(owned) for _ in range(3)]
    ended = await declared(owned, signer)

    told = await desk.step(public_notices)
    assert [(each.signer, each.cause, each.published_at) for each in told.notices] == [(signer, "leaked", owned.at())]
    assert (begun.sets_lapsed, begun.completed_at, begun.published_at) == (0, None, owned.at())
    assert done == [1, 1, 0]
    assert (ended.sets_lapsed, ended.completed_at) == (2, owned.at())
    assert {(row.mdoc_status, row.status_reason) for row in await desk.rows(RecordSet)} == {("revoked", "39-11(2)")}
    assert {(row.cause, row.trigger) for row in await desk.rows(LapseRecord)} == {("39-11(2)", "signer_leaked")}
    assert len(await desk.rows(Notice, kind="lapsed")) == 2
    assert await published(owned) == {VALUES[Published.INVALID]}


async def test_a_worker_that_dies_is_followed_by_another(owned: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    """What died in the middle of a batch is rolled back whole; the next one begins that batch anew."""
    await declared(owned, await signer_of(owned))
    with monkeypatch.context() as patch:
        patch.setattr(compromise, "lapse", _die)
        with pytest.raises(ConnectionError):
            await step(owned)
    (untouched,) = await owned.desk.rows(RecordSet)

    assert untouched.mdoc_status == "active"
    assert [await step(owned), await step(owned), await step(owned)] == [1, 0, 0]
    assert [row.sets_lapsed for row in await owned.desk.rows(CompromisedSigner)] == [1]


async def _die(*_: object, **__: object) -> None:
    raise ConnectionError


async def test_open_while_something_is_being_signed(owned: Inside) -> None:
    """A renewal that was under way with the key may still come out: the notice is complete only when that is over."""
    (old,) = await owned.desk.rows(RecordSet)
    request = IssueRequest(owned.application_id, replaces=old.mdoc_id)
    await issue_alone(request, at=owned.at(), authority=owned.provisioning.authority)
    await declared(owned, await signer_of(owned))

    assert [await step(owned), await step(owned)] == [1, 0]
    (notice,) = await owned.desk.rows(CompromisedSigner)
    assert notice.completed_at is None


async def test_records_under_another_key_stay(owned: Inside) -> None:
    """Only what that key signed loses effect; a serial under which nothing was issued is refused."""
    with pytest.raises(IssuerError, match=Code.SIGNER_UNKNOWN):
        await declared(owned, "abcdef")

    assert await step(owned) == 0
    assert [row.mdoc_status for row in await owned.desk.rows(RecordSet)] == ["active"]
    assert await owned.desk.rows(CompromisedSigner) == []


async def test_a_key_that_the_iaca_revoked_is_published_by_itself(owned: Inside) -> None:
    """Told over E-49 that a key was compromised, the worker publishes the notice; any other cause ends no record."""
    signer = await signer_of(owned)
    for number, cause in enumerate(("superseded", "key_compromise")):
        async with owned.desk.sessions.begin() as session:
            serial = signer if cause == "key_compromise" else "abcdef"
            session.add(RevokedSigner(serial=serial, cause=cause, since=owned.at(), told_at=owned.at()))
        assert await step(owned) == number

    assert [row.signer for row in await owned.desk.rows(CompromisedSigner)] == [signer]
    assert [row.status_reason for row in await owned.desk.rows(RecordSet)] == ["39-11(2)"]


async def test_a_declared_key_signs_nothing_more(owned: Inside) -> None:
    """The operator's word is enough: the signer counts as revoked from that instant."""
    signer = await signer_of(owned)
    await declared(owned, signer)

    (revoked,) = await owned.desk.rows(RevokedSigner)
    assert (revoked.serial, revoked.cause, revoked.since) == (signer, "key_compromise", owned.at())
