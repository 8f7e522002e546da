"""Counting requests."""

from datetime import timedelta

import pytest

from issuer.edge.limits import Rate
from registry.problems import ServiceError
from tests.support.clock import START


def test_each_address_for_itself() -> None:
    """One address that is over its limit does not use up another's."""
    rate = Rate(1)
    rate.admit("a", START)
    rate.admit("b", START)
    with pytest.raises(ServiceError) as refusal:
        rate.admit("a", START)

    assert refusal.value.code == "too_many_requests"


def test_memory_is_bounded() -> None:
    """Beyond the number of addresses that are remembered, all new ones share one count."""
    rate = Rate(1, most_addresses=2)
    rate.admit("a", START)
    rate.admit("b", START)
    rate.admit("c", START)
    with pytest.raises(ServiceError):
        rate.admit("d", START)
    rate.admit("d", START + timedelta(minutes=1))
