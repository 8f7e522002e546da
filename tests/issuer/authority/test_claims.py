"""Who may issue: an accepted application once, a set in use once, one worker at a time."""

from uuid import UUID

import pytest

from issuer.authority.claims import IssueRequest
from issuer.authority.issuance import release as put_out
from issuer.authority.models import Issuance, IssuanceIntent
from issuer.authority.tools import Authority
from issuer.errors import Code, IssuerError
from issuer.smp.application.models import Application
from issuer.smp.application.states import State
from issuer.smp.record.states import Status
from tests.issuer.conftest import Inside
from tests.issuer.issuing import issue_alone
from tests.issuer.provisioning.day import confirmed, sets, step


@pytest.mark.requirement("MDOC-19")
async def test_only_accepted(accepted: Inside, authority: Authority) -> None:
    """A request without an accepted application is refused and nothing is signed."""
    async with accepted.desk.sessions.begin() as session:
        row = await session.get_one(Application, accepted.application_id)
        row.application_status = State.VERIFYING

    for application_id in (accepted.application_id, UUID(int=1)):
        with pytest.raises(IssuerError) as refusal:
            await issue_alone(IssueRequest(application_id), at=accepted.at(), authority=authority)
        assert refusal.value.code == Code.NOT_ISSUABLE
    assert not await accepted.desk.rows(Issuance)


@pytest.mark.requirement("MDOC-19")
async def test_only_once(accepted: Inside, authority: Authority) -> None:
    """What was released is never issued again, and a claim that is held is not taken."""
    request = IssueRequest(accepted.application_id)
    issued = await issue_alone(request, at=accepted.at(), authority=authority)
    with pytest.raises(IssuerError) as busy:
        await issue_alone(request, at=accepted.at(), authority=authority)
    async with authority.sessions.begin() as session:
        await put_out(session, [issued], at=accepted.at())
    accepted.desk.clock.advance(minutes=5)
    with pytest.raises(IssuerError) as done:
        await issue_alone(request, at=accepted.at(), authority=authority)

    assert (busy.value.code, done.value.code) == (Code.ISSUANCE_LOST, Code.NOT_ISSUABLE)


async def test_only_issue_applications(accepted: Inside, authority: Authority) -> None:
    """An accepted application of another kind, a suspension for example, is nothing to issue for."""
    async with accepted.desk.sessions.begin() as session:
        (await session.get_one(Application, accepted.application_id)).application_type = "suspend"

    with pytest.raises(IssuerError) as refusal:
        await issue_alone(IssueRequest(accepted.application_id), at=accepted.at(), authority=authority)
    assert refusal.value.code == Code.NOT_ISSUABLE


@pytest.fixture
async def owned(accepted: Inside) -> Inside:
    """A holder whose phone has confirmed its first set."""
    return await confirmed(accepted)


@pytest.mark.requirement("MDOC-46")
@pytest.mark.parametrize("to", [Status.SUSPENDED, Status.REVOKED, Status.EXPIRED, Status.SUPERSEDED])
async def test_authority_refuses(owned: Inside, to: Status) -> None:
    """The authority itself refuses to renew a set that is not in use, whoever asks."""
    (old,) = await sets(owned)
    await step(owned, old, to)
    request = IssueRequest(owned.application_id, replaces=old.mdoc_id)
    with pytest.raises(IssuerError) as refusal:
        await issue_alone(request, at=owned.at(), authority=owned.provisioning.authority)

    assert refusal.value.code == Code.NOT_RENEWABLE
    assert len(await owned.desk.rows(IssuanceIntent)) == 2


@pytest.mark.requirement("MDOC-46")
async def test_authority_refuses_other_applications(owned: Inside) -> None:
    """A set is renewed from its own application and from no other; what is renewed is not renewed again."""
    (old,) = await sets(owned)
    authority = owned.provisioning.authority
    with pytest.raises(IssuerError) as other:
        await issue_alone(IssueRequest(old.mdoc_id, replaces=old.mdoc_id), at=owned.at(), authority=authority)
    request = IssueRequest(owned.application_id, replaces=old.mdoc_id)
    issued = await issue_alone(request, at=owned.at(), authority=authority)
    async with authority.sessions.begin() as session:
        await put_out(session, [issued], at=owned.at())
    with pytest.raises(IssuerError) as again:
        await issue_alone(request, at=owned.at(), authority=authority)

    assert [other.value.code, again.value.code] == [Code.NOT_RENEWABLE] * 2
