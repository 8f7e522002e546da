"""The steps between application and use: each with its token, each refused when it is expired, used or another's."""

from uuid import UUID

import pytest

from issuer.errors import IssuerError
from issuer.provisioning.tools import Provisioning
from issuer.smp.application.exchange import application_state
from issuer.smp.application.messages import AskState
from issuer.smp.application.states import State
from issuer.smp.binding import MOST_PASSWORDS, request_password, take_event
from tests.issuer.conftest import Inside, accept, accepted, authority, provisioning
from tests.issuer.smp.conftest import Desk
from tests.support.applications import a_holder
from tests.support.attestations import a_phone

__all__ = ["accepted", "authority", "provisioning"]  # fixtures, found by name


@pytest.fixture
async def issued(accepted: Inside) -> Inside:
    """An application whose bundle and wait command are on their way."""
    assert await accepted.issue() == 1
    return accepted


async def code_of(inside: Inside, **claims: object) -> str:
    """Bind in a way that is refused; return the code."""
    with pytest.raises(IssuerError) as refusal:
        await inside.bind(**claims)
    return refusal.value.code


@pytest.mark.requirement("MDOC-31")
async def test_the_password_comes_sealed_and_goes_back_signed(issued: Inside) -> None:
    """The wait command holds the one-time password; sent back, it binds the issue and the next token is another."""
    first = await issued.token()
    (wait,) = await issued.waits()
    row = await issued.desk.application(issued.application_id)
    assert (row.wait_command_sent_flag, row.issuance_binding_status) == (True, "waiting")
    assert wait["one_time_password"].encode() not in (row.one_time_password or b"")

    answer = await issued.bind()

    row = await issued.desk.application(issued.application_id)
    assert (row.issuance_binding_status, row.one_time_password) == ("bound", None)
    assert row.issuance_binding_task_id is not None
    assert answer.next_step_token != first


@pytest.mark.requirement("MDOC-31")
async def test_a_step_is_taken_once(issued: Inside) -> None:
    """Token and password of a step that was taken are refused, each with its own code."""
    first = await issued.token()
    await issued.bind()

    assert await code_of(issued, next_step_token=first) == "token_used"
    assert await code_of(issued) == "one_time_password_used"
    question = AskState(application_id=issued.application_id, next_step_token=first)
    with pytest.raises(IssuerError, match="token_used"):
        await issued.desk.step(application_state, question, issued.desk.tools)


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"one_time_password": "0000000000"}, "one_time_password_wrong"),
        ({"otp_request_id": UUID(int=4)}, "one_time_password_wrong"),
        ({"one_time_password": None}, "one_time_password_wrong"),
        ({"one_time_password": "12345"}, "phone_message_invalid"),
        ({"next_step_token": "A" * 43}, "token_refused"),
        ({"next_step_token": None}, "token_refused"),
    ],
)
@pytest.mark.requirement("MDOC-31")
async def test_nothing_but_the_last_password_and_token_binds(
    issued: Inside, claims: dict[str, object], code: str
) -> None:
    """A guess, another request's password, none at all, a foreign token: the issue stays unbound."""
    assert await code_of(issued, **claims) == code
    assert (await issued.desk.application(issued.application_id)).issuance_binding_status == "waiting"


@pytest.mark.parametrize(("passed", "expired"), [({"minutes": 9, "seconds": 59}, False), ({"minutes": 10}, True)])
@pytest.mark.requirement("MDOC-31")
async def test_a_password_ends_after_ten_minutes(issued: Inside, passed: dict[str, int], expired: bool) -> None:  # noqa: FBT001
    """One second before its end a password binds; at its end it does not."""
    issued.desk.clock.advance(**passed)
    if expired:
        assert await code_of(issued) == "one_time_password_expired"
    else:
        assert (await issued.bind()).next_step_token


@pytest.mark.requirement("MDOC-31")
async def test_a_lost_password_is_asked_for_again_and_the_former_serves_no_longer(issued: Inside) -> None:
    """Another password ends the one before and its step's token; after the fifth there is none."""
    (first,) = await issued.waits()
    former = {name: first[name] for name in ("otp_request_id", "one_time_password")}
    ask = {"tools": issued.desk.tools}
    await issued.desk.step(request_password, issued.word("request_otp"), **ask)

    assert await code_of(issued, **former) == "one_time_password_wrong"
    assert (await issued.bind()).next_step_token
    for _ in range(MOST_PASSWORDS - 2):
        await issued.desk.step(request_password, issued.word("request_otp"), **ask)
    with pytest.raises(IssuerError, match="one_time_password_limit"):
        await issued.desk.step(request_password, issued.word("request_otp"), **ask)


@pytest.mark.requirement("MDOC-31")
async def test_only_an_issue_that_waits_is_bound(accepted: Inside) -> None:
    """Before the bundle is on its way there is nothing to bind."""
    with pytest.raises(IssuerError, match="transition_refused"):
        await accepted.desk.step(request_password, accepted.word("request_otp"), accepted.desk.tools)


@pytest.mark.requirement("MDOC-31")
async def test_a_password_of_one_holder_binds_no_other(issued: Inside, desk: Desk, provisioning: Provisioning) -> None:
    """The password of one application is wrong for every other."""
    other = await accept(
        desk, provisioning, a_holder("別人 太郎", seed="other"), a_phone(app_install_id="install-of-other")
    )
    await other.issue()
    (wait,) = await other.waits()
    foreign = {name: wait[name] for name in ("otp_request_id", "one_time_password")}

    assert await code_of(issued, **foreign) == "one_time_password_wrong"


@pytest.mark.requirement("MDOC-31")
async def test_events_of_the_bundle_are_kept(issued: Inside) -> None:
    """Fetched is noted; refused makes the application undelivered until the phone fetches the bundle after all."""

    async def tell(event: str | None) -> tuple[str, str | None, bool]:
        await issued.desk.step(take_event, issued.word("event", event=event), issued.desk.tools)
        row = await issued.desk.application(issued.application_id)
        return row.application_status, row.event_notification_received_status, row.issuance_bundle_fetch_received_flag

    assert await tell("bundle_refused") == (State.UNDELIVERED, "bundle_refused", False)
    assert await tell("bundle_fetched") == (State.WAITING_DEVICE, "bundle_fetched", True)
    for unknown in (None, "bundle_eaten"):
        with pytest.raises(IssuerError, match="phone_message_invalid"):
            await tell(unknown)


@pytest.mark.requirement("MDOC-31")
async def test_a_word_of_the_exchange_serves_once(issued: Inside) -> None:
    """The very same message again is a replay, whatever it says."""
    word = issued.word("event", event="bundle_fetched")
    await issued.desk.step(take_event, word, issued.desk.tools)
    with pytest.raises(IssuerError, match="phone_message_replayed"):
        await issued.desk.step(take_event, word, issued.desk.tools)
