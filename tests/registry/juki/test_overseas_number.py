from uuid import UUID

import pytest

from registry.messages.juki import OverseasNumber, OverseasNumberRequest
from tests.registry.juki.town import ONE, TWO, Town, refused_with


async def fetch(
    town: Town, *, code: str = ONE, body: str = "agency-1", affair: str = "pension", system: str = "fuhyo"
) -> OverseasNumber:
    """Ask for the number of a leaver as fuhyo, unless another system is named."""
    message = OverseasNumberRequest(request_id=UUID(int=4), resident_record_code=code, body=body, affair=affair)
    return await town.juki.ask(system, None, "juki.overseas_number", message, OverseasNumber)


@pytest.mark.requirement("JUKI-22", "LINK-7", "AUDIT-3")
async def test_the_number_of_a_leaver_is_handed_over_and_recorded(town: Town) -> None:
    """The fuhyo server gets the number for the body that asked; the record names that body as recipient."""
    number = await town.settle()
    await town.say(reason="move_abroad", individual_number=number)
    assert (await fetch(town)).individual_number == number
    (record,) = await town.trail(operation="juki.overseas_number")
    assert (record.client_system, record.recipient, record.reason, record.number_included) == (
        "fuhyo",
        "agency-1",
        "pension",
        True,
    )


@pytest.mark.requirement("JUKI-22", "LINK-7", "AUDIT-6")
async def test_it_is_refused_otherwise(town: Town) -> None:
    """A resident, an affair or body outside the Act, an unknown person: refused, recorded, no number leaves."""
    number = await town.settle()
    await refused_with("not_overseas", fetch(town))
    await town.say(reason="move_abroad", individual_number=number)
    for wrong in ({"affair": "licence"}, {"affair": "marketing"}, {"body": "agency-2"}):
        await refused_with("affair_not_allowed", fetch(town, **wrong))
    await refused_with("person_unknown", fetch(town, code=TWO))
    assert {r.outcome for r in await town.trail(operation="juki.overseas_number")} == {"refused"}
    assert {r.affair for r in await town.trail(refusal="affair_not_allowed")} == {"licence", "marketing", "pension"}


@pytest.mark.requirement("JUKI-22", "LINK-7")
@pytest.mark.parametrize("system", ["card", "issuer", "pki", "number"])
async def test_nobody_but_fuhyo_asks(town: Town, system: str) -> None:
    """Any other system is refused."""
    await refused_with("not_permitted", fetch(town, system=system))


async def test_a_leaver_without_a_number_has_none_to_hand_over(town: Town) -> None:
    """Somebody who left before a number was entered is refused like somebody who did not leave."""
    await town.say()
    await town.say(reason="move_abroad")
    await refused_with("not_overseas", fetch(town))
