"""A rollout that ran its planned days says what the release caused."""

from datetime import timedelta

import pytest

from context.impacts.measuring import newest_impacts
from context.impacts.split import measure_rollouts
from context.models import Impact
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


def test_a_rollout_that_ended_early_tells_nothing() -> None:
    agent = make_agent(required_checks="")
    rollout = make_rollout(agent, share=50)
    fill(rollout, NOW.date(), new=0.1, live=0.9)
    rollout.stop(NOW + 3 * DAY, None)
    assert measure_rollouts(agent, NOW + 20 * DAY) == []
    assert not Impact.objects.exists()
