"""The parties that call: each message on the line that the access matrix draws for its sender."""

from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest

from registry.access.matrix import load_matrix
from registry.messages.card import CallerIdentity, CardApplication, CounterStep, Destination, SuspendCard
from registry.messages.fuhyo import FuhyoInquiry, FuhyoUpdate
from registry.messages.jpki import HoldCertificates, SuspendMdoc
from registry.messages.juki import IdentityUpdate, Inquiry
from registry.messages.message import ByNumber, ByRecordCode, Message
from registry.messages.number import ChangeNumber, ChangeRecordCode, Generate
from tests.support.clock import START, FrozenClock
from tests.support.entropy import SeededBytes
from tests.support.hierarchy import hierarchy
from wallet_sim.answers import Refused
from wallet_sim.parties.call_centre import CallCentre
from wallet_sim.parties.fuhyo_prefectural_server import FuhyoPrefecturalServer
from wallet_sim.parties.inquiring_body import InquiringBody
from wallet_sim.parties.line import Line, mutual_tls
from wallet_sim.parties.municipal_cs import MunicipalCs
from wallet_sim.parties.prefectural_server import PrefecturalServer
from wallet_sim.parties.reception_contractor import ReceptionContractor
from wallet_sim.residents import Resident, residents

FORMS: dict[str, type[Message]] = {
    "juki.update": IdentityUpdate,
    "juki.request_number": Generate,
    "juki.request_number_change": ChangeNumber,
    "juki.notify_record_code_change": ChangeRecordCode,
    "juki.inquire": Inquiry,
    "fuhyo.update": FuhyoUpdate,
    "fuhyo.inquire": FuhyoInquiry,
    "card.register_destination": Destination,
    "card.counter_step": CounterStep,
    "card.apply": CardApplication,
    "card.look_up": CallerIdentity,
    "card.suspend": SuspendCard,
    "pki.hold": HoldCertificates,
    "pki.suspend_mdoc": SuspendMdoc,
}
NUMBER, CHANGED, ANY = "123456789018", "123456789026", UUID(int=1)
PEOPLE = residents("clients", 20, at=START)


class Systems:
    """All systems: reads every message in its own form and answers what the form of the answer needs."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Any, httpx.Headers]] = []
        self.refuse: str | None = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one request of httpx."""
        operation = request.url.path.strip("/").replace("/", ".")
        self.sent.append((operation, msgspec.json.decode(request.content, type=FORMS[operation]), request.headers))
        if self.refuse:
            return httpx.Response(409, json={"code": self.refuse})
        answer = {
            "update_id": ANY,
            "result": "done",
            "request_id": ANY,
            "resident_record_code": PEOPLE[0].resident_record_code,
            "individual_number": NUMBER,
            "reference": ANY,
            "destination_control_number": "D1",
            "application_form_id": "F1",
            "state": "received",
            "card_issue_number": "C1",
            "card_operation_status": "in_use",
            "card_valid_until": date(2034, 1, 1),
            "municipality_code": "131016",
            "processing_result_code": "done",
            "signing_certificate_serial": "1a",
            "signing_certificate_state": "good",
            "name": "n",
            "address": "a",
            "birth_date": date(1971, 9, 1),
            "sex": "2",
            "change_reason": "birth",
            "change_date": date(2026, 4, 10),
        }
        return httpx.Response(200, content=msgspec.json.encode({name: answer[name] for name in ANSWERS[operation]}))


UPDATED = ("update_id", "result")
NUMBERED = ("request_id", "resident_record_code", "individual_number")
PERSON = ("request_id", "resident_record_code", "name", "address", "birth_date", "sex", "individual_number")
ANSWERS = {
    "juki.update": UPDATED,
    "fuhyo.update": UPDATED,
    "juki.request_number": NUMBERED,
    "juki.request_number_change": NUMBERED,
    "juki.notify_record_code_change": ("reference",),
    "juki.inquire": (*PERSON, "change_reason", "change_date"),
    "fuhyo.inquire": PERSON,
    "card.register_destination": ("request_id", "destination_control_number"),
    "card.counter_step": (
        "request_id", "card_issue_number", "card_operation_status", "card_valid_until", "municipality_code",
        "processing_result_code",
    ),
    "card.apply": ("request_id", "application_form_id", "state"),
    "card.look_up": (
        "request_id", "card_issue_number", "card_operation_status", "card_valid_until", "signing_certificate_serial",
        "signing_certificate_state",
    ),
    "card.suspend": ("request_id", "card_issue_number", "card_operation_status"),
    "pki.hold": ("reference",),
    "pki.suspend_mdoc": ("reference",),
}  # fmt: skip


