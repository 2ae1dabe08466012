"""What a release is associated with, with its doubt; refused where the days do not carry it."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

import pytest

from context.drafts import create_draft
from context.impact import measure_impacts
from context.lifecycle import rollback
from context.measurements import replace
from context.models import Agent, Figure, Impact, Measurement, Release
from tests.make import make_agent, make_content

pytestmark = pytest.mark.django_db
START = date(2026, 11, 2)
# Weekday effects and some noise; the same every week but for a little.
BEFORE = [0.30, 0.33, 0.31, 0.29, 0.34, 0.25, 0.24]
WOBBLE = [0.01, -0.01, 0.02, 0.0, -0.02, 0.01, -0.01]


def noon(day: date) -> datetime:
    """Noon of a day, UTC."""
    return datetime.combine(day, time(12), UTC)


def days_from(first: date, count: int) -> list[date]:
    """That many days."""
    return [first + timedelta(days=n) for n in range(count)]


def go_live(agent: Agent, day: date, prompt: str) -> Release:
    """Publish a new release at noon of a day."""
    release, _ = create_draft(agent, make_content(prompt=prompt), at=noon(day))
    release.submit(noon(day))
    release.publish(noon(day))
    return release


def count_days(
    agent: Agent, release: Release, days: Iterable[date], step: float = 0.0, n: int = 100
) -> None:
    """Daily counts on a release: each weekday's usual share plus `step` plus a wobble."""
    for day in days:
        place = day.weekday()
        share = BEFORE[place] + step + (WOBBLE[place] if step else 0)
        row = Measurement(
            agent=agent,
            date=day,
            release=release,
            figure=Figure.AI_ANSWERED,
            n=n,
            total=round(share * n),
        )
        row.save()


def answered(rows: list[Impact]) -> Impact:
    """The impact of release 2 on the answered share."""
    [row] = [row for row in rows if row.figure == "ai_answered" and row.release.number == 2]
    return row


def make_step(step: float) -> tuple[Agent, Release]:
    """Two releases a fortnight apart, the second with a step in its answered share."""
    agent = make_agent(required_checks="")
    old = go_live(agent, START - timedelta(days=14), "old")
    new = go_live(agent, START, "new")
    count_days(agent, old, days_from(START - timedelta(days=14), 14))
    count_days(agent, new, days_from(START + timedelta(days=1), 10), step)
    return agent, new


def test_a_clear_rise_is_an_improvement_with_its_interval() -> None:
    agent, new = make_step(0.09)
    impact = answered(measure_impacts(agent, noon(START + timedelta(days=8))))
    assert (impact.release, impact.verdict, impact.reason) == (new, "improved", "")
    assert impact.difference == pytest.approx(0.09, abs=0.005)
    assert impact.low is not None
    assert impact.high is not None
    assert 0 < impact.low < 0.09 < impact.high
    assert (impact.n_before, impact.n_after) == (700, 700)
    assert (impact.days_before, impact.days_after) == (7, 7)
    assert impact.levels == "29.4 % → 38.4 %"
    assert impact.change.startswith("+9.0 points (+7")


def test_a_clear_fall_is_a_regression() -> None:
    agent, _ = make_step(-0.09)
    impact = answered(measure_impacts(agent, noon(START + timedelta(days=8))))
    assert impact.verdict == "regressed"
    assert impact.change.startswith("−9.0 points (−1")


def test_a_narrow_interval_around_nothing_is_no_clear_change() -> None:
    agent, _ = make_step(0.001)
    impact = answered(measure_impacts(agent, noon(START + timedelta(days=8))))
    assert (impact.verdict, impact.reason) == ("no_clear_change", "")


def test_a_fall_of_handovers_is_an_improvement() -> None:
    agent, _ = make_step(-0.09)
    Measurement.objects.update(figure=Figure.AI_HANDOVER)
    rows = {
        row.figure: row
        for row in measure_impacts(agent, noon(START + timedelta(days=8)))
        if row.release.number == 2
    }
    assert rows[Figure.AI_HANDOVER].verdict == "improved"


def test_a_wide_interval_cannot_tell_yet_and_says_what_would() -> None:
    agent, new = make_step(0.001)
    for row, shift in zip(
        Measurement.objects.filter(release=new).order_by("date"),
        [30, -28, 25, -31, 29, -20, 12],
        strict=False,
    ):
        Measurement.objects.filter(pk=row.pk).update(total=row.total + shift)
    impact = answered(measure_impacts(agent, noon(START + timedelta(days=8))))
    assert impact.verdict == "cannot_tell_yet"
    assert "3 would matter: about" in impact.reason
    assert impact.difference is not None


