import csv
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from registry.juki.models import IdentityRecord
from registry.messages.codes import number_check_digit
from registry.messages.juki import UpdateResult
from registry.messages.number import ChangeNumber, NumberToBe
from tests.registry.juki.town import CHIYODA, KIYOSE, ONE, TWO, YAMAKITA, Town, items, refused_with

FOREIGN_NUMBER = "12345678901" + number_check_digit("12345678901")
MOVED = items(address="東京都千代田区永田町1丁目7番1号")


class TestApplied:
    @pytest.mark.requirement("JUKI-1", "JUKI-2", "JUKI-4")
    async def test_an_update_is_applied_and_answered(self, town: Town) -> None:
        """A birth makes the person's first version, and the sending prefecture hears that it was done."""
        message = town.update()
        assert await town.send(message) == UpdateResult(update_id=message.update_id, result="done")
        row = (await town.versions())[0]
        assert (row.state, row.name_kanji, row.change_reason) == ("present", "山田 花子", "birth")
        assert (row.notification_received_date, row.individual_number) == (date(2026, 4, 10), None)

    @pytest.mark.requirement("JUKI-10", "JUKI-1")
    async def test_the_values_before_stay_as_history(self, town: Town) -> None:
        """A move closes the version before it and adds one; the old address stays, marked as history."""
        number = await town.settle()
        at = town.juki.clock.advance(days=3)
        await town.say(reason="move_within", items=MOVED, individual_number=number)
        *_, before, now = await town.versions()
        assert (before.address, before.superseded_at, before.retention_flag) == (items().address, at, "2")
        assert (now.address, now.superseded_at, now.retention_flag) == (MOVED.address, None, "1")
        assert before.person_id == now.person_id

    @pytest.mark.requirement("JUKI-10", "RETAIN-2")
    async def test_a_version_cannot_be_rewritten_or_erased_by_the_service(self, town: Town) -> None:
        """Current data stays until a correction arrives: PostgreSQL refuses the service an overwrite or a deletion."""
        await town.say()
        statements = [text("UPDATE identity_record SET address = 'x'"), text("DELETE FROM identity_record")]
        for statement in statements:
            with pytest.raises(ProgrammingError):
                async with town.juki.parts.sessions.begin() as session:
                    await session.execute(statement)

    @pytest.mark.requirement("JUKI-11")
    @pytest.mark.parametrize(
        ("reason", "state"),
        [("death", "dead"), ("move_out", "moved_out"), ("move_abroad", "overseas"), ("deletion_ex_officio", "removed")],
    )
    async def test_the_removed_stay_in_the_file(self, town: Town, reason: str, state: str) -> None:
        """A removed person, the dead too, keeps a version with the number under the same seal."""
        number = await town.settle()
        await town.say(reason=reason, individual_number=number)
        row = (await town.versions())[-1]
        assert (row.state, row.retention_flag, row.deleted_flag) == (state, "3", True)
        assert row.individual_number is not None
        assert number.encode() not in row.individual_number

    @pytest.mark.requirement("JUKI-5")
    async def test_a_person_who_moved_out_is_the_same_person_elsewhere(self, town: Town) -> None:
        """A move-in after a move-out finds the person by record code, in another prefecture too."""
        number = await town.settle()
        await town.say(reason="move_out", individual_number=number)
        there = items(address="神奈川県足柄上郡山北町山北1301-4", address_municipality_code=YAMAKITA)
        await town.send(town.update(reason="move_in", items=there, individual_number=number), body="14")
        assert len({row.person_id for row in await town.versions()}) == 1

    async def test_the_same_update_is_acknowledged_again(self, town: Town) -> None:
        """An update whose result was lost is sent again: it is answered and does nothing."""
        message = town.update()
        assert await town.send(message) == await town.send(message)
        assert len(await town.versions()) == 1

    async def test_items_with_characters_outside_the_set_are_counted(self, town: Town) -> None:
        """外字数, 外字フラグ, 変更連番 and the unvoiced reading are made from the items."""
        await town.say(items=items(name_kanji="髙田 德", name_kana="タガ ゼン", former_surname_kanji="渡邉"))
        await town.say(reason="correction_ex_officio", items=items(name_kanji="高田 徳", name_kana="タガ ゼン"))
        first, second = await town.versions()
        assert (first.name_gaiji_count, first.gaiji_flag, first.name_kana_unvoiced) == (2, True, "タカ セン")
        assert (first.former_surname_gaiji_count, first.former_surname_gaiji_change_seq) == (1, 0)
        assert (second.name_gaiji_count, second.name_gaiji_change_seq, second.gaiji_flag) == (0, 1, False)
        assert second.former_surname_gaiji_count is None


