"""Savings are measured on the workspace's own labels, and claimed from 400 on."""

from datetime import timedelta

import pytest

from reviews.quality.figure import interval_of
from reviews.quality.labels import Labels
from reviews.quality.savings import saved, saved_by_month
from stats.savings import wilson_width
from tests.reviews.material import DAY


def day_of_labels(back: int, sharp: bool = True) -> list[Labels]:
    """30 labels: failures are where the judge says so, or in every grade alike."""
    day = DAY - timedelta(days=back)
    found = {5: (1200, 14, 0), 3: (600, 9, 1), 1: (200, 7, 5)}
    blind = {5: (1200, 14, 2), 3: (600, 9, 1), 1: (200, 7, 1)}
    return [
        Labels(day, f"grade-{grade}", size, n, x)
        for grade, (size, n, x) in (found if sharp else blind).items()
    ]


def labels_of_days(days: int, sharp: bool = True) -> list[Labels]:
    return [one for back in range(days) for one in day_of_labels(back, sharp)]


def test_below_400_labels_nothing_is_claimed_but_the_count() -> None:
    found = saved(labels_of_days(13))
    assert (found.labels, found.share, found.plain) == (390, None, None)
    assert found.reason == "measured from 400 verdicts on; now 390"


def test_a_plain_sample_of_the_size_named_is_as_narrow() -> None:
    found = saved(labels_of_days(14))
    assert found.labels == 420
    assert found.plain is not None and found.width is not None and found.share is not None
    estimate = interval_of(labels_of_days(14)).estimate
    assert estimate is not None
    assert wilson_width(found.plain, 1 - estimate) == pytest.approx(found.width, rel=0.01)
    assert found.share == pytest.approx(1 - 420 / found.plain, abs=0.01)


def test_only_the_newest_days_that_hold_400_labels_count() -> None:
    found = saved(labels_of_days(60))
    assert found.labels == 420
    assert (found.first_day, found.last_day) == (DAY - timedelta(days=13), DAY)


def test_a_judge_whose_grades_mean_nothing_saves_less() -> None:
    sharp, blind = saved(labels_of_days(14)), saved(labels_of_days(14, sharp=False))
    assert sharp.share is not None and blind.share is not None
    assert blind.share < sharp.share
    assert blind.share < 0.1


def test_a_month_is_reported_once_it_has_400_labels() -> None:
    rows = saved_by_month(labels_of_days(40))
    assert [month.isoformat() for month, _ in rows] == ["2026-11-01", "2026-10-01"]
    assert all(one.share is not None for _, one in rows)
    assert saved_by_month(labels_of_days(10)) == []


def test_where_everything_was_read_nothing_could_be_saved() -> None:
    everything = [Labels(DAY, "flagged", 500, 500, 20), Labels(DAY, "grade-5", 500, 500, 0)]
    assert saved(everything).share is None
