"""A split of traffic that is not the planned one is seen."""

import pytest
from scipy import stats as reference

from stats.split import sample_ratio_p


@pytest.mark.parametrize(
    ("first", "second", "share"), [(500, 500, 0.5), (213, 787, 0.2), (90, 1000, 0.1), (3, 1, 0.5)]
)
def test_it_is_the_chi_square_test(first: int, second: int, share: float) -> None:
    n = first + second
    expected = reference.chisquare([first, second], [n * share, n * (1 - share)]).pvalue
    assert sample_ratio_p(first, second, share) == pytest.approx(expected, abs=1e-9)


def test_nothing_counted_is_no_mismatch_and_a_share_is_a_share() -> None:
    assert sample_ratio_p(0, 0, 0.2) == 1
    with pytest.raises(ValueError, match="no share"):
        sample_ratio_p(1, 1, 1.0)
