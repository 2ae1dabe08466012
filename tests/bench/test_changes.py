"""What a run says of a change keeps its word in worlds of known truth; `./run bench changes` is the
long form.
"""

import pytest

from bench.comparing.drawn import coverage, few_differ, repeat, several_suites
from bench.comparing.real import outcomes
from bench.comparing.worlds import EQUAL, FAMILIES, GRID, LOSES_TEN, World
from stats.planning import power_paired

REPS = 300  # a share of .95 measured in so many falls below .905 once in a thousand
USUAL, FLAKY, SURE, NEAR_FULL, HARDLY_EVER = GRID


@pytest.mark.parametrize("world", [USUAL, FLAKY, SURE, FAMILIES])
@pytest.mark.parametrize(("cases", "trials"), [(60, 1), (60, 4)])
def test_the_interval_holds_the_truth(world: World, cases: int, trials: int) -> None:
    assert coverage(world, cases, trials, REPS, 1).share > 0.905


@pytest.mark.parametrize("world", [NEAR_FULL, HARDLY_EVER])
def test_the_guard_keeps_it_where_nearly_all_pass(world: World) -> None:
    assert few_differ(world, 60, 4) and not few_differ(FLAKY, 60, 4)
    assert coverage(world, 60, 4, REPS, 1).share > 0.905


def test_the_same_release_twice_rarely_cries_wolf() -> None:
    found = repeat(EQUAL, 50, 4, REPS, 2)
    assert found.claimed.share < 0.1 and found.blocked.share < 0.1


def test_a_true_loss_is_caught_as_often_as_the_formula_says() -> None:
    truth, parts = LOSES_TEN.truth()
    assert truth == pytest.approx(-0.1, abs=0.001)
    said = power_paired(parts, 100, 4, truth)
    assert repeat(LOSES_TEN, 100, 4, REPS, 3).claimed.share == pytest.approx(said, abs=0.1)


def test_three_suites_raise_no_more_alarms_than_one() -> None:
    alone, adjusted = several_suites(3, REPS, 4, EQUAL)
    assert adjusted.share < 0.1 and adjusted.share < alone.share


def test_outcomes_are_read_from_what_a_play_printed() -> None:
    assert list(outcomes('a line\n{"claimed": true}\n')) == [{"claimed": True}]
