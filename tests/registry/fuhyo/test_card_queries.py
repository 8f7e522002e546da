from typing import Any

import msgspec
import pytest

from registry.messages.juki import UserInformationQuery
from registry.messages.person import OverseasUserInformation
from tests.registry.fuhyo.annex import ABROAD, Annex
from tests.registry.juki.town import ONE, TWO, refused_with


async def query(annex: Annex, message: Any = None, *, system: str = "card") -> OverseasUserInformation:
    """Ask as the card system does."""
    message = message or UserInformationQuery(resident_record_code=ONE, purpose="application")
    return await annex.fuhyo.ask(system, None, "fuhyo.user_information", message, OverseasUserInformation)


@pytest.mark.requirement("FUHYO-14", "LINK-6")
async def test_an_overseas_leaver(annex: Annex) -> None:
    """The card system hears the items of an overseas leaver by record code, without a number, and that is recorded."""
    await annex.say()
    answer = await query(annex)

    assert (answer.items, answer.overseas) == (ABROAD, True)
    assert not OverseasUserInformation.CARRIES_NUMBER
    (record,) = await annex.trail(operation="fuhyo.user_information")
    assert (record.recipient, record.reason, record.number_included) == ("card", "application", False)


@pytest.mark.requirement("FUHYO-14", "LINK-6", "AUDIT-6")
@pytest.mark.parametrize(
    "message",
    [
        {"individual_number": "123456789018", "purpose": "application"},
        {"resident_record_code": ONE, "individual_number": "123456789018", "purpose": "application"},
        {"name": "山田 花子", "purpose": "application"},
        {"resident_record_code": ONE, "purpose": "curiosity"},
    ],
)
async def test_any_other_key(annex: Annex, message: dict[str, Any]) -> None:
    """A number, a name or another purpose in the query is refused and recorded."""
    await annex.say()
    await refused_with("malformed_request", query(annex, msgspec.json.encode(message)))

    assert [record.refusal for record in await annex.trail(outcome="refused")] == ["malformed_request"]


@pytest.mark.requirement("FUHYO-14", "AUDIT-6")
async def test_who_is_not_answered(annex: Annex) -> None:
    """Residents, unknown persons and other callers are refused, each with its reason on record."""
    await annex.say(status="resident")
    await refused_with("not_overseas", query(annex))
    await refused_with(
        "no_such_person", query(annex, UserInformationQuery(resident_record_code=TWO, purpose="handover"))
    )
    await refused_with("not_permitted", query(annex, system="issuer"))

    refusals = sorted(str(record.refusal) for record in await annex.trail(outcome="refused"))
    assert refusals == ["no_such_person", "not_overseas", "not_permitted"]
