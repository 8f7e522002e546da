from pathlib import Path

import pytest

from tegata.operator import NoOperator, identified, operating
from tegata.serve.house_file import FILE, NoHouse
from wallet_sim.parties.line import Human

HOUSE = b'{"issuer": "", "relay": "", "reference": "", "revocation": "", "ports": {}}'


@pytest.mark.parametrize(
    "who", [(None, "desk-1"), ("suzuki", None), ("", "desk-1"), ("suzuki\n", "desk-1"), ("x" * 41, "d")]
)
def test_nobody_acts_without_a_name(who: tuple[str | None, str | None]) -> None:
    """Operator and terminal are both named, in the form that the systems take."""
    with pytest.raises(NoOperator):
        identified(*who)
    assert identified("suzuki", "desk-1") == Human("suzuki", "desk-1")


async def test_a_house_without_a_certificate_for_operators(tmp_path: Path) -> None:
    """Neither an empty folder nor a house that has lost the operators' key is called."""
    for prepare in (lambda: None, lambda: (tmp_path / FILE).write_bytes(HOUSE)):
        prepare()
        with pytest.raises(NoHouse):
            async with operating(tmp_path, Human("suzuki", "desk-1")):
                pass
