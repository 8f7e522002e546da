"""
Applications, renewals, suspensions, events of JPKI, jumps of the clock and restarts in random order, beside the law.

`TEGATA_LIVES=5000` runs so many lives instead of the few of every day. Those of every day and the 200 of `.ci/run` are
the same each time. A life that fails is told step by step.
"""

import asyncio
import os
from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.issuer.life_among_parties import LifeAmongParties
from tests.support.database import Stores

EVERY_DAY, BEFORE_MERGING = 20, 200
LIVES = int(os.environ.get("TEGATA_LIVES", EVERY_DAY))
STEPS = 7


@pytest.fixture
def lives(stores: Stores) -> Iterator[type[LifeAmongParties]]:
    """Lives at the session's database, each of which is undone."""
    with asyncio.Runner() as runner:
        yield type("Life", (LifeAmongParties,), {"runner": runner, "stores": stores})


def test_a_lost_phone_takes_every_set_with_it(lives: type[LifeAmongParties]) -> None:
    """Before a birthday a phone holds two sets in use: a report suspends both, a release brings both back."""
    life = lives()
    life.begins(who="birthday within the month", owning=True)
    life.wait_for_an_end(timedelta(days=2))
    life.confirm(0)
    for kind, status in (("lost", "suspended"), ("release", "active")):
        life.use_the_card(kind)
        assert [each.status for each in life.law.sets.values()] == [status, status]
        life.books_and_law_agree()
    life.teardown()


def test_a_suspension_ends_with_its_set_and_not_the_person(lives: type[LifeAmongParties]) -> None:
    """Renewed, lost before the phone confirmed, not found until the old set has ended: the card brings the new one."""
    life = lives()
    life.begins(who="birthday within the month", owning=True)
    life.wait_for_an_end(timedelta(days=2))
    for kind, statuses in (("lost", ["suspended", "suspended"]), ("release", ["expired", "issued"])):
        life.use_the_card(kind)
        life.books_and_law_agree()
        if kind == "lost":
            assert [each.status for each in life.law.sets.values()] == statuses
            life.wait_for_an_end(timedelta(0))
    life.confirm(0)
    assert [each.status for each in life.law.sets.values()] == ["expired", "active"]
    life.books_and_law_agree()
    life.teardown()


@pytest.mark.requirement("MDOC-23", "MDOC-67")
def test_relying_parties_have_nothing_to_compare(lives: type[LifeAmongParties]) -> None:
    """Two keys, a renewal, four parties: each party has marks of its own, and a third one brings fresh keys."""
    life = lives()
    life.begins(who="ordinary", owning=True)
    life.show(["bank"])
    life.wait_for_an_end(timedelta(days=2))
    life.confirm(0)
    life.show(["bank", "shop", "bank"])
    assert len(life.parties.phone.shown) == 2
    life.show(["town"])
    assert [each.status for each in life.law.sets.values()] == ["superseded", "revoked", "issued"]
    life.confirm(0)
    life.show(["town", "school", "town"])
    assert set(life.parties.seen) == {"bank", "shop", "town", "school"}
    assert len({each.point for each in life.parties.phone.shown}) == 4
    life.books_and_law_agree()
    life.teardown()


def test_every_life_is_the_laws(lives: type[LifeAmongParties]) -> None:
    """Whatever happens in whatever order, the books say what the law says after every single step."""
    terms = settings(
        max_examples=LIVES,
        stateful_step_count=STEPS,
        deadline=None,
        derandomize=LIVES in {EVERY_DAY, BEFORE_MERGING},
        phases=[Phase.explicit, Phase.generate],  # a life is short: shrinking it takes longer than reading it
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(lives, settings=terms)
