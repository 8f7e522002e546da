"""Changes of a number and of a record code."""

from uuid import UUID

import msgspec
import pytest

from registry.messages.number import NumberToBe
from registry.number.models import GeneratedNumber, NumberPair
from registry.trail.models import ProvisionRecord
from tests.registry.number.asking import ONE, OTHER_NUMBER, THREE, TWO, changed, generated, recoded, refused_with, rows
from tests.support.stores import OpenStore


class TestChange:
    @pytest.mark.requirement("NUM-7", "NUM-8", "NUM-10", "NUM-11")
    @pytest.mark.parametrize("ground", ["resident", "mayor"])
    async def test_the_former_pair_becomes_history(self, number: OpenStore, ground: str) -> None:
        """A change gives a new number; the pairs stay linked, with the ground, and one of them is current."""
        former = (await generated(number)).individual_number
        answer = await changed(number, former, ground=ground)
        assert answer.individual_number != former
        assert answer.resident_record_code == ONE
        old, new = sorted(await rows(number, NumberPair), key=lambda pair: pair.current_or_history, reverse=True)
        assert (old.current_or_history, new.current_or_history) == ("history", "current")
        assert (new.former_pair_id, new.cause, old.record_code_index) == (old.id, ground, new.record_code_index)

    @pytest.mark.requirement("NUM-8")
    @pytest.mark.parametrize("ground", [None, "leak"])
    async def test_a_change_without_one_of_the_two_grounds_is_refused(
        self, number: OpenStore, ground: str | None
    ) -> None:
        """The request states resident or mayor; nothing else is taken."""
        former = (await generated(number)).individual_number
        body = {"request_id": str(UUID(int=3)), "resident_record_code": ONE, "former_number": former}
        message = msgspec.json.encode(body | ({"ground": ground} if ground else {}))
        await refused_with("malformed_request", number.ask("juki", None, "number.change", message, NumberToBe))
        assert len(await rows(number, GeneratedNumber)) == 1

    @pytest.mark.requirement("NUM-7", "NUM-9", "NUM-10", "AUDIT-6")
    async def test_a_wrong_former_number_is_refused(self, number: OpenStore) -> None:
        """A number that is not that of the record code, even somebody else's valid one, changes nothing."""
        await generated(number)
        somebody_elses = (await generated(number, TWO, UUID(int=2))).individual_number
        for wrong in (OTHER_NUMBER, somebody_elses):
            await refused_with("former_number_mismatch", changed(number, wrong))
        assert len(await rows(number, GeneratedNumber)) == 2
        assert [r.refusal for r in await rows(number, ProvisionRecord)][2:] == ["former_number_mismatch"] * 2

    @pytest.mark.requirement("NUM-9")
    async def test_a_number_from_before_a_change_is_no_longer_the_former_one(self, number: OpenStore) -> None:
        """After a change the number before it does not open another change."""
        first = (await generated(number)).individual_number
        await changed(number, first)
        await refused_with("former_number_mismatch", changed(number, first, request=101))

    @pytest.mark.requirement("NUM-6")
    async def test_a_number_with_a_wrong_check_digit_is_refused(self, number: OpenStore) -> None:
        """An inbound number is refused before it is looked up when its check digit is wrong."""
        former = (await generated(number)).individual_number
        wrong = former[:11] + str((int(former[11]) + 1) % 10)
        body = {"request_id": str(UUID(int=3)), "resident_record_code": ONE, "former_number": wrong, "ground": "mayor"}
        message = msgspec.json.encode(body)
        await refused_with("malformed_request", number.ask("juki", None, "number.change", message, NumberToBe))

    async def test_an_unknown_code_is_refused(self, number: OpenStore) -> None:
        """Without a current pair there is nothing to change."""
        await refused_with("record_code_unknown", changed(number, OTHER_NUMBER))

    async def test_the_same_change_hears_the_same_answer(self, number: OpenStore) -> None:
        """A change that is sent again does not change the number a second time."""
        former = (await generated(number)).individual_number
        assert (await changed(number, former)).individual_number == (await changed(number, former)).individual_number
        assert len(await rows(number, GeneratedNumber)) == 2

    async def test_a_request_id_is_good_for_one_kind_of_request(self, number: OpenStore) -> None:
        """The id of a generation, or of a change on another ground, does not open a change."""
        former = (await generated(number)).individual_number
        await refused_with("request_id_reused", changed(number, former, request=1))
        await changed(number, former)
        await refused_with("request_id_reused", changed(number, former, ground="resident"))


class TestChangeOfRecordCode:
    @pytest.mark.requirement("NUM-12", "NUM-11")
    async def test_the_number_stays_and_the_code_changes(self, number: OpenStore) -> None:
        """The pair of the code before becomes history, and the code after is paired with the same number."""
        mine = (await generated(number)).individual_number
        assert (await recoded(number)).reference == UUID(int=200)
        old, new = sorted(await rows(number, NumberPair), key=lambda pair: pair.current_or_history, reverse=True)
        assert (old.number_id, old.paid_out_date) == (new.number_id, new.paid_out_date)
        assert (old.current_or_history, new.former_pair_id) == ("history", old.id)
        assert (await changed(number, mine, code=TWO)).resident_record_code == TWO
        await refused_with("record_code_unknown", changed(number, mine, request=101))

    @pytest.mark.requirement("NUM-12")
    async def test_an_unknown_code_before_is_refused(self, number: OpenStore) -> None:
        """A notice for a record code that is not on file changes nothing."""
        await refused_with("record_code_unknown", recoded(number))

    @pytest.mark.requirement("NUM-12")
    @pytest.mark.parametrize("current", [True, False])
    async def test_a_code_that_is_or_was_in_use_is_refused(self, number: OpenStore, current: bool) -> None:  # noqa: FBT001
        """The code after the change must not be anybody's, now or before."""
        await generated(number)
        await generated(number, TWO, UUID(int=2))
        if not current:
            await recoded(number, TWO, THREE, request=201)
        await refused_with("record_code_in_use", recoded(number))

    async def test_the_same_notice_is_acknowledged_again(self, number: OpenStore) -> None:
        """A notice that is sent again makes no further pair."""
        await generated(number)
        await recoded(number)
        await recoded(number)
        assert len(await rows(number, NumberPair)) == 2
