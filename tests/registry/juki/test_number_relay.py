from uuid import UUID

import msgspec
import pytest
from litestar import Litestar, post
from sqlalchemy import select

from registry.access.matrix import load_matrix
from registry.links import Links
from registry.messages.codes import number_check_digit
from registry.messages.juki import UserInformationQuery
from registry.messages.message import Acknowledged
from registry.messages.number import ChangeNumber, ChangeRecordCode, Generate, NumberToBe, Trace, Traced
from registry.messages.person import UserInformation
from registry.number.models import GeneratedNumber
from registry.peer.call import Unanswered
from registry.postgres.engine import Sessions
from registry.problems import ServiceError
from registry.trail.models import CommunicationRecord, ProvisionRecord
from tests.registry.juki.town import CHIYODA, KIYOSE, ONE, THREE, TWO, Town, refused_with
from tests.support.clock import FrozenClock
from tests.support.entropy import SeededBytes
from tests.support.stores import OpenStore, open_store

FOREIGN_NUMBER = "12345678901" + number_check_digit("12345678901")


async def count(number: OpenStore) -> int:
    """Return how many numbers were ever generated."""
    async with number.parts.sessions() as session:
        return len((await session.scalars(select(GeneratedNumber))).all())


async def change(
    town: Town, former: str, *, request: int = 50, body: str = CHIYODA, code: str = ONE, ground: str = "resident"
) -> str:
    """Ask for another number as a municipality and return it."""
    message = ChangeNumber(
        request_id=UUID(int=request),
        resident_record_code=code,
        former_number=former,
        ground="mayor" if ground == "mayor" else "resident",
    )
    answer = await town.juki.ask("municipal-cs", body, "juki.request_number_change", message, NumberToBe)
    return answer.individual_number


async def recode(town: Town, before: str, after: str, *, request: int = 60, body: str = CHIYODA) -> Acknowledged:
    """Notify as a municipality that a record code has changed."""
    message = ChangeRecordCode(request_id=UUID(int=request), before=before, after=after)
    return await town.juki.ask("municipal-cs", body, "juki.notify_record_code_change", message, Acknowledged)


class TestGeneration:
    @pytest.mark.requirement("JUKI-12", "NUM-3", "AUDIT-2")
    async def test_the_municipality_hears_the_number(self, town: Town) -> None:
        """A request travels to the number system and back; the notice is recorded with the municipality."""
        await town.say()
        assert len(await town.ask_number()) == 12
        (record,) = await town.trail(operation="juki.request_number")
        assert (record.recipient, record.outcome, record.number_included) == (CHIYODA, "provided", True)

    @pytest.mark.requirement("JUKI-13", "NUM-15")
    async def test_only_persons_to_be_numbered_are_passed_on(self, town: Town, number: OpenStore) -> None:
        """Unknown persons, the dead, and those who have a number are refused here; the number system hears nothing."""
        await refused_with("person_unknown", town.ask_number())
        await town.say()
        await town.say(reason="death")
        await refused_with("not_to_be_numbered", town.ask_number())
        await town.settle(TWO, request=2)
        await refused_with("number_exists", town.ask_number(TWO, request=3))
        assert await count(number) == 1
        assert {r.refusal for r in await town.trail(outcome="refused")} == {
            "person_unknown",
            "not_to_be_numbered",
            "number_exists",
        }

    @pytest.mark.requirement("NUM-15")
    async def test_the_removed_are_numbered(self, town: Town) -> None:
        """A person who left the municipality, and is not dead, is among those to be numbered."""
        await town.say()
        await town.say(reason="move_out")
        assert await town.ask_number()

    @pytest.mark.requirement("NUM-3", "LINK-12")
    async def test_no_other_municipality_is_answered(self, town: Town, number: OpenStore) -> None:
        """A municipality asks for its own residents; another one is refused, with its request id too."""
        await town.say()
        await refused_with("wrong_municipality", town.ask_number(body=KIYOSE))
        assert await count(number) == 0

    async def test_a_lost_answer_costs_no_number(self, town: Town, number: OpenStore) -> None:
        """A municipality that lost answer and request id asks anew before entering the number: it is the same one."""
        await town.say()
        assert await town.ask_number(request=1) == await town.ask_number(request=2)
        assert await count(number) == 1

    async def test_a_repeated_request_hears_the_same_number(self, town: Town, number: OpenStore) -> None:
        """A request whose answer was lost is answered again, even after the number was entered."""
        await town.say()
        first = await town.ask_number()
        await town.say(reason="number_entry_ex_officio", individual_number=first)
        assert await town.ask_number() == first
        assert await count(number) == 1

    async def test_a_request_id_of_somebody_else_is_refused(self, town: Town) -> None:
        """A request id that was used for one person is not answered for another."""
        await town.say()
        await town.say(TWO)
        await town.ask_number()
        await refused_with("request_id_reused", town.ask_number(TWO))

    @pytest.mark.requirement("NUM-1", "JUKI-12")
    @pytest.mark.parametrize("caller", ["prefectural-server", "inquiring-body", "card", "operator"])
    async def test_only_municipalities_ask(self, town: Town, caller: str) -> None:
        """Nobody but the municipal CS may ask for a number."""
        await town.say()
        body = {"prefectural-server": "13", "inquiring-body": "agency-1"}.get(caller)
        message = Generate(request_id=UUID(int=1), resident_record_code=ONE)
        await refused_with("not_permitted", town.juki.ask(caller, body, "juki.request_number", message, NumberToBe))

    @pytest.mark.requirement("AUDIT-9", "AUDIT-11")
    async def test_the_operator_stays_at_the_municipality(self, town: Town, number: OpenStore) -> None:
        """The juki server records the operator of the municipality; between the two servers no operator is named."""
        await town.say()
        await town.ask_number(operator="clerk-1", terminal="desk-1")
        (record,) = await town.trail(operation="juki.request_number")
        assert (record.operator, record.terminal) == ("clerk-1", "desk-1")
        async with number.parts.sessions() as session:
            assert await session.scalar(select(ProvisionRecord.operator)) is None
        async with town.juki.parts.sessions() as session:
            log = (await session.scalars(select(CommunicationRecord).filter_by(direction="out"))).all()
        assert [(row.peer, row.operation, row.outcome) for row in log] == [("number", "number.generate", "done")]

    async def test_a_silent_number_system_is_told(
        self, sessions: Sessions, clock: FrozenClock, entropy: SeededBytes
    ) -> None:
        """When the number system does not answer nothing is noted, and the municipality hears to try again."""
        town = Town(await open_store("juki", sessions, clock=clock, entropy=entropy))
        await town.say()
        with pytest.raises(Unanswered, match="no_answer"):
            await town.ask_number()
        assert [r.refusal for r in await town.trail()] == ["no_answer"]


