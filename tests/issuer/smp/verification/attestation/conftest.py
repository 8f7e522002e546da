"""A holder and a phone for a whole module: nothing here changes them."""

import pytest

from tests.support.applications import Holder, a_holder
from tests.support.attestations import Phone, a_phone


@pytest.fixture(scope="session")
def holder() -> Holder:
    """A resident with a card."""
    return a_holder()


@pytest.fixture(scope="session")
def phone() -> Phone:
    """A phone with two record keys."""
    return a_phone()
