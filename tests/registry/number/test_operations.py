import asyncio
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
from registry.messages.codes import is_individual_number
from registry.messages.message import Acknowledged
from registry.messages.number import Generate, NumberToBe
from registry.number.generation import candidates
from registry.number.models import GeneratedNumber, NumberPair
from registry.number.operations import generate
from registry.peer.call import Unanswered
from registry.postgres.engine import open_engine, open_sessions
from registry.problems import ServiceError
from registry.trail.models import CommunicationRecord, ProvisionRecord
from tests.registry.number.asking import (
    ONE,
    OTHER_NUMBER,
    TWO,
    changed,
    generated,
    recoded,
    refused_with,
    rows,
)
from tests.support.clock import FrozenClock
from tests.support.database import FreshDatabases
from tests.support.entropy import SeededBytes
from tests.support.stores import OpenStore, open_store


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
