from typing import Any
from uuid import UUID

import msgspec
import pytest

from registry.messages.codes import number_check_digit
from registry.messages.juki import Inquiry, Provided
from registry.messages.message import ByFourItems, ByNumber, ByRecordCode
from tests.registry.juki.town import BORN, CHIYODA, ONE, TWO, Town, items, refused_with

FOREIGN_NUMBER = "12345678901" + number_check_digit("12345678901")
Key = ByRecordCode | ByNumber | ByFourItems


def four_items(**changes: Any) -> ByFourItems:
    """Return the four items of the resident, with changes."""
    values: dict[str, Any] = {"name": items().name_kanji, "address": items().address, "birth_date": BORN, "sex": "2"}
    return ByFourItems(**values | changes)


def inquiry(key: Key, affair: str = "tax") -> Inquiry:
    """Return an inquiry for an affair."""
    return Inquiry(request_id=UUID(int=9), affair=affair, end_user="user-1", key=key)


async def inquire(town: Town, message: Inquiry | bytes, *, body: str = "agency-1", **named: Any) -> Provided:
    """Send an inquiry as a body."""
    return await town.juki.ask("inquiring-body", body, "juki.inquire", message, Provided, **named)


class TestProvided:
    @pytest.mark.requirement("JUKI-15", "JUKI-17", "JUKI-19")
    @pytest.mark.parametrize("kind", ["record_code", "number", "four_items"])
    async def test_each_of_the_three_keys_finds_the_person(self, town: Town, kind: str) -> None:
        """By record code, by number or by the four items, the eight items of the person are provided."""
        number = await town.settle()
        keys: dict[str, Key] = {
            "record_code": ByRecordCode(resident_record_code=ONE),
            "number": ByNumber(individual_number=number),
            "four_items": four_items(),
        }
        answer = await inquire(town, inquiry(keys[kind]))
        assert msgspec.to_builtins(answer) == {
            "request_id": str(UUID(int=9)),
            "resident_record_code": ONE,
            "name": "山田 花子",
            "address": items().address,
            "birth_date": "1990-05-06",
            "sex": "2",
            "individual_number": number,
            "change_reason": "number_entry_ex_officio",
            "change_date": "2026-04-01",
        }

    @pytest.mark.requirement("AUDIT-2", "JUKI-15", "AUDIT-9")
    async def test_the_provision_is_recorded(self, town: Town) -> None:
        """Time, recipient, reason under the Juki Act, person, items and end user are recorded; no operator acted."""
        await town.settle()
        await inquire(town, inquiry(four_items()), end_user="user-1")
        (record,) = await town.trail(operation="juki.inquire")
        assert (record.recipient, record.reason, record.affair, record.end_user) == ("agency-1", "tax", "tax", "user-1")
        assert (record.at, record.operator, record.key_kind) == (town.juki.clock(), None, "four_items")
        assert record.subject == town.juki.sealer.index("person", ONE)
        assert (len(record.fields), record.number_included) == (8, True)

    @pytest.mark.requirement("JUKI-20")
    async def test_the_number_is_dropped_where_the_affair_does_not_allow_it(self, town: Town) -> None:
        """For an affair outside the My Number Act seven items are provided and recorded, without the number."""
        await town.settle()
        assert (await inquire(town, inquiry(four_items(), "licence"))).individual_number is None
        (record,) = await town.trail(operation="juki.inquire")
        assert (len(record.fields), record.number_included) == (7, False)

    @pytest.mark.requirement("JUKI-18")
    async def test_shapes_and_widths_of_characters_do_not_hide_a_person(self, town: Town) -> None:
        """The four items are compared in substitute form: full-width digits and ideographic spaces are the same."""
        await town.settle()
        wide = four_items(name="山田　花子", address="東京都千代田区霞が関２丁目１番２号")
        assert (await inquire(town, inquiry(wide))).resident_record_code == ONE

    @pytest.mark.requirement("JUKI-11")
    async def test_the_removed_are_found(self, town: Town) -> None:
        """A dead person is found like a living one, with the reason of the removal."""
        number = await town.settle()
        await town.say(reason="death", individual_number=number)
        assert (await inquire(town, inquiry(ByNumber(individual_number=number)))).change_reason == "death"


