import json
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from tegata.play.show import MASK, Voice, brief, masked, set_of, state_of
from tegata.play.trouble import Trouble
from wallet_sim.phone.state import Enrolment, PhoneState, Record, RecordSet

ONE = UUID(int=1)
ELEMENTS = {"ns": {"name": "山田　花子", "portrait": b"12345", "age_over_20": True, "born": date(1999, 1, 2)}}


def record_set() -> RecordSet:
    """A set with two records, one of which was shown."""
    day = datetime(2026, 4, 1, tzinfo=UTC)
    return RecordSet(ONE, ONE, ONE, "doc", day, day, [Record(b"", b"", "reader"), Record(b"", b"")], "active")


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
    told = set_of(record_set())
    assert (told["records"], told["used"], told["status"]) == (2, 1, "active")
    assert set(brief(told)) < set(told)


def test_a_phone_is_told_without_its_keys() -> None:
    """What is told of a phone can be printed: no key and no token is in it."""
    enrolment = Enrolment([b"secret-key"], b"secret-key", b"secret-key", next_step_token="secret-token")
    state = PhoneState("app", "os", b"secret-key", b"", [enrolment], [record_set()])
    assert "secret" not in json.dumps(state_of(state))


def test_programs_get_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    """With --json the answer is one JSON object and tables are left out."""
    voice = Voice(as_json=True)
    voice.say({"id": ONE, "day": date(2026, 4, 1)}, "words")
    voice.table("title", [{"a": 1}])
    assert json.loads(capsys.readouterr().out) == {"id": str(ONE), "day": "2026-04-01"}


def test_people_get_words_and_tables(capsys: pytest.CaptureFixture[str]) -> None:
    """Without --json the lines and tables are printed, an empty table as none."""
    voice = Voice(as_json=False)
    voice.say({"id": 1}, "words")
    voice.table("things", [{"some_name": None}])
    voice.table("nothing", [])
    out = capsys.readouterr().out
    assert "words" in out
    assert "some name" in out
    assert "nothing: none" in out


@pytest.mark.parametrize("as_json", [True, False])
def test_complaints_go_to_standard_error(capsys: pytest.CaptureFixture[str], *, as_json: bool) -> None:
    """What went wrong is told on standard error with its code and the next step."""
    Voice(as_json=as_json).complain(Trouble("no_phone", 2, "There is none."))
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "no_phone" in captured.err
    assert "tegata wallet new" in captured.err