def test_before_seven_whole_days_it_says_how_many_are_missing() -> None:
    agent, _ = make_step(0.09)
    rows = measure_impacts(agent, noon(START + timedelta(days=4)))
    impact = answered(rows)
    assert (impact.verdict, impact.provisional) == ("cannot_tell_yet", True)
    assert impact.reason == "4 more whole days are needed."
    later = answered(measure_impacts(agent, noon(START + timedelta(days=8))))
    assert later.verdict == "improved"


def test_the_first_release_has_nothing_to_be_compared_with() -> None:
    agent = make_agent(required_checks="")
    go_live(agent, START, "first")
    impact = measure_impacts(agent, noon(START + timedelta(days=30)))[0]
    assert impact.reason == "No release was live before it."
    assert not impact.provisional


def test_weekly_releases_are_compared_on_whole_weeks() -> None:
    """A publication at noon splits a day; its two halves a week apart make one day."""
    agent = make_agent(required_checks="")
    weeks = [START + timedelta(days=7 * n) for n in range(3)]
    releases = [go_live(agent, day, f"week {day}") for day in weeks]
    for release, first, step in zip(releases, weeks, [0.0, 0.09, 0.09], strict=True):
        count_days(agent, release, [first, first + timedelta(days=7)], step, n=50)
        count_days(agent, release, days_from(first + timedelta(days=1), 6), step)
    rows = measure_impacts(agent, noon(weeks[-1]))
    impact = answered(rows)
    assert impact.verdict == "improved"
    assert (impact.n_before, impact.n_after) == (700, 700)


def test_a_release_that_was_live_for_less_than_a_week_is_never_judged() -> None:
    agent = make_agent(required_checks="")
    go_live(agent, START - timedelta(days=20), "old")
    go_live(agent, START, "short")
    go_live(agent, START + timedelta(days=3), "next")
    rows = measure_impacts(agent, noon(START + timedelta(days=30)))
    reasons = {row.release.number: row.reason for row in rows if row.figure == Figure.CSAT}
    assert reasons[2] == "It was live for 3 days; 7 are needed."
    assert reasons[3] == "Release 2 before it was live for 3 days; 7 are needed."
    assert not any(row.provisional for row in rows)


def test_a_day_without_conversations_is_missing_and_not_zero() -> None:
    agent, new = make_step(0.09)
    Measurement.objects.filter(release=new, date=START + timedelta(days=3)).delete()
    impact = answered(measure_impacts(agent, noon(START + timedelta(days=8))))
    assert impact.verdict == "cannot_tell_yet"
    assert impact.reason == "Insufficient data: 1 of 7 pairs of whole days are missing."
    assert impact.days_after == 6


def test_computing_again_writes_only_what_changed_and_ends_when_ripe() -> None:
    agent, new = make_step(0.09)
    assert measure_impacts(agent, noon(START + timedelta(days=8)))
    assert measure_impacts(agent, noon(START + timedelta(days=9))) == []
    ripe = measure_impacts(agent, noon(START + timedelta(days=18)))
    assert [row.provisional for row in ripe if row.release == new] == [False] * len(ripe)
    Measurement.objects.update(total=0)
    assert measure_impacts(agent, noon(START + timedelta(days=30))) == []
    assert new.impacts.filter(figure=Figure.AI_ANSWERED).count() == 2


def test_days_are_those_of_the_workspace() -> None:
    agent, _ = make_step(0.09)
    agent.workspace.time_zone = "Pacific/Auckland"
    agent.workspace.save()
    # Noon UTC is the next day in Auckland: its first seven whole days end a day later.
    early = measure_impacts(agent, noon(START + timedelta(days=7)))
    reasons = [row.reason for row in early if row.release.number == 2]
    assert set(reasons) == {"1 more whole days are needed."}


def test_a_rollback_is_not_measured_as_a_release() -> None:
    agent, _ = make_step(0.09)
    rollback(agent, noon(START + timedelta(days=12)))
    measure_impacts(agent, noon(START + timedelta(days=40)))
    numbers = list(Impact.objects.filter(figure=Figure.CSAT).values_list("release__number"))
    assert sorted(numbers) == [(1,), (2,)]


def test_segments_of_a_day_are_one_day() -> None:
    agent, _ = make_step(0.09)
    for row in list(Measurement.objects.all()):
        half = row.n // 2
        replace(
            agent,
            {row.date},
            {Figure.AI_ANSWERED},
            [
                Measurement(
                    agent=agent,
                    date=row.date,
                    release=row.release,
                    topic=topic,
                    n=half,
                    figure=Figure.AI_ANSWERED,
                    total=row.total / 2,
                )
                for topic in ("returns", "washing")
            ],
        )
    impact = answered(measure_impacts(agent, noon(START + timedelta(days=8))))
    assert (impact.n_before, impact.n_after) == (700, 700)
    assert impact.levels == "29.4 % → 38.4 %"
