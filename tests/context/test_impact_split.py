"""A rollout that ran its planned days says what the release caused."""

from datetime import timedelta

import pytest
from django.db import IntegrityError

from context.impacts.measuring import newest_impacts
from context.impacts.split import measure_rollouts
from context.impacts.year import alarms_of, years_tests
from context.models import Impact
from context.rollouts.starting import start_rollout
from stats.intervals import newcombe_diff
from tests.context.test_looks import fill
from tests.make import NOW, make_agent, make_rollout

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_a_split_that_ran_its_days_is_what_the_release_caused() -> None:
    agent = make_agent(required_checks="")
    rollout = make_rollout(agent, share=50)
    for number in range(7):
        fill(rollout, (NOW + number * DAY).date(), new=0.25, live=0.30)
    assert measure_rollouts(agent, NOW + 6 * DAY) == []
    made = measure_rollouts(agent, NOW + 8 * DAY)
    assert {row.figure: row.verdict for row in made} == {
        "ai_handover": "improved", "reopened": "no_clear_change", "csat": "no_clear_change",
    }  # fmt: skip
    handover = newest_impacts(rollout.release)["ai_handover"]
    expected = newcombe_diff(700, 2800, 840, 2800)
    assert (handover.difference, handover.low, handover.high) == expected.limits
    assert (handover.association, handover.provisional) == ("caused by", True)
    assert measure_rollouts(agent, NOW + 9 * DAY) == []  # nothing new
    assert len(measure_rollouts(agent, NOW + 18 * DAY)) == 3  # ripe now
    assert measure_rollouts(agent, NOW + 30 * DAY) == []


def test_a_split_of_few_customers_says_how_many_would_tell() -> None:
    agent = make_agent(required_checks="")
    rollout = make_rollout(agent, share=50)
    fill(rollout, NOW.date(), new=0.22, live=0.30, n=300)
    made = measure_rollouts(agent, NOW + 8 * DAY)
    [handover] = [row for row in made if row.figure == "ai_handover"]
    assert (handover.verdict, handover.needed_days) == ("cannot_tell_yet", None)
    assert handover.reason == (
        "Clear alone (p 0.026), but it is one of 3 looked at together: adjusted 0.077. It could be "
        "−14.9 to −1.0 points, and 3.0 points would matter: about 3,663 customers a side would "
        "tell."
    )


def test_a_split_that_is_not_the_planned_one_is_refused() -> None:
    agent = make_agent(required_checks="")
    rollout = make_rollout(agent, share=20)
    fill(rollout, NOW.date(), new=0.25, live=0.30)
    made = measure_rollouts(agent, NOW + 8 * DAY)
    assert {row.verdict for row in made} == {"cannot_tell_yet"}
    assert made[0].reason == (
        "400 of 800 customers are on the new side, where 20 % were planned: so uneven a split is "
        "no chance, conversations of one side are missing."
    )
    assert (made[0].low, made[0].p) == (None, None)


def test_the_figure_it_is_judged_by_is_fixed_when_it_starts() -> None:
    agent = make_agent(required_checks="", impact_figure="ai_handover")
    rollout = make_rollout(agent, share=30)
    agent.impact_figure = "csat"
    agent.save()
    larger = rollout.raise_share(50, NOW + DAY, None)
    fill(larger, NOW.date(), new=0.25, live=0.30)
    made = measure_rollouts(agent, NOW + 10 * DAY)
    assert [row.figure for row in made if row.role == "primary"] == ["ai_handover"]
    assert {row.rollout for row in made} == {larger}


def test_each_rollout_of_a_release_is_measured() -> None:
    agent = make_agent(required_checks="")
    first = make_rollout(agent, share=50)
    fill(first, NOW.date(), new=0.25, live=0.30)
    measure_rollouts(agent, NOW + 20 * DAY)
    first.stop(NOW + 21 * DAY, None)
    again = start_rollout(first.release, 50, 7, NOW + 22 * DAY, None)
    fill(again, (NOW + 22 * DAY).date(), new=0.40, live=0.30)
    measure_rollouts(agent, NOW + 30 * DAY)
    assert newest_impacts(first.release)["ai_handover"].rollout == again


def test_the_years_alarms_count_a_split_once_and_not_its_days_again() -> None:
    agent = make_agent(required_checks="", impact_figure="ai_handover")
    rollout = make_rollout(agent, share=50)
    fill(rollout, NOW.date(), new=0.05, live=0.50)
    measure_rollouts(agent, NOW + 8 * DAY)
    found = alarms_of(years_tests(agent, NOW + 9 * DAY))
    assert (found.comparisons, found.seen, found.expected) == (1, 1, 0.05)
    rollout.release.publish(NOW + 9 * DAY)
    published = rollout.release.publications.get()
    rest = {"figure": "ai_handover", "role": "primary", "verdict": "no_clear_change", "p": 0.4}
    at = NOW + 20 * DAY
    row = Impact(release=rollout.release, publication=published, computed_at=at, **rest)
    row.save()
    assert alarms_of(years_tests(agent, at))[:2] == (1, 1)
    assert newest_impacts(rollout.release)["ai_handover"].split
    published.rollback = True
    published.save()
    assert alarms_of(years_tests(agent, at))[:2] == (2, 1)
    assert years_tests(agent, NOW + 400 * DAY) == []


def test_a_rollout_that_was_paused_to_its_end_did_not_run_its_days() -> None:
    agent = make_agent(required_checks="")
    rollout = make_rollout(agent, share=50)
    fill(rollout, NOW.date(), new=0.05, live=0.50)
    rollout.pause(NOW + DAY, None)
    assert measure_rollouts(agent, NOW + 9 * DAY) == []
    rollout.stop(NOW + 9 * DAY, None)
    assert rollout.done_share(NOW + 20 * DAY) == pytest.approx(1 / 7)
    assert measure_rollouts(agent, NOW + 20 * DAY) == []


def test_an_impact_is_of_a_split_or_of_days_and_never_of_both() -> None:
    agent = make_agent(required_checks="")
    rollout = make_rollout(agent, share=50)
    row = Impact(figure="csat", verdict="improved", computed_at=NOW, release=rollout.release)
    row.rollout, row.publication = rollout, rollout.baseline.publications.get()
    with pytest.raises(IntegrityError):
        row.save()


def test_a_rollout_that_ended_early_tells_nothing() -> None:
    agent = make_agent(required_checks="")
    rollout = make_rollout(agent, share=50)
    fill(rollout, NOW.date(), new=0.1, live=0.9)
    rollout.stop(NOW + 3 * DAY, None)
    assert measure_rollouts(agent, NOW + 20 * DAY) == []
    assert not Impact.objects.exists()