class TestRefused:
    @pytest.mark.requirement("JUKI-18", "AUDIT-6")
    async def test_more_than_one_hit_is_no_hit(self, town: Town) -> None:
        """Two persons with the same four items: "not unique", without data; the refusal has affair and end user."""
        await town.settle()
        await town.settle(TWO, request=2)
        await refused_with("not_unique", inquire(town, inquiry(four_items())))
        (record,) = await town.trail(operation="juki.inquire")
        assert (record.refusal, record.affair, record.end_user) == ("not_unique", "tax", "user-1")

    @pytest.mark.requirement("JUKI-18", "JUKI-15")
    @pytest.mark.parametrize("change", [{"name": "山田 太郎"}, {"address": "東京都"}, {"sex": "1"}])
    async def test_all_four_items_must_fit(self, town: Town, change: dict[str, Any]) -> None:
        """A person who fits three of the four items is not provided."""
        await town.settle()
        await refused_with("no_such_person", inquire(town, inquiry(four_items(**change))))

    @pytest.mark.requirement("JUKI-17")
    async def test_only_current_codes_and_numbers_find(self, town: Town) -> None:
        """A record code or a number that is nobody's finds nobody."""
        await town.settle()
        for key in (ByRecordCode(resident_record_code=TWO), ByNumber(individual_number=FOREIGN_NUMBER)):
            await refused_with("no_such_person", inquire(town, inquiry(key)))

    @pytest.mark.requirement("JUKI-17", "JUKI-35")
    @pytest.mark.parametrize(
        "key",
        [
            {"kind": "four_items", "name": "山田 花子"},
            {"kind": "four_items", "name": "", "address": "", "birth_date": "1990-05-06", "sex": "2"},
            {"kind": "name", "name": "山田 花子"},
            {"kind": "resident_record_code", "resident_record_code": [ONE, TWO]},
            {"kind": "resident_record_code", "resident_record_code": ONE, "limit": 100},
            {"where": "1=1"},
        ],
    )
    async def test_no_other_search_exists(self, town: Town, key: dict[str, Any]) -> None:
        """Single attributes, empty conditions, lists of keys and free forms are refused."""
        await town.settle()
        body = {"request_id": str(UUID(int=1)), "affair": "tax", "end_user": "u", "key": key}
        await refused_with("malformed_request", inquire(town, msgspec.json.encode(body)))

    @pytest.mark.requirement("JUKI-17")
    @pytest.mark.parametrize("wildcard", ["%", "山田%", "*", "_____"])
    async def test_a_wildcard_is_an_ordinary_character(self, town: Town, wildcard: str) -> None:
        """A pattern in place of a name or address matches nobody."""
        await town.settle()
        await refused_with("no_such_person", inquire(town, inquiry(four_items(name=wildcard))))
        await refused_with("no_such_person", inquire(town, inquiry(four_items(address=wildcard))))

    @pytest.mark.requirement("JUKI-20", "JUKI-15", "AUDIT-6")
    async def test_an_affair_outside_the_table_is_refused_and_recorded(self, town: Town) -> None:
        """An unknown affair is refused whoever is asked for, and nothing is provided."""
        await town.settle()
        await refused_with("affair_not_allowed", inquire(town, inquiry(four_items(), "marketing")))
        (record,) = await town.trail(operation="juki.inquire")
        assert (record.refusal, record.affair) == ("affair_not_allowed", "marketing")

    async def test_the_end_user_is_named_once(self, town: Town) -> None:
        """A message that names another end user than its envelope is refused."""
        await refused_with("end_user_differs", inquire(town, inquiry(four_items()), end_user="somebody-else"))

    @pytest.mark.requirement("JUKI-15", "AUDIT-6")
    @pytest.mark.parametrize("caller", ["municipal-cs", "card", "issuer", "relay"])
    async def test_other_systems_do_not_inquire(self, town: Town, caller: str) -> None:
        """A system that is no inquiring body is refused before anything is searched."""
        body = CHIYODA if caller == "municipal-cs" else None
        ask = town.juki.ask(caller, body, "juki.inquire", inquiry(four_items()), Provided)
        await refused_with("not_permitted", ask)
        assert [r.client_system for r in await town.trail()] == [caller]

    @pytest.mark.requirement("JUKI-35")
    async def test_there_is_no_bulk(self, town: Town) -> None:
        """No door lists, exports, merges or counts people."""
        for verb in ("list", "search", "export", "merge", "statistics", "batch"):
            await refused_with(
                "not_found", town.juki.ask("inquiring-body", "agency-1", f"juki.{verb}", b"{}", Provided)
            )
