from datetime import date
from typing import Any

import msgspec
import pytest

from registry.messages.card import OverseasChangeEvent
from tests.registry.fuhyo.annex import ABROAD, Annex
from tests.registry.juki.town import CHIYODA, ONE, TWO, items, refused_with


@pytest.mark.requirement("FUHYO-1")
async def test_an_update_is_stored_and_answered(annex: Annex) -> None:
    """An update of the fuhyo prefectural server becomes the current state, and the result goes back to it."""
    message = annex.update(items=items(name_kanji="髙橋 花子", former_surname_kanji="山﨑"))
    answer = await annex.send(message)

    assert (answer.update_id, answer.result) == (message.update_id, "done")
    (state,) = await annex.states()
    assert (state.resident_record_code, state.name_kanji, state.superseded_at) == (ONE, "髙橋 花子", None)
    assert (state.fuhyo_identity_status_class, state.last_address) == ("overseas", items().address)
    assert (state.name_gaiji_count, state.gaiji_flag, state.former_surname_gaiji_count) == (1, True, 1)
    assert state.fuhyo_managing_municipality_code == CHIYODA


@pytest.mark.requirement("FUHYO-1", "FUHYO-2", "AUDIT-6")
@pytest.mark.parametrize("field", ["individual_number", "honseki", "head_of_family"])
async def test_forbidden_items(annex: Annex, field: str) -> None:
    """A message with a number, the honseki or the head of family is refused, recorded, and stores nothing."""
    message = {**msgspec.to_builtins(annex.update()), field: "123456789018"}
    await refused_with("malformed_request", annex.send(msgspec.json.encode(message)))
    nested = {**message, "items": {**message["items"], field: "123456789018"}}
    del nested[field]
    await refused_with("malformed_request", annex.send(msgspec.json.encode(nested)))

    assert await annex.states() == []
    assert [record.refusal for record in await annex.trail(outcome="refused")] == ["malformed_request"] * 2


@pytest.mark.requirement("FUHYO-1", "AUDIT-6")
@pytest.mark.parametrize("system", ["municipal-cs", "juki", "card", "issuer", "operator"])
async def test_other_routes(annex: Annex, system: str) -> None:
    """An update by any other system is refused and recorded."""
    await refused_with("not_permitted", annex.send(annex.update(), system=system))

    assert await annex.states() == []
    assert [record.client_system for record in await annex.trail(refusal="not_permitted")] == [system]


@pytest.mark.requirement("FUHYO-3", "RETAIN-11")
async def test_earlier_states_stay(annex: Annex) -> None:
    """Everybody is stored, removed persons included, and the earlier state of a person stays as history."""
    await annex.say(status="resident", items=items(), change_date=date(2026, 3, 1))
    await annex.say()
    await annex.say(status="removed", change_date=date(2026, 4, 2))

    states = await annex.states()
    assert [state.fuhyo_identity_status_class for state in states] == ["resident", "overseas", "removed"]
    assert [state.superseded_at is None for state in states] == [False, False, True]


async def test_twice_is_once(annex: Annex) -> None:
    """The same update again is answered again and stored once; another one under its id is refused."""
    message = annex.update()
    await annex.send(message)
    await annex.send(message)

    assert len(await annex.states()) == 1
    await refused_with("update_id_reused", annex.send(msgspec.structs.replace(message, status="removed")))


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("change_date_wrong", {"change_date": date(2026, 4, 11), "status": "removed"}),
        ("change_date_wrong", {"change_date": date(1990, 5, 5)}),
        ("update_out_of_order", {"change_date": date(2026, 3, 31)}),
        ("record_code_unknown", {"resident_record_code": TWO, "previous_record_code": "20000000020"}),
        ("record_code_in_use", {"previous_record_code": TWO}),
    ],
)
async def test_refused_updates(annex: Annex, code: str, changes: dict[str, Any]) -> None:
    """A change of tomorrow, before birth or before the last, and a record code that pairs with nobody are refused."""
    await annex.say()
    await refused_with(code, annex.say(**changes))

    assert len(await annex.states()) == 1


async def test_a_planned_departure(annex: Annex) -> None:
    """A departure is notified ahead, with its planned day."""
    await annex.say(change_date=date(2026, 4, 30))

    assert [state.change_date for state in await annex.states()] == [date(2026, 4, 30)]


async def test_another_record_code(annex: Annex) -> None:
    """After a change of record code the person goes on under the new one, and the former is remembered."""
    await annex.say()
    await annex.say(resident_record_code=TWO, previous_record_code=ONE, change_date=date(2026, 4, 2))
    await annex.say(resident_record_code=TWO, change_date=date(2026, 4, 3))

    former, changed, last = await annex.states()
    assert (former.resident_record_code, former.superseded_at is None) == (ONE, False)
    assert (changed.resident_record_code, changed.previous_resident_record_code) == (TWO, ONE)
    assert (last.previous_resident_record_code, last.superseded_at) == (ONE, None)


@pytest.mark.requirement("FUHYO-15", "CARD-29")
async def test_the_card_system_is_told(annex: Annex) -> None:
    """Changes of overseas leavers, and their return, go to the card system without a number; others do not."""
    await annex.say(status="resident", items=items(), change_date=date(2026, 3, 1))
    assert await annex.outbox(OverseasChangeEvent) == []

    await annex.say()
    await annex.say(status="resident", items=items(), change_date=date(2026, 4, 2))
    events = sorted(await annex.outbox(OverseasChangeEvent), key=lambda pair: pair[1].change_date)
    assert [(operation, event.overseas) for operation, event in events] == [
        ("card.overseas_change_event", True),
        ("card.overseas_change_event", False),
    ]
    assert events[0][1].items == ABROAD
    assert not OverseasChangeEvent.CARRIES_NUMBER
    assert {(record.recipient, record.number_included) for record in await annex.trail()} == {("card", False)}
