"""Several comparisons at once raise no more false alarms than one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stats.multiple import alarms, holm

p_values = st.lists(st.floats(0, 1), max_size=12)


@given(p_values)
def test_adjusted_p_values_keep_their_order_and_never_fall(found: list[float]) -> None:
    adjusted = holm(found)
    assert all(p <= larger <= 1 for p, larger in zip(found, adjusted, strict=True))
    ranked = sorted(range(len(found)), key=lambda place: found[place])
    assert [adjusted[place] for place in ranked] == sorted(adjusted)


def test_a_single_p_value_stays() -> None:
    assert holm([0.03]) == [0.03] and holm([]) == []


def test_what_is_not_a_p_value_is_an_error() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        holm([1.2])


def test_ten_comparisons_of_nothing_raise_an_alarm_as_rarely_as_one() -> None:
    random = np.random.default_rng(17)
    rounds = 4000
    raised = sum(min(holm(random.random(10).tolist())) < 0.05 for _ in range(rounds))
    assert raised / rounds == pytest.approx(0.05, abs=0.012)


def test_alarms_are_counted_beside_those_of_luck() -> None:
    found = alarms([0.01, 0.2, 0.04, *[0.5] * 17])
    assert (found.comparisons, found.seen, found.expected) == (20, 2, 1.0)
    assert found.chance == pytest.approx(0.2642, abs=1e-4)
    assert alarms([]) == (0, 0, 0.0, 1.0)