@pytest.fixture
def systems() -> Systems:
    """All systems behind one transport."""
    return Systems()


def line(systems: Systems) -> Line:
    """A line to all of them."""
    addresses = {name: f"https://{name}.test" for name in ("juki", "fuhyo", "card", "pki")}
    return Line(httpx.AsyncClient(transport=httpx.MockTransport(systems)), addresses, SeededBytes("line"))


def municipality(systems: Systems, clock: FrozenClock) -> MunicipalCs:
    """A municipality with its prefecture."""
    return MunicipalCs(line(systems), PrefecturalServer(line(systems), clock), clock)


def of_kind(kind: str) -> Resident:
    """The first resident of a kind."""
    return next(each for each in PEOPLE if each.kind == kind)


async def test_a_resident_is_entered_numbered_and_entered_again(systems: Systems, clock: FrozenClock) -> None:
    """D8: first without a number, then generation, then the number ex officio, by the statutory route."""
    assert await municipality(systems, clock).register(PEOPLE[0]) == NUMBER
    entered, asked, numbered = systems.sent
    assert [entered[0], asked[0], numbered[0]] == ["juki.update", "juki.request_number", "juki.update"]
    assert (entered[1].reason, entered[1].individual_number) == ("entry_ex_officio", None)
    assert (numbered[1].reason, numbered[1].individual_number) == ("number_entry_ex_officio", NUMBER)
    assert numbered[1].update_sequence_number > entered[1].update_sequence_number
    assert entered[2]["Idempotency-Key"] == str(entered[1].update_id)
    assert "Tegata-Operator" not in entered[2]
    assert asked[2]["Tegata-Operator"] == "clerk-1"


async def test_reasons_of_entry_follow_the_person(systems: Systems, clock: FrozenClock) -> None:
    """A foreigner moves in from abroad, this year's child was born, everybody else is found without a record."""
    newborn = next(each for each in PEOPLE if each.birth_date.year == clock().year)
    for resident in (of_kind("foreign"), newborn):
        await municipality(systems, clock).enter(resident)
    assert [sent[1].reason for sent in systems.sent] == ["move_in_from_abroad", "birth"]


async def test_a_leaver_goes_to_the_fuhyo_without_a_number(systems: Systems, clock: FrozenClock) -> None:
    """The resident record ends with the number it has; the fuhyo message has no place for one."""
    leaver = of_kind("overseas")
    await municipality(systems, clock).send_abroad(leaver, NUMBER, FuhyoPrefecturalServer(line(systems)))
    gone, abroad = systems.sent
    assert (gone[1].reason, gone[1].individual_number) == ("move_abroad", NUMBER)
    assert (abroad[1].status, abroad[1].last_address, abroad[1].items.address) == ("overseas", leaver.address, "国外")
    assert not hasattr(abroad[1], "individual_number")


async def test_a_destination_says_whether_the_number_was_checked(systems: Systems, clock: FrozenClock) -> None:
    """The mark of the check travels with the record, for a foreigner also stay and Roman letters."""
    cs = municipality(systems, clock)
    await cs.register_destination(of_kind("foreign"), NUMBER)
    await cs.register_destination(PEOPLE[0], NUMBER, checked=False)
    first, second = (sent[1] for sent in systems.sent)
    assert (first.number_checked, first.stay_class, first.name_romaji) == (
        True,
        "mid_to_long_term",
        first.items.name_kanji,
    )
    assert (second.number_checked, second.stay_class, second.name_romaji) == (False, "", None)


Run = Callable[[Line, FrozenClock], Awaitable[object]]


def _cs(one: Line, clock: FrozenClock) -> MunicipalCs:
    return MunicipalCs(one, PrefecturalServer(one, clock), clock)


