"""Messages of a phone, signed by its binding key."""

from typing import Any
from uuid import UUID

import pytest

from issuer.errors import IssuerError
from issuer.smp.application.phone_message import open_phone_message
from tests.issuer.smp.conftest import Desk, Line, Owned
from tests.support.applications import AUDIENCE, Holder, a_phone_word, an_application
from tests.support.attestations import a_phone


async def opened(desk: Desk, body: str, action: str = "revoke") -> Any:
    """Open a message as the steps do."""
    async with desk.sessions.begin() as session:
        return await open_phone_message(session, body, action, audience=AUDIENCE, at=desk.clock())


async def test_a_message_of_the_phone_names_its_application(desk: Desk, owned: Owned) -> None:
    """The claims come back with the application whose binding key signed."""
    word = a_phone_word(owned.phone, owned.application_id, "revoke", set_id=owned.set_id)
    claims = await opened(desk, word)
    assert (claims.application.application_id, claims.set_id) == (owned.application_id, owned.set_id)


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "https://elsewhere.test"},
        {"action": "confirm_bundle"},
        {"extra": "x"},
        {"jti": "not-a-uuid"},
        {"set_id": 7},
        {"iat": "soon"},
        {"iat": 10**30},
        {"header": {"typ": "jwt"}},
        {"header": {"kid": "00000000-0000-4000-8000-000000000009"}},
        {"header": {"kid": "nobody"}},
        {"header": {"jku": "https://elsewhere.test"}},
    ],
)
@pytest.mark.requirement("MDOC-34")
async def test_any_other_message_is_refused(desk: Desk, owned: Owned, changes: dict[str, Any]) -> None:
    """Another receiver, action, shape, key id or type is no message of this phone."""
    word = a_phone_word(owned.phone, owned.application_id, **({"action": "revoke"} | changes))
    with pytest.raises(IssuerError, match=r"phone_message_(invalid|stale)"):
        await opened(desk, word)


@pytest.mark.requirement("MDOC-34")
async def test_a_foreign_key_is_refused(desk: Desk, owned: Owned) -> None:
    """Not even a device key of the same phone speaks for it."""
    word = a_phone_word(owned.phone, owned.application_id, "revoke", key=owned.phone.device_keys[0])
    with pytest.raises(IssuerError, match="phone_message_invalid"):
        await opened(desk, word)


@pytest.mark.parametrize("body", ["aaaa.bbbb.cccc", "not a token", "", "e30.e30."])
async def test_what_is_no_token_is_refused(desk: Desk, owned: Owned, body: str) -> None:
    """Garbage ends in a refusal and in nothing else."""
    with pytest.raises(IssuerError, match="phone_message_invalid"):
        await opened(desk, body)


async def test_a_rejected_application_speaks_no_more(desk: Desk, line: Line, holder: Holder) -> None:
    """Keys of an application that was rejected open nothing."""
    line.card_matches = False
    phone = a_phone()
    applied = await desk.apply(an_application(holder, phone, desk.nonce()))
    await desk.verify()
    with pytest.raises(IssuerError, match="phone_message_invalid"):
        await opened(desk, a_phone_word(phone, applied.application_id, "notices"), "notices")


@pytest.mark.parametrize("minutes", [-6, 6])
async def test_a_message_outside_five_minutes_is_stale(desk: Desk, owned: Owned, minutes: int) -> None:
    """Too old and from the future are refused alike."""
    word = a_phone_word(owned.phone, owned.application_id, "revoke")
    desk.clock.advance(minutes=minutes)
    with pytest.raises(IssuerError, match="phone_message_stale"):
        await opened(desk, word)


@pytest.mark.requirement("MDOC-31")
async def test_a_message_that_changes_something_is_obeyed_once(desk: Desk, owned: Owned) -> None:
    """The second use of one jti is refused; a question may be asked twice."""
    word = a_phone_word(owned.phone, owned.application_id, "revoke")
    await opened(desk, word)
    with pytest.raises(IssuerError, match="phone_message_replayed"):
        await opened(desk, word)
    question = a_phone_word(owned.phone, owned.application_id, "notices", jti=str(UUID(int=5)))
    await opened(desk, question, "notices")
    await opened(desk, question, "notices")
