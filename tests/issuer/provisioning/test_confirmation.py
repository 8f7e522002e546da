"""The phone confirms its bundle."""

from datetime import timedelta
from uuid import UUID

import msgspec
import pytest

from issuer.errors import Code, IssuerError
from issuer.smp.application.states import State
from issuer.smp.record.in_force import set_of as locked_set
from issuer.smp.record.lapse import lapse
from issuer.smp.record.models import HolderCredentialHistory
from registry.messages.message import Acknowledged
from registry.messages.smp import MunicipalityNotice
from tests.issuer.conftest import Inside
from tests.issuer.provisioning.outgoing import sent, set_of
from tests.support.applications import a_phone


@pytest.mark.requirement("MDOC-25", "MDOC-27")
async def test_confirm(accepted: Inside) -> None:
    """When the phone confirms, the set is in use, the application is complete and the municipality is told."""
    await accepted.issue()
    record_set = await set_of(accepted)
    answer = await accepted.confirm(record_set.mdoc_id)
    (told,) = [
        msgspec.json.decode(b, type=MunicipalityNotice) for b in await sent(accepted, "municipal-cs.mdoc_notice")
    ]
    history = await accepted.desk.rows(HolderCredentialHistory, credential_id=record_set.mdoc_id)

    assert answer == Acknowledged(reference=record_set.mdoc_id)
    assert (await set_of(accepted)).mdoc_status == "active"
    assert (await accepted.desk.application(accepted.application_id)).application_status == State.COMPLETED
    assert ("issued", accepted.holder.face.municipality_code) == (told.event, told.municipality_code)
    assert sorted(row.credential_status for row in history) == ["active", "issued"]


async def test_confirm_again(accepted: Inside) -> None:
    """Confirming a set that is in use changes nothing and tells nobody again; the same message twice is refused."""
    await accepted.issue()
    record_set = await set_of(accepted)
    await accepted.confirm(record_set.mdoc_id, jti=UUID(int=1))
    await accepted.confirm(record_set.mdoc_id)
    with pytest.raises(IssuerError) as replayed:
        await accepted.confirm(record_set.mdoc_id, jti=UUID(int=1))

    assert replayed.value.code == Code.PHONE_MESSAGE_REPLAYED
    assert len(await sent(accepted, "municipal-cs.mdoc_notice")) == 1


@pytest.mark.requirement("MDOC-31")
async def test_confirm_before_binding(accepted: Inside) -> None:
    """A bundle comes into use only on the phone that sent its one-time password back."""
    await accepted.issue()
    record_set = await set_of(accepted)
    with pytest.raises(IssuerError) as refusal:
        await accepted.confirm(record_set.mdoc_id, bound=False)

    assert refusal.value.code == Code.NOT_BOUND
    assert (await set_of(accepted)).mdoc_status == "issued"


@pytest.mark.requirement("MDOC-31")
async def test_confirm_command(accepted: Inside) -> None:
    """The first confirmation is answered with a confirm command through the relay, and noted with its task."""
    await accepted.issue()
    record_set = await set_of(accepted)
    await accepted.confirm(record_set.mdoc_id)
    row = await accepted.desk.application(accepted.application_id)
    commands = [letter for letter in await accepted.pushed() if letter["type"] == "command"]

    assert [(each["command"], each["set_id"]) for each in commands] == [("confirm", str(record_set.mdoc_id))]
    assert (row.wait_command_sent_flag_2, row.event_notification_received_status) == (True, "confirmed")
    assert row.confirm_command_task_id is not None


async def test_confirm_by_another_phone(accepted: Inside) -> None:
    """Another key cannot confirm, and no phone confirms a set that is not its own."""
    await accepted.issue()
    record_set = await set_of(accepted)
    with pytest.raises(IssuerError) as other_key:
        await accepted.confirm(record_set.mdoc_id, phone=a_phone())
    with pytest.raises(IssuerError) as other_set:
        await accepted.confirm(UUID(int=9))

    assert (other_key.value.code, other_set.value.code) == (Code.PHONE_MESSAGE, Code.OTHER_BUNDLE)
    assert (await set_of(accepted)).mdoc_status == "issued"


async def test_confirm_too_late(accepted: Inside) -> None:
    """A set whose validity has ended does not come into use."""
    await accepted.issue()
    record_set = await set_of(accepted)
    await accepted.bind()
    accepted.desk.clock.at = record_set.valid_until + timedelta(seconds=1)
    with pytest.raises(IssuerError) as refusal:
        await accepted.confirm(record_set.mdoc_id)

    assert refusal.value.code == Code.RECORD_LAPSED
    assert (await set_of(accepted)).mdoc_status == "issued"


@pytest.mark.requirement("MDOC-42")
async def test_confirm_lapsed(accepted: Inside) -> None:
    """A set that lost effect before the phone confirmed it stays without effect."""
    await accepted.issue()
    await accepted.bind()
    record_set = await set_of(accepted)
    async with accepted.desk.sessions.begin() as session:
        row = await locked_set(session, record_set.mdoc_id)
        assert row is not None
        await lapse(session, accepted.desk.act(), row, ["9-1b"], tools=accepted.desk.tools)
    with pytest.raises(IssuerError) as refusal:
        await accepted.confirm(record_set.mdoc_id)

    assert refusal.value.code == Code.RECORD_LAPSED
    assert (await set_of(accepted)).mdoc_status == "revoked"