class TestAStrangeNumberSystem:
    @pytest.mark.requirement("NUM-16")
    async def test_an_answer_to_another_request_is_not_handed_on(
        self, sessions: Sessions, clock: FrozenClock, entropy: SeededBytes
    ) -> None:
        """The echo of record code and request id is checked: a number that is not for this person goes nowhere."""

        @post("/number/generate", status_code=200)
        async def generate() -> NumberToBe:
            return NumberToBe(request_id=UUID(int=1), resident_record_code=TWO, individual_number=FOREIGN_NUMBER)

        others = {"number": Litestar([generate], logging_config=None)}
        town = Town(await open_store("juki", sessions, clock=clock, entropy=entropy, others=others))
        await town.say()
        with pytest.raises(Unanswered, match="no_answer"):
            await town.ask_number()
        assert [r.refusal for r in await town.trail()] == ["no_answer"]

    async def test_a_refusal_nobody_knows_is_no_answer(
        self, sessions: Sessions, clock: FrozenClock, entropy: SeededBytes
    ) -> None:
        """A problem with a code outside the table is not passed on."""

        @post("/number/generate", status_code=409)
        async def generate() -> dict[str, str]:
            return {"code": "strange"}

        others = {"number": Litestar([generate], logging_config=None)}
        town = Town(await open_store("juki", sessions, clock=clock, entropy=entropy, others=others))
        await town.say()
        with pytest.raises(Unanswered, match="no_answer"):
            await town.ask_number()


