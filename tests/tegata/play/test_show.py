import json
from datetime import UTC, date, datetime
from uuid import UUID

from tegata.play.show import MASK, brief, masked, set_of, state_of
from wallet_sim.phone.state import Enrolment, PhoneState, Record, RecordSet, Shown

ONE = UUID(int=1)
ELEMENTS = {"ns": {"name": "山田　花子", "portrait": b"12345", "age_over_20": True, "born": date(1999, 1, 2)}}


def record_set() -> RecordSet:
    """A set with two records, one of which was shown."""
    day = datetime(2026, 4, 1, tzinfo=UTC)
    return RecordSet(ONE, ONE, ONE, "doc", day, day, [Record(b"", b"1"), Record(b"", b"2")], "active")


def test_only_yes_and_no_are_shown_unasked() -> None:
    """Names, dates and portraits are masked until they are asked for."""
    assert masked(ELEMENTS, reveal=False) == {"ns": {"name": MASK, "portrait": MASK, "age_over_20": True, "born": MASK}}


def test_revealed_elements_are_readable() -> None:
    """Revealed values are shown, pictures by their size."""
    shown = masked(ELEMENTS, reveal=True)["ns"]
    assert shown == {"name": "山田　花子", "portrait": "5 bytes", "age_over_20": True, "born": "1999-01-02"}
    assert masked({"ns": {"portrait": "A" * 500}}, reveal=True)["ns"]["portrait"] == "500 characters of base64"


def test_a_set_is_told_without_its_records() -> None:
    """Counts and dates of a set are told, keys and records are not."""
    state = PhoneState("app", "os", "android", b"", [], shown=[Shown(b"1", "reader")])
    told = set_of(state, record_set())
    assert (told["records"], told["used"], told["status"]) == (2, 1, "active")
    assert set(brief(told)) < set(told)


def test_a_phone_is_told_without_its_keys() -> None:
    """What is told of a phone can be printed: no key and no token is in it."""
    enrolment = Enrolment([b"secret-key"], b"secret-key", b"secret-key", next_step_token="secret-token")
    state = PhoneState("app", "os", "android", b"secret-key", [], [enrolment], [record_set()])
    assert "secret" not in json.dumps(state_of(state))
