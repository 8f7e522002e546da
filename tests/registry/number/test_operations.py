import asyncio
from collections.abc import Sequence
from datetime import date
from itertools import islice
from typing import Any
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlalchemy.pool import NullPool

from registry.act import new_id
from registry.app import NUMBER
from registry.messages.codes import is_individual_number, number_check_digit, record_code_check_digit
from registry.messages.message import Acknowledged
from registry.messages.number import ChangeNumber, ChangeRecordCode, Generate, NumberToBe
from registry.number.generation import candidates
from registry.number.models import GeneratedNumber, NumberPair
from registry.number.operations import generate
from registry.peer.call import Refused, Unanswered
from registry.postgres.engine import open_engine, open_sessions
from registry.problems import ServiceError
from registry.trail.models import CommunicationRecord, ProvisionRecord
from tests.support.clock import FrozenClock
from tests.support.database import FreshDatabases
from tests.support.entropy import SeededBytes
from tests.support.stores import OpenStore, open_store


def record_code(n: int) -> str:
    """Return the n-th record code of the tests."""
    body = f"{n:010d}"
    return body + record_code_check_digit(body)


ONE, TWO, THREE = record_code(1), record_code(2), record_code(3)
OTHER_NUMBER = "12345678901" + number_check_digit("12345678901")


async def rows(number: OpenStore, table: type[Any]) -> Sequence[Any]:
    """Return all rows of a table."""
    async with number.parts.sessions() as session:
        return (await session.scalars(select(table))).all()


async def generated(number: OpenStore, code: str = ONE, request: UUID | None = None) -> NumberToBe:
    """Ask for a number as juki."""
    message = Generate(request_id=request or UUID(int=1), resident_record_code=code)
    return await number.ask("juki", None, "number.generate", message, NumberToBe)


async def changed(
    number: OpenStore, former: str, *, code: str = ONE, request: int = 100, ground: str = "mayor"
) -> NumberToBe:
    """Ask for a change of number as juki."""
    message = ChangeNumber(
        request_id=UUID(int=request),
        resident_record_code=code,
        former_number=former,
        ground="resident" if ground == "resident" else "mayor",
    )
    return await number.ask("juki", None, "number.change", message, NumberToBe)


async def recoded(number: OpenStore, before: str = ONE, after: str = TWO, request: int = 200) -> Acknowledged:
    """Notify as juki that a record code has changed."""
    message = ChangeRecordCode(request_id=UUID(int=request), before=before, after=after)
    return await number.ask("juki", None, "number.change_record_code", message, Acknowledged)


async def refused_with(code: str, awaitable: Any) -> None:
    """Check that a call is answered by a problem with this code."""
    with pytest.raises(Refused) as caught:
        await awaitable
    assert caught.value.code == code


