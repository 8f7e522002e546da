"""How lists are laid out."""

from uuid import UUID

import pytest

from issuer.status_list.plan import MECHANISMS, ListPlan
from mdoc.catalogue.mdl import NAME as MDL
from mdoc.catalogue.mnc import NAME as MNC


def test_mechanisms() -> None:
    """The domestic docType has two bits; the mDL has one, and identifier lists (D11)."""
    assert {name: (one.bits, one.identifiers) for name, one in MECHANISMS.items()} == {
        MNC: (2, False),
        MDL: (1, True),
    }


@pytest.mark.parametrize("changes", [{"doc_type": "unknown"}, {"size": 0}, {"size": 100}, {"size": -8}])
def test_impossible_plan(changes: dict[str, int]) -> None:
    """A docType without a mechanism, or a list that leaves bits of its last byte over, is no plan."""
    with pytest.raises(ValueError, match="docType"):
        ListPlan("https://smp.test", **changes)  # type: ignore[arg-type]


def test_addresses() -> None:
    """Each mechanism has its own path at the edge."""
    plan = ListPlan("https://smp.test")
    found = [plan.uri(UUID(int=1), mechanism) for mechanism in ("status_list", "identifier_list")]
    assert found == [
        "https://smp.test/status-lists/00000000-0000-0000-0000-000000000001",
        "https://smp.test/identifier-lists/00000000-0000-0000-0000-000000000001",
    ]
