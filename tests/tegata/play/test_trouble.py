import pytest

from tegata.operator import NoOperator
from tegata.play.phone import NoCard, NotIssued
from tegata.play.table import NoPhone
from tegata.play.trouble import NEXT, NO_ANSWER, NOT_POSSIBLE, PLAIN, REFUSED, WALLET, trouble_of
from tegata.serve.house_file import NoHouse
from wallet_sim.answers import Refused, Unanswered
from wallet_sim.ic_card import PinLocked, PinNotSet, PinRefused
from wallet_sim.phone.choice import PresentationRefused
from wallet_sim.phone.notices import NoticesUnknown
from wallet_sim.phone.proximity import RequestRefused
from wallet_sim.phone.vault import WrongUserPin


@pytest.mark.parametrize(
    ("error", "code", "exit_code"),
    [
        (Refused("record_in_force", 409), "record_in_force", REFUSED),
        (NotIssued("certificate_revoked"), "certificate_revoked", REFUSED),
        (PresentationRefused("suspended"), "suspended", REFUSED),
        (RequestRefused("reader_not_trusted"), "reader_not_trusted", REFUSED),
        (PinRefused(2), "pin_refused", REFUSED),
        (PinLocked(), "pin_locked", REFUSED),
        (PinNotSet(), "pin_not_set", REFUSED),
        (WrongUserPin(), "wrong_user_pin", REFUSED),
        (Unanswered("ConnectError"), "no_answer", NO_ANSWER),
        (NoticesUnknown("ConnectError"), "notices_unknown", NO_ANSWER),
        (TimeoutError("the records"), "not_in_time", NO_ANSWER),
        (FileExistsError(), "phone_exists", NOT_POSSIBLE),
        (LookupError(), "no_record", NOT_POSSIBLE),
        (NoHouse(), "no_house", NOT_POSSIBLE),
        (NoOperator(), "no_operator", NOT_POSSIBLE),
        (NoPhone(), "no_phone", NOT_POSSIBLE),
        (NoCard(), "no_card", NOT_POSSIBLE),
    ],
)
def test_each_trouble_has_code_sentence_and_exit_code(error: Exception, code: str, exit_code: int) -> None:
    """Whatever a person meets is told with its code, a sentence that is not the code, and the documented exit code."""
    trouble = trouble_of(error)
    assert trouble is not None
    assert (trouble.code, trouble.exit_code) == (code, exit_code)
    assert trouble.sentence


def test_a_fault_of_the_program_is_not_dressed_up() -> None:
    """An error that nobody foresaw is not told as if it were the person's."""
    assert trouble_of(ValueError("?")) is None


def test_everything_a_person_can_mend_has_a_next_step() -> None:
    """Each error of the table itself says what to do next."""
    assert {code for code, _, _ in PLAIN.values()} <= NEXT.keys()
    assert {"notices_unknown", "no_record", "suspended", "lapsed", "no_unused_record", "consent_denied"} <= NEXT.keys()
    assert all(WALLET.values())