class TestGenerate:
    @pytest.mark.requirement("NUM-1", "NUM-16")
    async def test_a_record_code_gets_one_number(self, number: OpenStore) -> None:
        """The answer holds a number that passes its check digit, the record code asked for and the request id."""
        answer = await generated(number, request=UUID(int=7))
        assert is_individual_number(answer.individual_number)
        assert (answer.resident_record_code, answer.request_id) == (ONE, UUID(int=7))

    @pytest.mark.requirement("NUM-2", "NUM-3", "AUDIT-1", "AUDIT-9")
    async def test_pair_and_provision_record_are_written_together(self, number: OpenStore) -> None:
        """The pair has generation time, paid-out date and mark; the notice is recorded without an operator."""
        await generated(number)
        pair, generated_number = (await rows(number, NumberPair))[0], (await rows(number, GeneratedNumber))[0]
        assert (pair.current_or_history, pair.paid_out_date) == ("current", date(2026, 4, 10))
        assert generated_number.generated_at == number.clock()
        record = (await rows(number, ProvisionRecord))[0]
        assert (record.outcome, record.client_system, record.operator, record.number_included) == (
            "provided",
            "juki",
            None,
            True,
        )
        assert record.at == number.clock()

    @pytest.mark.requirement("NUM-2")
    async def test_without_a_provision_record_there_is_no_pair(self, number: OpenStore) -> None:
        """When the record of the notice cannot be written nothing is generated and no number is sent."""
        act = number.act("x" * 65, "juki")  # longer than the column of the trail
        with pytest.raises(Exception, match="22001"):
            async with number.parts.sessions.begin() as session:
                await generate(session, act, Generate(request_id=UUID(int=1), resident_record_code=ONE), number.sealer)
        assert [await rows(number, table) for table in (NumberPair, GeneratedNumber)] == [[], []]

    async def test_number_and_code_are_sealed(self, number: OpenStore) -> None:
        """No column of the number file holds the number or the record code in the clear."""
        answer = await generated(number)
        for row in (*await rows(number, NumberPair), *await rows(number, GeneratedNumber)):
            stored = b"".join(
                str(value).encode() if not isinstance(value, bytes) else value for value in vars(row).values()
            )
            assert answer.individual_number.encode() not in stored
            assert ONE.encode() not in stored

    @pytest.mark.requirement("NUM-1", "AUDIT-6")
    async def test_a_second_number_is_refused_and_recorded(self, number: OpenStore) -> None:
        """A record code with a current number gets no second one, and the refusal leaves a record."""
        await generated(number)
        await refused_with("number_exists", generated(number, request=UUID(int=2)))
        assert len(await rows(number, GeneratedNumber)) == 1
        assert [r.refusal for r in await rows(number, ProvisionRecord)] == [None, "number_exists"]

    async def test_the_same_request_hears_the_same_answer(self, number: OpenStore) -> None:
        """A request that is sent again, because its answer was lost, gets the number it has made."""
        assert (await generated(number)).individual_number == (await generated(number)).individual_number
        assert len(await rows(number, GeneratedNumber)) == 1

    async def test_a_request_id_of_another_code_is_refused(self, number: OpenStore) -> None:
        """A request id that was used for one record code is not answered for another."""
        await generated(number)
        await refused_with("request_id_reused", generated(number, code=TWO))

    async def test_a_code_that_was_given_up_gets_no_number(self, number: OpenStore) -> None:
        """A record code from before a change is not numbered again."""
        await generated(number)
        await recoded(number)
        await refused_with("record_code_in_use", generated(number, request=UUID(int=2)))

    @pytest.mark.requirement("NUM-1", "NUM-14", "LINK-2", "AUDIT-6")
    @pytest.mark.parametrize("caller", ["municipal-cs", "card", "fuhyo", "issuer", "operator"])
    async def test_nobody_but_juki_may_ask(self, number: OpenStore, caller: str) -> None:
        """Every other system is refused, nothing is generated, and the refusal names the caller."""
        body = "131016" if caller == "municipal-cs" else None
        message = Generate(request_id=UUID(int=1), resident_record_code=ONE)
        await refused_with("not_permitted", number.ask(caller, body, "number.generate", message, NumberToBe))
        assert not await rows(number, GeneratedNumber)
        assert [(r.refusal, r.client_system) for r in await rows(number, ProvisionRecord)] == [
            ("not_permitted", caller)
        ]

    @pytest.mark.requirement("NUM-1", "NUM-14", "NUM-17")
    @pytest.mark.parametrize(
        "change",
        [
            {"resident_record_code": ONE[:10]},
            {"resident_record_code": ONE[:10] + str((int(ONE[10]) + 1) % 10)},
            {"resident_record_code": [ONE, TWO]},
            {"individual_number": OTHER_NUMBER},
            {"name": "x"},
        ],
    )
    async def test_only_one_well_formed_record_code_is_taken(self, number: OpenStore, change: dict[str, Any]) -> None:
        """A malformed record code, a list of codes, and any further field are refused."""
        body = msgspec.json.encode({"request_id": str(UUID(int=1)), "resident_record_code": ONE, **change})
        await refused_with("malformed_request", number.ask("juki", None, "number.generate", body, NumberToBe))
        assert not await rows(number, GeneratedNumber)


