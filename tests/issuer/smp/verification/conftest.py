"""A genuine application about to be made."""

import pytest

from tests.issuer.smp.conftest import Desk, Line
from tests.issuer.smp.verification.cases import World
from tests.support.applications import Holder
from tests.support.attestations import a_phone


@pytest.fixture
def world(desk: Desk, line: Line, holder: Holder) -> World:
    """A genuine application about to be made."""
    return World(desk, line, holder, a_phone(), desk.nonce())