class TestChange:
    @pytest.mark.requirement("JUKI-12", "JUKI-14")
    async def test_a_pairing_former_number_is_passed_on(self, town: Town) -> None:
        """With the number on file the request goes on, and the municipality hears another number."""
        former = await town.settle()
        assert await change(town, former) != former

    @pytest.mark.requirement("JUKI-14", "AUDIT-6")
    async def test_an_unconfirmed_number_is_not_passed_on(self, town: Town, number: OpenStore) -> None:
        """A number that does not pair with the record code stays here: the number system hears nothing of it."""
        await town.settle()
        others = await town.settle(TWO, request=2)
        for wrong in (FOREIGN_NUMBER, others):
            await refused_with("former_number_mismatch", change(town, wrong))
        assert len(await town.trail(refusal="former_number_mismatch")) == 2
        async with number.parts.sessions() as session:
            assert not (await session.scalars(select(ProvisionRecord).filter_by(outcome="refused"))).all()

    @pytest.mark.requirement("JUKI-14", "NUM-9")
    async def test_the_number_system_checks_again(self, town: Town) -> None:
        """A former number that juki still has on file, but that was changed already, is refused by the second check."""
        former = await town.settle()
        await change(town, former)
        await refused_with("former_number_mismatch", change(town, former, request=51, ground="mayor"))

    async def test_a_repeated_change_hears_the_same_number(self, town: Town) -> None:
        """The same request, sent again after the update came in, is answered again."""
        former = await town.settle()
        new = await change(town, former)
        await town.say(reason="number_change_request", individual_number=new, former_number=former)
        assert await change(town, former) == new

    async def test_a_lost_answer_costs_no_change(self, town: Town, number: OpenStore) -> None:
        """The same change, asked for under another id before the update came in, is not made twice."""
        former = await town.settle()
        assert await change(town, former) == await change(town, former, request=51)
        assert await count(number) == 2

    async def test_a_removed_person_keeps_the_number(self, town: Town) -> None:
        """The number of a person who is not on record is not changed."""
        former = await town.settle()
        await town.say(reason="move_out", individual_number=former)
        await refused_with("not_to_be_numbered", change(town, former))

    @pytest.mark.requirement("NUM-14")
    async def test_a_change_without_a_ground_is_refused(self, town: Town) -> None:
        """The message is closed: without a ground, or with a further field, it is not taken."""
        former = await town.settle()
        whole = msgspec.to_builtins(
            ChangeNumber(request_id=UUID(int=1), resident_record_code=ONE, former_number=former, ground="mayor")
        )
        short = {name: value for name, value in whole.items() if name != "ground"}
        for wrong in (short, whole | {"name": "x"}):
            ask = town.juki.ask(
                "municipal-cs", CHIYODA, "juki.request_number_change", msgspec.json.encode(wrong), NumberToBe
            )
            await refused_with("malformed_request", ask)


class TestRecordCode:
    @pytest.mark.requirement("JUKI-12")
    async def test_the_notice_is_passed_on_before_or_after_the_update(self, town: Town) -> None:
        """The number follows the record code, whichever of notice and update comes first."""
        number = await town.settle()
        await recode(town, ONE, TWO)
        update = {"individual_number": number, "former_record_code": ONE, "update_sequence_number": 3}
        await town.say(TWO, "record_code_change_request", **update)
        again = {"individual_number": number, "former_record_code": TWO, "update_sequence_number": 4}
        await town.say(THREE, "record_code_change_request", **again)
        await recode(town, TWO, THREE, request=61)
        assert await change(town, number, code=THREE) != number

    async def test_wrong_notices_are_refused(self, town: Town) -> None:
        """An unknown code before, a code of somebody else after, another municipality: nothing is passed on."""
        await refused_with("person_unknown", recode(town, ONE, TWO))
        await town.settle(ONE)
        await town.settle(TWO, request=2)
        await refused_with("record_code_not_paired", recode(town, ONE, TWO))
        await refused_with("wrong_municipality", recode(town, ONE, THREE, body=KIYOSE))

    async def test_a_code_that_was_given_up_is_refused(self, town: Town) -> None:
        """A record code from before a change does not come back as the one after another change."""
        await town.settle(ONE)
        number = await town.settle(TWO, request=2)
        update = {"individual_number": number, "former_record_code": TWO, "update_sequence_number": 3}
        await town.say(THREE, "record_code_change_request", **update)
        await refused_with("record_code_in_use", recode(town, ONE, TWO))


@pytest.mark.requirement("LINK-2", "LINK-3")
async def test_edges_outside_the_matrix_are_refused_before_anything_leaves(town: Town, number: OpenStore) -> None:
    """The juki server may not trace at the number system, and the number system may ask nobody: refused at this end."""
    question = Trace(request_id=UUID(int=1), resident_record_code=ONE)
    links = Links(town.juki.parts.call, load_matrix(), "juki")
    with pytest.raises(ServiceError, match="not_permitted"):
        await links.ask("number.trace", question, Traced, act=town.juki.act("juki.update", "juki"))
    query = UserInformationQuery(resident_record_code=ONE, purpose="verification")
    links = Links(number.parts.call, load_matrix(), "number")
    with pytest.raises(ServiceError, match="not_permitted"):
        await links.ask("juki.user_information", query, UserInformation, act=number.act("number.generate", "juki"))


@pytest.mark.requirement("LINK-2", "LINK-3")
async def test_edges_outside_the_matrix_are_refused_at_the_other_end(town: Town, number: OpenStore) -> None:
    """The number system is refused by juki, and juki's other questions by the number system; both leave a record."""
    query = UserInformationQuery(resident_record_code=ONE, purpose="verification")
    ask = town.juki.ask("number", None, "juki.user_information", query, UserInformation)
    await refused_with("not_permitted", ask)
    question = Trace(request_id=UUID(int=1), resident_record_code=ONE)
    await refused_with("not_permitted", number.ask("juki", None, "number.trace", question, Traced))
    assert [r.client_system for r in await town.trail(refusal="not_permitted")] == ["number"]