class TestUniqueness:
    @pytest.mark.requirement("NUM-4")
    async def test_a_body_that_was_ever_generated_is_passed_over(self, number: OpenStore) -> None:
        """A candidate that exists, even one that was never notified, is not generated a second time."""
        first, second = islice(candidates(ONE, lambda value: number.sealer.index("number_generation", value)), 2)
        async with number.parts.sessions.begin() as session:
            session.add(
                GeneratedNumber(
                    id=UUID(int=5),
                    body_index=number.sealer.index("number_body", first[:11]),
                    individual_number=b"",
                    generated_at=number.clock(),
                )
            )
        assert (await generated(number)).individual_number == second

    @pytest.mark.requirement("NUM-4")
    async def test_the_database_refuses_a_doubled_body(self, number: OpenStore) -> None:
        """The unique index over the body's digest is the second guard, for every row of the file."""
        await generated(number)
        row = (await rows(number, GeneratedNumber))[0]
        doubled = GeneratedNumber(
            id=UUID(int=5), body_index=row.body_index, individual_number=b"", generated_at=number.clock()
        )
        with pytest.raises(IntegrityError):
            async with number.parts.sessions.begin() as session:
                session.add(doubled)

    @pytest.mark.requirement("NUM-4", "NUM-11")
    async def test_no_number_comes_back(self, number: OpenStore) -> None:
        """Changed again and again, a record code never gets a number it, or anybody, had before."""
        numbers = [
            (await generated(number)).individual_number,
            (await generated(number, TWO, UUID(int=2))).individual_number,
        ]
        for request in range(100, 106):
            numbers.append(
                (await changed(number, numbers[0 if request == 100 else -1], request=request)).individual_number
            )
        assert len(set(numbers)) == len(numbers)

    @pytest.mark.requirement("NUM-4")
    async def test_a_full_file_is_told(self, number: OpenStore) -> None:
        """When every candidate was generated before the request is refused and no pair is made."""
        taken = [
            GeneratedNumber(
                id=new_id(number.entropy),
                body_index=number.sealer.index("number_body", candidate[:11]),
                individual_number=b"",
                generated_at=number.clock(),
            )
            for candidate in candidates(ONE, lambda value: number.sealer.index("number_generation", value))
        ]
        async with number.parts.sessions.begin() as session:
            session.add_all(taken)
        message = Generate(request_id=UUID(int=1), resident_record_code=ONE)
        async with number.parts.sessions() as session:
            with pytest.raises(ServiceError, match="no_free_number"):
                await generate(session, number.act("number.generate", "juki"), message, number.sealer)
        with pytest.raises(Unanswered):
            await generated(number)
        assert not await rows(number, NumberPair)

    @pytest.mark.requirement("NUM-11")
    async def test_two_requests_at_once_make_one_number(
        self, fresh_databases: FreshDatabases, clock: FrozenClock
    ) -> None:
        """Two generation requests for one record code on two connections: one is answered, the other refused."""
        engine = open_engine(fresh_databases([NUMBER])["number"].app, poolclass=NullPool)
        sessions = open_sessions(engine)
        store = await open_store("number", sessions, clock=clock, entropy=SeededBytes())
        answers = await asyncio.gather(
            *(generated(store, request=UUID(int=n)) for n in range(1, 4)), return_exceptions=True
        )
        async with sessions() as session:
            count = await session.scalar(select(func.count()).select_from(NumberPair))
        await engine.dispose()
        assert count == 1
        assert sorted(type(answer).__name__ for answer in answers) == ["NumberToBe", "Refused", "Refused"]


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


class TestTheFileIsKept:
    @pytest.mark.requirement("RETAIN-1")
    @pytest.mark.parametrize("table", [NumberPair, GeneratedNumber])
    async def test_erasing_is_refused_by_postgresql(self, number: OpenStore, table: type[Any]) -> None:
        """The service's role may not delete a row of the number file, nor overwrite a number."""
        await generated(number)
        for statement in (delete(table), text(f"TRUNCATE {table.__tablename__} CASCADE")):
            with pytest.raises(ProgrammingError):
                async with number.parts.sessions.begin() as session:
                    await session.execute(statement)
        with pytest.raises(ProgrammingError):
            async with number.parts.sessions.begin() as session:
                await session.execute(update(GeneratedNumber).values(individual_number=b""))

    @pytest.mark.requirement("RETAIN-1", "NUM-17", "LINK-3")
    async def test_no_door_erases_lists_or_reads(self, number: OpenStore) -> None:
        """Calls to erase, to list or to look up find no operation, whoever asks."""
        for verb in ("erase", "delete", "list", "search", "find_by_number", "read"):
            await refused_with("not_found", number.ask("juki", None, f"number.{verb}", b"{}", Acknowledged))

    @pytest.mark.requirement("AUDIT-11")
    async def test_every_call_is_logged(self, number: OpenStore) -> None:
        """A call that is answered and one that is refused leave one communication record each."""
        await generated(number)
        await refused_with("number_exists", generated(number, request=UUID(int=2)))
        log = [(row.peer, row.operation, row.outcome) for row in await rows(number, CommunicationRecord)]
        assert log == [("juki", "number.generate", "done"), ("juki", "number.generate", "number_exists")]
