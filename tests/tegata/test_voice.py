import json
from datetime import date
from uuid import UUID

import pytest

from tegata.play.trouble import Trouble
from tegata.voice import Voice

ONE = UUID(int=1)


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