CODES = [each.resident_record_code for each in PEOPLE[:2]]
DAY = date(2026, 4, 1)
ITEMS, FOUR = PEOPLE[0].items, PEOPLE[0].four_items
BY_HAND: dict[str, Any] = {"form_kind": "handwritten", "handwritten": (NUMBER, FOUR)}
BY_NUMBER, BY_CODE = ByNumber(individual_number=NUMBER), ByRecordCode(resident_record_code=CODES[0])

EVERYTHING: list[tuple[str, Run]] = [
    ("municipal-cs", lambda one, at: _cs(one, at).request_number(PEOPLE[0])),
    ("municipal-cs", lambda one, at: _cs(one, at).change_number(PEOPLE[0], NUMBER, "resident")),
    ("municipal-cs", lambda one, at: _cs(one, at).notify_record_code_change(*CODES)),
    ("municipal-cs", lambda one, at: _cs(one, at).register_destination(PEOPLE[0], NUMBER)),
    ("municipal-cs", lambda one, at: _cs(one, at).counter_step("C1", "hand_over")),
    ("prefectural-server", lambda one, at: _cs(one, at).change(PEOPLE[0], "death", number=NUMBER)),
    (
        "fuhyo-prefectural-server",
        lambda one, _: FuhyoPrefecturalServer(one).update("resident", ITEMS, CODES[0], change_date=DAY),
    ),
    ("reception-contractor", lambda one, _: ReceptionContractor(one).apply("F1", b"photo", application_date=DAY)),
    (
        "reception-contractor",
        lambda one, _: ReceptionContractor(one).apply("F1", None, application_date=DAY, **BY_HAND),
    ),
    ("call-centre", lambda one, _: CallCentre(one).look_up(FOUR, "check-1")),
    ("call-centre", lambda one, _: CallCentre(one).suspend_card("C1", "lost", "check-1")),
    ("call-centre", lambda one, _: CallCentre(one).hold_certificates("1a", "lost", "check-1")),
    ("call-centre", lambda one, _: CallCentre(one).suspend_phone("1a", "lost", "check-1")),
    ("inquiring-body", lambda one, _: InquiringBody(one, "user-1").inquire("tax", BY_NUMBER)),
    ("inquiring-body", lambda one, _: InquiringBody(one, "user-1").inquire_overseas("pension", BY_CODE)),
]


@pytest.mark.parametrize(("caller", "run"), EVERYTHING)
async def test_every_message_is_in_the_form_and_on_the_line_of_the_matrix(
    systems: Systems, clock: FrozenClock, caller: str, run: Run
) -> None:
    """Each message is read by the receiver's own struct, and the matrix lets its sender in."""
    await run(line(systems), clock)
    operation, _, headers = systems.sent[-1]
    drawn = load_matrix().line(operation)
    assert drawn is not None
    assert caller in drawn.callers
    UUID(headers["Tegata-Request"])


async def test_an_inquiring_body_names_its_user(systems: Systems) -> None:
    """ACCESS-14: who sits at the terminal travels with the inquiry, in the message and beside it."""
    await InquiringBody(line(systems), "user-1").inquire("tax", ByNumber(individual_number=NUMBER))
    (_, message, headers) = systems.sent[0]
    assert (message.end_user, headers["Tegata-End-User"]) == ("user-1", "user-1")


async def test_a_refusal_reaches_the_party_with_its_code(systems: Systems, clock: FrozenClock) -> None:
    """A party acts on the code; nothing is repeated behind its back."""
    systems.refuse = "number_exists"
    with pytest.raises(Refused, match="number_exists"):
        await municipality(systems, clock).request_number(PEOPLE[0])
    assert len(systems.sent) == 1


def test_the_line_shows_its_certificate_and_trusts_the_systems_ca_alone(tmp_path: Path) -> None:
    """A client context needs the party's own pair and knows no other authority."""
    folder, trust = hierarchy().state / "systems" / "call-centre", hierarchy().state / "trust"
    context = mutual_tls(folder / "certificate.pem", folder / "key.pem", trust / "systems_ca.pem")
    assert len(context.get_ca_certs()) == 1
    with pytest.raises(OSError, match="No such file"):
        mutual_tls(tmp_path / "none", folder / "key.pem", trust / "systems_ca.pem")
