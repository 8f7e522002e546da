import pytest

from tests.bench.issuer_run import RATIOS, Size, measure, verdicts


@pytest.mark.long
def test_every_line_is_measured_beside_its_bare_loop() -> None:
    """A run of a few holders gives every line its figure and every ratio its verdict; all sets were renewed."""
    found = measure(Size(originals=1, copies=40, applicants=1, lost=2, lost_alone=2, crowd=1, seconds=0.1))

    assert all(value > 0 for value in found.values())
    assert found["renewal_sets"] == 41
    assert found["suspension_ms_p99"] >= found["suspension_ms_median"]
    assert verdicts(found).keys() == {*RATIOS, "nations", "suspension_ms_p99"}


def test_a_verdict_follows_from_the_figure() -> None:
    """A ratio of a half is met and one below is not; four nations are met, and so is a p99 below a second."""
    good = dict.fromkeys(RATIOS, 0.5) | {"nations": 4.0, "suspension_ms_p99": 999.0}
    bad = dict.fromkeys(RATIOS, 0.49) | {"nations": 3.9, "suspension_ms_p99": 1000.0}

    assert all(verdicts(good).values())
    assert not any(verdicts(bad).values())
