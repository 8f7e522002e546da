from typing import Any

import msgspec
import pytest

from registry.messages.juki import UserInformationQuery
from registry.messages.person import UserInformation
from tests.registry.juki.town import CHIYODA, ONE, TWO, Town, items, refused_with


async def query(town: Town, code: str = ONE, *, purpose: str = "application", system: str = "card") -> UserInformation:
    """Ask about a person as the card system, unless another system is named."""
    message = msgspec.json.encode({"resident_record_code": code, "purpose": purpose})
    body = CHIYODA if system == "municipal-cs" else None
    return await town.juki.ask(system, body, "juki.user_information", message, UserInformation)


@pytest.mark.requirement("JUKI-30", "AUDIT-2")
@pytest.mark.parametrize("purpose", ["application", "handover", "verification"])
async def test_the_card_system_is_answered_by_record_code(town: Town, purpose: str) -> None:
    """The items on file and the number are answered; the purpose stands in the provision record."""
    number = await town.settle()
    answer = await query(town, purpose=purpose)
    assert (answer.individual_number, answer.items, answer.present) == (number, items(), True)
    (record,) = await town.trail(operation="juki.user_information")
    assert (record.recipient, record.reason) == ("card", f"user_information.{purpose}")


async def test_a_removed_person_is_answered_as_removed(town: Town) -> None:
    """The card system learns that the record was removed."""
    await town.say()
    await town.say(reason="death")
    answer = await query(town)
    assert (answer.present, answer.individual_number) == (False, None)


@pytest.mark.requirement("JUKI-30", "LINK-6", "AUDIT-6")
@pytest.mark.parametrize(
    "body",
    [
        {"individual_number": "123456789018", "purpose": "application"},
        {"resident_record_code": ONE, "individual_number": "123456789018", "purpose": "application"},
        {"name": "山田 花子", "purpose": "application"},
        {"resident_record_code": ONE, "purpose": "curiosity"},
        {"resident_record_code": ONE},
    ],
)
async def test_any_other_key_is_refused(town: Town, body: dict[str, Any]) -> None:
    """A number, a name, or a query without one of its purposes is refused and recorded."""
    await town.settle()
    ask = town.juki.ask("card", None, "juki.user_information", msgspec.json.encode(body), UserInformation)
    await refused_with("malformed_request", ask)
    assert [r.client_system for r in await town.trail(refusal="malformed_request")] == ["card"]


@pytest.mark.requirement("JUKI-30", "LINK-6")
async def test_unknown_persons_and_other_callers_are_refused(town: Town) -> None:
    """A record code that is not on file finds nobody, and nobody but the card system asks."""
    await refused_with("person_unknown", query(town, TWO))
    await town.settle()
    for system in ("issuer", "pki", "municipal-cs"):
        await refused_with("not_permitted", query(town, system=system))


def test_the_query_has_no_field_for_a_number() -> None:
    """The message of the query holds the record code and the purpose."""
    assert set(UserInformationQuery.__struct_fields__) == {"resident_record_code", "purpose"}