class TestRefused:
    @pytest.mark.requirement("JUKI-3", "AUDIT-6")
    @pytest.mark.parametrize(
        ("system", "body"),
        [("municipal-cs", CHIYODA), ("fuhyo-prefectural-server", "13"), ("operator", ""), ("card", "")],
    )
    async def test_there_is_one_route(self, town: Town, system: str, body: str) -> None:
        """Whoever is not a prefectural server is refused and recorded; a municipality cannot go round it."""
        await refused_with("not_permitted", town.send(town.update(), system=system, body=body))
        assert not await town.versions()
        assert [(r.refusal, r.client_system) for r in await town.trail()] == [("not_permitted", system)]

    @pytest.mark.requirement("JUKI-3", "JUKI-2")
    async def test_a_prefecture_speaks_of_its_own_residents(self, town: Town) -> None:
        """An update about a resident of another prefecture is refused."""
        await refused_with("wrong_prefecture", town.send(town.update(), body="14"))
        assert not await town.versions()

    @pytest.mark.requirement("JUKI-4", "AUDIT-6")
    @pytest.mark.parametrize("extra", [{"honseki": "x"}, {"head_of_family": "x"}, {"income": 1}])
    async def test_anything_else_cannot_be_taken_in(self, town: Town, extra: dict[str, Any]) -> None:
        """A field that is not identity information is refused, in the message and among the items."""
        body = msgspec.to_builtins(town.update())
        for wrong in (body | extra, body | {"items": body["items"] | extra}):
            message = msgspec.json.encode(wrong)
            await refused_with(
                "malformed_request", town.juki.ask("prefectural-server", "13", "juki.update", message, UpdateResult)
            )
        assert not await town.versions()
        assert {r.refusal for r in await town.trail()} == {"malformed_request"}

    @pytest.mark.requirement("JUKI-5", "JUKI-2")
    async def test_an_unknown_record_code_is_an_error(self, town: Town) -> None:
        """Only a reason that begins a record may name a record code that is not on file."""
        for reason in ("move_in", "move_within", "death", "number_entry_ex_officio"):
            await refused_with("person_unknown", town.say(reason=reason))
        await refused_with("person_unknown", town.say(reason="record_code_change_request", former_record_code=TWO))

    @pytest.mark.requirement("JUKI-6", "JUKI-2")
    async def test_the_number_must_pair(self, town: Town) -> None:
        """A notice with another number, with none, or with somebody else's is refused; the refusal names the check."""
        number = await town.settle()
        others = await town.settle(TWO, request=2)
        for wrong in (FOREIGN_NUMBER, None, others):
            message = town.update(reason="move_within", items=MOVED, individual_number=wrong)
            await refused_with("number_not_paired", town.send(message))
        stray = town.update(reason="move_within", items=MOVED, individual_number=number, former_number=number)
        await refused_with("number_not_paired", town.send(stray))
        assert len(await town.trail(refusal="number_not_paired")) == 4

    @pytest.mark.requirement("JUKI-6")
    async def test_only_the_number_that_was_generated_can_be_entered(self, town: Town) -> None:
        """Entering a number nobody generated, or a second one, or one together with the birth is refused."""
        await refused_with("number_not_paired", town.say(individual_number=FOREIGN_NUMBER))
        await town.say()
        entry = "number_entry_ex_officio"
        await refused_with("number_not_paired", town.say(reason=entry, individual_number=FOREIGN_NUMBER))
        number = await town.ask_number()
        await refused_with("number_not_paired", town.say(reason=entry, individual_number=FOREIGN_NUMBER))
        await refused_with("number_not_paired", town.say(reason=entry, individual_number=None))
        await town.say(reason=entry, individual_number=number)
        await refused_with("number_not_paired", town.say(reason=entry, individual_number=number))

    @pytest.mark.requirement("JUKI-6")
    async def test_a_changed_number_comes_with_the_former_one(self, town: Town) -> None:
        """After a change the new number is taken only together with the number on file."""
        former = await town.settle()
        request = ChangeNumber(
            request_id=UUID(int=3), resident_record_code=ONE, former_number=former, ground="resident"
        )
        ask = town.juki.ask("municipal-cs", CHIYODA, "juki.request_number_change", request, NumberToBe)
        new = (await ask).individual_number
        change = "number_change_request"
        for wrong in (None, FOREIGN_NUMBER, new):
            await refused_with("number_not_paired", town.say(reason=change, individual_number=new, former_number=wrong))
        await town.say(reason=change, individual_number=new, former_number=former)
        await town.say(reason="move_within", items=MOVED, individual_number=new)
        back = town.update(reason=change, items=MOVED, individual_number=former, former_number=new)
        await refused_with("number_not_paired", town.send(back))

    @pytest.mark.requirement("JUKI-7", "JUKI-2")
    @pytest.mark.parametrize("reason", ["move_in", "move_in_from_abroad"])
    async def test_a_resident_cannot_move_in(self, town: Town, reason: str) -> None:
        """A move-in of somebody who is on record is refused, and the result names the check."""
        await town.say()
        await refused_with("move_in_of_resident", town.say(reason=reason, items=MOVED))
        assert len(await town.versions()) == 1
        assert len(await town.trail(refusal="move_in_of_resident")) == 1

    @pytest.mark.requirement("JUKI-8", "JUKI-2")
    async def test_a_move_within_may_not_rename(self, town: Town) -> None:
        """A move within the municipality that alters the name, or leaves the municipality, is refused."""
        await town.say()
        for wrong in ({"name_kanji": "山田 太郎"}, {"address_municipality_code": KIYOSE}):
            moved = items(address="東京都某所1-1", **wrong)
            await refused_with("field_not_allowed", town.say(reason="move_within", items=moved))
        assert len(await town.versions()) == 1

    @pytest.mark.requirement("JUKI-9")
    async def test_the_dead_do_not_move(self, town: Town) -> None:
        """Outside the table nothing is applied: a dead person dies once and does not change address."""
        await town.say()
        await town.say(reason="death")
        for reason in ("death", "move_within", "move_out", "move_in"):
            await refused_with("reason_not_allowed", town.say(reason=reason))

    async def test_an_older_update_is_refused(self, town: Town) -> None:
        """An update that arrives out of order (更新順番号) changes nothing."""
        await town.say()
        for number in (1, 0):
            message = msgspec.structs.replace(town.update(reason="death"), update_sequence_number=number)
            code = "update_out_of_order" if number else "malformed_request"
            await refused_with(code, town.send(message))

    async def test_an_update_id_is_good_for_one_update(self, town: Town) -> None:
        """The id of an applied update does not bring in another one."""
        first = town.update()
        await town.send(first)
        message = msgspec.structs.replace(town.update(reason="death"), update_id=first.update_id)
        await refused_with("update_id_reused", town.send(message))

    @pytest.mark.parametrize("day", [date(2026, 4, 11), date(1990, 5, 5)])
    async def test_a_change_neither_lies_ahead_nor_before_birth(self, town: Town, day: date) -> None:
        """A change date after today in Tokyo, or before the person's birth, cannot be right."""
        await refused_with("change_date_wrong", town.say(change_date=day))

    async def test_a_move_out_may_be_planned(self, town: Town) -> None:
        """A move-out is notified with its planned date (転出予定年月日)."""
        await town.say()
        await town.say(reason="move_out", change_date=date(2026, 4, 10) + timedelta(days=5))


