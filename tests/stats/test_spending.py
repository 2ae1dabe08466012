"""Daily looks at a split of traffic raise no more false alarms than one."""

import numpy as np
import pytest

from stats.planning import conversations_needed, mde_two_proportions
from stats.quantiles import normal_quantile
from stats.spending import nominal_levels, obf_spending

FORTNIGHT = tuple(day / 14 for day in range(1, 15))


def test_the_first_look_may_spend_what_the_function_gives_it() -> None:
    assert nominal_levels((0.25, 0.5))[0] == pytest.approx(obf_spending(0.25), rel=1e-6)


def test_one_look_spends_everything() -> None:
    assert nominal_levels((1.0,))[0] == pytest.approx(0.05, abs=1e-6)


def test_fourteen_looks_alarm_as_rarely_as_one() -> None:
    random = np.random.default_rng(4)
    score = np.cumsum(random.normal(0, np.sqrt(1 / 14), (40_000, 14)), axis=1)
    z = np.abs(score) / np.sqrt(FORTNIGHT)
    bounds = [-normal_quantile(level / 2) for level in nominal_levels(FORTNIGHT)]
    assert (z >= 1.96).any(axis=1).mean() > 0.2
    assert 0.045 <= (z >= bounds).any(axis=1).mean() <= 0.055


def test_looks_need_ever_more_information() -> None:
    with pytest.raises(ValueError, match="more information"):
        nominal_levels((0.5, 0.5))
    with pytest.raises(ValueError, match="no fraction"):
        obf_spending(0.0)


def test_needed_conversations_turn_the_detectable_change_round() -> None:
    needed = conversations_needed(0.7 * 0.3, 0.022)
    assert mde_two_proportions(0.7, needed) == pytest.approx(0.022)
    assert needed == pytest.approx(6811, abs=1)
