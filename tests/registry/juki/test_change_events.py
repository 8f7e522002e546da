import pytest

from registry.messages.codes import is_individual_number
from tests.registry.juki.town import ONE, TWO, Town, items, refused_with

MOVED = items(address="東京都千代田区永田町1丁目7番1号")


@pytest.mark.requirement("JUKI-31")
async def test_a_change_goes_to_the_card_system(town: Town) -> None:
    """An applied change of a known person waits in the outbox for the card system, with items and number."""
    number = await town.settle()
    await town.say(reason="move_within", items=MOVED, individual_number=number)
    event = [content for operation, content in await town.outbox() if operation == "card.change_event"][-1]
    assert (event["resident_record_code"], event["individual_number"], event["present"]) == (ONE, number, True)
    assert event["items"]["address"] == MOVED.address


@pytest.mark.requirement("LINK-5")
async def test_jpki_hears_code_kind_and_date(town: Town) -> None:
    """The event for JPKI has no item of the person and no number, whatever the change was."""
    number = await town.settle()
    await town.say(reason="move_within", items=MOVED, individual_number=number)
    events = [content for operation, content in await town.outbox() if operation == "pki.person_changed"]
    assert [event["reason"] for event in events] == ["number_entry_ex_officio", "move_within"]
    for event in events:
        assert set(event) == {"event_id", "resident_record_code", "reason", "change_date"}
        assert not any(is_individual_number(str(value)) for value in event.values())


async def test_jpki_hears_of_a_code_change_under_the_code_it_knows(town: Town) -> None:
    """After a change of record code the event for JPKI names the code on which certificates were ordered."""
    await town.say()
    await town.say(TWO, "record_code_change_request", former_record_code=ONE, update_sequence_number=2)
    events = dict(await town.outbox())
    assert events["pki.person_changed"]["resident_record_code"] == ONE
    assert events["card.change_event"]["former_record_code"] == ONE


@pytest.mark.requirement("JUKI-31", "AUDIT-2")
async def test_a_refused_update_tells_nobody(town: Town) -> None:
    """Events commit with the update: a refused one leaves none, and an applied one leaves a provision record."""
    await town.say()
    await refused_with("nothing_changed", town.say(reason="move_within"))
    assert await town.outbox() == []
    await town.say(reason="death")
    assert sorted(operation for operation, _ in await town.outbox()) == ["card.change_event", "pki.person_changed"]
    assert [(r.recipient, r.reason) for r in await town.trail(outcome="provided")] == [("card", "change_event")]


async def test_what_waits_is_sealed(town: Town) -> None:
    """No name stands in the clear in the outbox."""
    await town.say()
    await town.say(reason="death")
    async with town.juki.parts.sessions() as session:
        raw = (await session.connection()).exec_driver_sql("SELECT string_agg(sealed, ''::bytea) FROM outbox_message")
        assert "山田".encode() not in (await raw).scalar_one()