class TestRecordCode:
    @pytest.mark.requirement("JUKI-5", "JUKI-6")
    async def test_a_new_code_comes_with_the_former_one(self, town: Town) -> None:
        """A change of record code finds the person by the former code; the former code finds nobody afterwards."""
        number = await town.settle()
        change = town.update(TWO, "record_code_change_request", individual_number=number, former_record_code=ONE)
        await town.send(msgspec.structs.replace(change, update_sequence_number=3))
        rows = await town.versions()
        assert len({row.person_id for row in rows}) == 1
        for reason in ("death", "birth"):
            await refused_with("record_code_not_paired", town.say(ONE, reason, individual_number=number))

    async def test_a_code_of_somebody_else_is_refused(self, town: Town) -> None:
        """The new record code must not be anybody's, and must be another one than the former."""
        await town.say(ONE)
        await town.say(TWO)
        for former, code in ((ONE, "record_code_in_use"), (TWO, "record_code_not_paired")):
            change = town.update(TWO, "record_code_change_request", former_record_code=former)
            await refused_with(code, town.send(change))

    async def test_a_former_code_belongs_to_its_reasons(self, town: Town) -> None:
        """Without the former code, or with one beside another reason, nothing is applied."""
        await town.say()
        await refused_with("record_code_not_paired", town.say(reason="record_code_change_request"))
        await refused_with("record_code_not_paired", town.say(reason="death", former_record_code=ONE))


class TestItems:
    async def test_every_item_of_the_file_has_a_column(self) -> None:
        """Items 1 to 24 and 32 to 35 are columns of the version; 25 to 31 are the provision record's."""
        names = """
        resident_record_code name_kanji name_gaiji_count name_kana birth_date sex address address_gaiji_count
        individual_number change_reason change_date retention_flag name_kana_unvoiced address_municipality_code
        address_town_code operator_id terminal_id record_timestamp notification_received_date gaiji_flag deleted_flag
        update_sequence_number name_gaiji_change_seq address_gaiji_change_seq former_surname_kanji
        former_surname_gaiji_count former_surname_kana former_surname_gaiji_change_seq"""
        assert set(next(csv.reader([" ".join(names.split())], delimiter=" "))) <= set(IdentityRecord.__table__.c.keys())
