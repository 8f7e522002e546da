"""A holder with a set in use."""

import pytest

from tests.issuer.conftest import Inside
from tests.issuer.provisioning.day import confirmed


@pytest.fixture
async def owned(accepted: Inside) -> Inside:
    """A holder whose phone has confirmed its first set."""
    return await confirmed(accepted)
