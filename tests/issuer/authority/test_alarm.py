import logging
from datetime import timedelta

import pytest

from issuer.authority.alarm import DailyAlarm
from tests.support.clock import START


def test_the_alarm_sounds_once_a_day(caplog: pytest.LogCaptureFixture) -> None:
    """A signer that ends soon is logged with the days that are left, once a day and again the day after."""
    alarm = DailyAlarm()
    with caplog.at_level(logging.WARNING):
        for hours in (0, 1, 24):
            alarm.sound({"docType": 10, None: 3}, START + timedelta(hours=hours))
    said = [(record.message, record.kind, record.count) for record in caplog.records]  # type: ignore[attr-defined]  # extra
    assert said == [("signer ends soon", "docType", 10), ("signer ends soon", "status lists", 3)] * 2
