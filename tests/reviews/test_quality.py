"""The quality figure undoes the bias of the queue, or says why it cannot."""

from datetime import timedelta

import pytest

from context.models import Agent
from reviews.desk.verdicts import record_verdict, withdraw
from reviews.models import Flag, QueueItem, Review, Verdict
from reviews.quality.figure import coverage, quality
from reviews.queue.claims import claim, claim_next, skip_item
from reviews.queue.sampling import build_queue
from stats.quality import Cell, quality_interval
from stats.strata import Stratum as Sampled
from tests.make import NOW, make_agent
from tests.reviews.material import (
    DAY,
    MORNING,
    answers,
    make_queue,
    make_reviewer,
    make_reviews,
    make_verdict,
)

pytestmark = pytest.mark.django_db


def judge_all(agent: Agent, fails: set[str], username: str = "ada") -> None:
    """Work the queue: conversations of the strata named in `fails` fail."""
    user = make_reviewer(agent, username)
    while (item := claim_next(agent, user, NOW)) is not None:
        grounded = "fail" if item.stratum.name in fails else "pass"
        record_verdict(item, user, answers(item, grounded=grounded), at=NOW)


def test_verdicts_are_weighted_by_what_they_were_drawn_from() -> None:
    agent = make_agent(queue_capacity=30)
    queue = make_queue(agent, [5] * 180 + [1] * 20)
    judge_all(agent, {"grade-1"})
    figure = quality(agent, DAY, DAY)
    sizes = {stratum.name: stratum for stratum in queue.strata.all()}
    one, five = sizes["grade-1"], sizes["grade-5"]
    raw = five.drawn / (one.drawn + five.drawn)
    assert figure.estimate == pytest.approx(180 / 200)
    assert raw < 0.9
    expected = [Cell(DAY, 5, 180, five.drawn, 0), Cell(DAY, 1, 20, one.drawn, one.drawn)]
    assert figure == quality_interval(expected)
    assert figure.low is not None
    assert figure.high is not None
    assert figure.low < 0.9 < figure.high


def test_flagged_conversations_are_a_stratum_of_the_figure() -> None:
    agent = make_agent(queue_capacity=30)
    reviews = make_reviews(agent, [5] * 100)
    Flag.objects.bulk_create(
        Flag(conversation=r.conversation, kind="low_csat", created_at=NOW - timedelta(hours=1))
        for r in reviews[:4]
    )
    queue = build_queue(agent, DAY + timedelta(days=1), MORNING)
    judge_all(agent, {"flagged"})
    drawn = queue.strata.get(name="grade-5").drawn
    expected = quality_interval([Cell(DAY, 5, 96, drawn, 0)], [Sampled(4, 4, 4)])
    assert quality(agent, DAY, DAY) == expected
    assert expected.estimate == pytest.approx(0.96)


def test_below_twenty_verdicts_there_is_no_figure_but_the_counts() -> None:
    agent = make_agent(queue_capacity=12)
    make_queue(agent, [5] * 100)
    judge_all(agent, set())
    figure = quality(agent, DAY, DAY)
    assert figure.is_refused
    assert figure.reason == "insufficient data: 12 of 20 sampled verdicts, 0 failed"


def test_a_day_nobody_drew_counts_as_volume_without_a_review() -> None:
    agent = make_agent(queue_capacity=30)
    make_queue(agent, [5] * 50)
    judge_all(agent, set())
    assert not quality(agent, DAY, DAY).is_refused
    make_reviews(agent, [5] * 50, DAY - timedelta(days=1))
    assert "without a review" in quality(agent, DAY - timedelta(days=1), DAY).reason


def test_a_withdrawn_verdict_is_no_label_and_a_double_counts_once() -> None:
    agent = make_agent(queue_capacity=44, double_review_share=1.0)
    ben = make_reviewer(agent, "ben")
    make_reviewer(agent, "cid")
    make_queue(agent, [5] * 40)
    judge_all(agent, set())
    while (item := claim_next(agent, ben, NOW)) is not None:
        record_verdict(item, ben, answers(item, grounded="fail"), at=NOW)
    figure = quality(agent, DAY, DAY)
    assert (figure.n, figure.estimate) == (22, 1.0)
    first = Verdict.objects.filter(item__slot=1).first()
    assert first is not None
    withdraw(first, first.reviewer, NOW)
    figure = quality(agent, DAY, DAY)
    assert figure.n == 22
    assert figure.estimate == pytest.approx(21 / 22)


def test_a_week_pools_its_days() -> None:
    agent = make_agent(queue_capacity=15)
    ada = make_reviewer(agent)
    for back in range(3, 0, -1):
        queue = make_queue(agent, [5] * 90 + [2] * 10, DAY - timedelta(days=back - 1))
        while (item := claim_next(agent, ada, NOW, queue_date=queue.date)) is not None:
            grounded = "fail" if item.stratum.name == "grade-2" else "pass"
            record_verdict(item, ada, answers(item, grounded=grounded), at=NOW)
    figure = quality(agent, DAY - timedelta(days=6), DAY)
    assert figure.n == 45
    assert figure.estimate == pytest.approx(0.9)


def test_coverage_counts_skips_and_what_has_no_review() -> None:
    agent = make_agent(queue_capacity=10)
    ada = make_reviewer(agent)
    queue = make_queue(agent, [5] * 50)
    Review.objects.exclude(queue_items__queue=queue).update(state="failed")
    for _ in range(4):
        make_verdict(agent, ada)
    item = queue.items.filter(state=QueueItem.State.OPEN).first()
    assert item is not None
    skip_item(claim(item, ada, NOW), ada, "unclear", NOW)
    found = coverage(agent, DAY, DAY)
    assert (found.judged, found.skipped, found.unscored) == (4, 1, 40)
    assert found.skip_rate == pytest.approx(0.2)
    assert found.is_biased
