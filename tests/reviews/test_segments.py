"""The quality of a release or a segment rests on the N and the draws it had on the day."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta

import pytest

from context.models import Agent
from conversations.models import Conversation
from reviews.desk.verdicts import record_verdict
from reviews.models import Queue, QueueItem, Stratum, StratumPart, Verdict
from reviews.quality.figure import quality, quality_by
from reviews.queue.claims import claim, claim_next, skip_item
from reviews.queue.sampling import build_queue
from stats.quality import Cell, quality_interval
from tests.make import NOW, make_agent, make_live_release
from tests.reviews.material import DAY, MORNING, answers, make_reviewer, make_reviews

pytestmark = pytest.mark.django_db
ONE_DAY = timedelta(days=1)


def make_topics(agent: Agent, sizes: Mapping[str, int], day: date = DAY) -> Queue:
    """The queue of a day whose conversations, all of grade 5, are of these topics."""
    reviews = make_reviews(agent, [5] * sum(sizes.values()), day)
    left = [review.conversation_id for review in reviews]
    for topic, size in sizes.items():
        taken, left = left[:size], left[size:]
        Conversation.objects.filter(pk__in=taken).update(topic=topic, channel="chat")
    return build_queue(agent, day + ONE_DAY, MORNING)


def judge(agent: Agent, queue: Queue, fails: Callable[[QueueItem], bool]) -> None:
    """Work the queue of a date; items of which `fails` is true fail."""
    user = make_reviewer(agent, f"ada-{queue.date}")
    while (item := claim_next(agent, user, NOW, queue_date=queue.date)) is not None:
        grounded = "fail" if fails(item) else "pass"
        record_verdict(item, user, answers(item, grounded=grounded), at=NOW)


def is_about(topic: str) -> Callable[[QueueItem], bool]:
    """Whether an item's conversation is of a topic."""
    return lambda item: item.part is not None and item.part.topic == topic


def test_the_draw_keeps_how_many_conversations_each_segment_had() -> None:
    agent = make_agent(queue_capacity=20)
    queue = make_topics(agent, {"returns": 60, "sizes": 40})
    parts = {part.topic: part for part in StratumPart.objects.filter(stratum__queue=queue)}
    assert {topic: part.size for topic, part in parts.items()} == {"returns": 60, "sizes": 40}
    for item in queue.items.select_related("conversation", "part"):
        assert item.part == parts[item.conversation.topic]


def test_a_segment_is_estimated_from_its_own_draws_and_its_own_n() -> None:
    agent = make_agent(queue_capacity=60)
    queue = make_topics(agent, {"returns": 120, "sizes": 80})
    judge(agent, queue, is_about("sizes"))
    drawn = queue.items.filter(part__topic="returns").count()
    assert quality(agent, DAY, DAY, topic="returns") == quality_interval(
        [Cell(DAY, 5, 120, drawn, 0)]
    )
    sizes = quality(agent, DAY, DAY, topic="sizes", channel="chat")
    assert (sizes.estimate, sizes.n) == (0.0, 60 - drawn)
    assert quality(agent, DAY, DAY, topic="sizes", channel="email").is_refused


def test_the_segments_of_a_day_add_up_to_the_day() -> None:
    agent = make_agent(queue_capacity=60)
    queue = make_topics(agent, {"returns": 120, "sizes": 80})
    judge(agent, queue, is_about("sizes"))
    rows = quality_by(agent, DAY, DAY, "topic")
    assert [(topic, size) for topic, size, _ in rows] == [("returns", 120), ("sizes", 80)]
    assert sum(found.n for _, _, found in rows) == quality(agent, DAY, DAY).n == 60
    assert [found.estimate for _, _, found in rows] == [1.0, 0.0]


def test_a_topic_that_is_renamed_later_changes_no_figure() -> None:
    agent = make_agent(queue_capacity=60)
    queue = make_topics(agent, {"returns": 120, "sizes": 80})
    judge(agent, queue, is_about("sizes"))
    before = quality_by(agent, DAY, DAY, "topic")
    Conversation.objects.update(topic="other")
    assert quality_by(agent, DAY, DAY, "topic") == before


def test_a_release_has_a_figure_of_its_own() -> None:
    agent = make_agent(queue_capacity=60)
    release = make_live_release(agent)
    make_reviews(agent, [5] * 50, release=release)
    others = make_reviews(agent, [5] * 50, DAY - ONE_DAY)
    judge(agent, build_queue(agent, DAY + ONE_DAY, MORNING), lambda _: False)
    judge(agent, build_queue(agent, DAY, MORNING), lambda _: True)
    window = (agent, DAY - ONE_DAY, DAY)
    assert quality(*window, release=release.number).estimate == 1.0
    assert quality(*window, release=release.number + 1).is_refused
    rows = {number: found.estimate for number, _, found in quality_by(*window, "release")}
    assert rows == {release.number: 1.0, None: 0.0}
    assert len(others) == 50


def test_below_twenty_verdicts_a_segment_has_counts_and_no_figure() -> None:
    agent = make_agent(queue_capacity=30)
    queue = make_topics(agent, {"returns": 190, "sizes": 10})
    judge(agent, queue, lambda _: False)
    found = quality(agent, DAY, DAY, topic="sizes")
    assert found.is_refused
    assert f"{found.n} of 20 sampled verdicts, 0 failed" in found.reason


def test_a_day_nobody_drew_counts_as_volume_of_its_segment() -> None:
    agent = make_agent(queue_capacity=40)
    queue = make_topics(agent, {"returns": 60})
    judge(agent, queue, lambda _: False)
    reviews = make_reviews(agent, [5] * 60, DAY - ONE_DAY)
    assert not quality(agent, DAY - ONE_DAY, DAY, topic="returns").is_refused
    Conversation.objects.filter(reviews__in=reviews).update(topic="returns")
    found = quality(agent, DAY - ONE_DAY, DAY, topic="returns")
    assert "without a review" in found.reason


def test_queues_drawn_before_segments_were_kept_say_so() -> None:
    agent = make_agent(queue_capacity=40)
    for day in (DAY - ONE_DAY, DAY):
        judge(agent, make_topics(agent, {"returns": 60}, day), lambda _: False)
    StratumPart.objects.filter(stratum__queue__date=DAY).delete()
    window = (agent, DAY - ONE_DAY, DAY)
    assert not quality(*window).is_refused
    found = quality(*window, topic="returns")
    assert "segments are not known for 1 day drawn before" in found.reason
    assert quality_by(*window, "topic") == [("returns", 60, found)]
    assert not quality(agent, DAY, DAY, topic="returns").is_refused


def test_a_replacement_belongs_to_the_part_of_its_conversation() -> None:
    agent = make_agent(queue_capacity=20)
    queue = make_topics(agent, {"returns": 60, "sizes": 40})
    item = queue.items.first()
    assert item is not None
    ada = make_reviewer(agent)
    replacement = skip_item(claim(item, ada, NOW), ada, "unclear", NOW)
    assert replacement is not None and replacement.part is not None
    assert replacement.part.topic == replacement.conversation.topic


def test_a_second_reading_counts_once_in_its_segment() -> None:
    agent = make_agent(queue_capacity=44, double_review_share=1.0)
    make_reviewer(agent, "ben")
    make_reviewer(agent, "cid")
    queue = make_topics(agent, {"returns": 60})
    judge(agent, queue, lambda _: False)
    assert queue.items.filter(slot=2).exists()
    drawn = Stratum.objects.get(queue=queue).drawn
    assert quality(agent, DAY, DAY, topic="returns").n == drawn
    assert Verdict.objects.count() == drawn
