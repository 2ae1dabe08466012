"""The morning queue: drawn once, from strata, with the reason and the probability of every item."""

from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Role
from context.models import Agent
from reviews.models import Flag, Queue, QueueItem, Review
from reviews.queue.claims import claim, skip_item
from reviews.queue.sampling import allocate, build_queue, day_seed
from tests.make import NOW, make_agent
from tests.reviews.material import (
    DAY,
    MORNING,
    QUEUE_DAY,
    make_queue,
    make_reviewer,
    make_reviews,
    make_verdict,
)

pytestmark = pytest.mark.django_db

MIXED = [5] * 60 + [4] * 25 + [3] * 15 + [2] * 8 + [1] * 4


def flag(
    reviews: list[Review],
    kind: str = Flag.Kind.LOW_CSAT,
    detail: str = "CSAT 1",
    at: datetime = MORNING - timedelta(hours=1),
) -> None:
    Flag.objects.bulk_create(
        Flag(
            conversation=review.conversation,
            kind=kind,
            detail=detail,
            created_at=at,
        )
        for review in reviews
    )


def names(queue: Queue) -> list[str]:
    return [item.conversation.external_id for item in queue.items.select_related("conversation")]


def test_a_queue_fills_the_capacity_and_leaves_no_stratum_out() -> None:
    queue = make_queue(make_agent(queue_capacity=30), MIXED)
    assert queue.items.count() == 30
    drawn = {stratum.name: (stratum.drawn, stratum.size) for stratum in queue.strata.all()}
    assert {name: size for name, (_, size) in drawn.items()} == {
        "grade-1": 4, "grade-2": 8, "grade-3": 15, "grade-4": 25, "grade-5": 60,
    }  # fmt: skip
    assert all(1 <= n <= size for n, size in drawn.values())
    assert queue.population == len(MIXED)


def test_every_item_knows_how_likely_it_was_drawn_and_why() -> None:
    queue = make_queue(make_agent(), MIXED)
    for item in queue.items.select_related("stratum"):
        assert item.inclusion_probability == item.stratum.drawn / item.stratum.size
        odds = item.stratum.size / item.stratum.drawn
        expected = (
            "all of its kind"
            if odds == 1
            else f"1 in {odds:.0f}"
            if odds >= 2
            else f"1 in {odds:.1f}"
        )
        assert item.reason == f"random check, {expected}"


def test_the_same_day_is_drawn_the_same_in_another_database() -> None:
    queue = make_queue(make_agent(), MIXED)
    first = names(queue)
    assert queue.seed == day_seed("5" * 64, QUEUE_DAY)
    queue.agent.workspace.delete()
    make_agent(slug="shifts-the-keys")
    other = make_queue(make_agent(workspace=Agent.objects.get().workspace), MIXED)
    assert names(other) == first


def test_another_day_is_drawn_from_another_seed() -> None:
    assert day_seed("5" * 64, DAY) != day_seed("5" * 64, QUEUE_DAY)
    assert day_seed("5" * 64, DAY) != day_seed("6" * 64, DAY)


def test_a_queue_is_drawn_once() -> None:
    agent = make_agent()
    queue = make_queue(agent, MIXED)
    before = names(queue)
    flag(list(Review.objects.all()[:10]))
    assert build_queue(agent, QUEUE_DAY, MORNING) == queue
    assert names(queue) == before


def test_a_day_without_reviews_gives_an_empty_queue() -> None:
    queue = build_queue(make_agent(), QUEUE_DAY, MORNING)
    assert (queue.population, queue.items.count()) == (0, 0)


def test_few_conversations_are_all_read() -> None:
    queue = make_queue(make_agent(), [5, 4, 1])
    assert queue.items.count() == 3
    assert set(queue.items.values_list("reason", flat=True)) == {"random check, all of its kind"}


def test_flags_are_a_stratum_of_their_own_capped_at_a_sixth() -> None:
    agent = make_agent(queue_capacity=30)
    reviews = make_reviews(agent, MIXED)
    flag(reviews[:20])
    queue = build_queue(agent, QUEUE_DAY, MORNING)
    flagged = queue.strata.get(name="flagged")
    assert (flagged.size, flagged.drawn) == (20, 5)
    items = queue.items.filter(stratum=flagged)
    assert [item.position for item in items] == [0, 1, 2, 3, 4]
    assert {item.inclusion_probability for item in items} == {0.25}
    assert items[0].reason == "here because CSAT 1 (drawn, 1 in 4 of the flagged)"
    assert queue.strata.get(name="grade-5").size == 40
    assert sum(stratum.size for stratum in queue.strata.all()) == queue.population


def test_few_flags_are_taken_in_full() -> None:
    agent = make_agent()
    reviews = make_reviews(agent, MIXED)
    flag(reviews[:2])
    flag(reviews[:1], Flag.Kind.LEGAL, "“lawyer”")
    queue = build_queue(agent, QUEUE_DAY, MORNING)
    items = queue.items.filter(stratum__name="flagged")
    assert {item.inclusion_probability for item in items} == {1.0}
    assert {item.reason for item in items} == {
        "here because CSAT 1",
        "here because CSAT 1; legal or safety words: “lawyer”",
    }


def test_flags_take_what_a_small_sample_leaves() -> None:
    agent = make_agent(queue_capacity=12)
    flag(make_reviews(agent, [3] * 10)[:9])
    queue = build_queue(agent, QUEUE_DAY, MORNING)
    assert queue.items.count() == 10


def test_what_is_flagged_after_its_own_draw_comes_once_more_as_late() -> None:
    agent = make_agent()
    first = make_queue(agent, [5] * 200)
    drawn = set(first.items.values_list("conversation", flat=True))
    missed = Review.objects.exclude(conversation__in=drawn)[0]
    Flag.objects.create(
        conversation=missed.conversation,
        kind=Flag.Kind.LOW_CSAT,
        detail="CSAT 1",
        created_at=MORNING + timedelta(hours=5),
    )
    make_reviews(agent, [5] * 50, QUEUE_DAY)
    second = build_queue(agent, QUEUE_DAY + timedelta(days=1), MORNING + timedelta(days=1))
    late = second.items.get(stratum__name="late")
    assert late.conversation == missed.conversation
    assert late.reason == "here because CSAT 1"
    assert second.population == 50
    make_reviews(agent, [5], QUEUE_DAY + timedelta(days=1))
    third = build_queue(agent, QUEUE_DAY + timedelta(days=2), MORNING + timedelta(days=2))
    assert not third.items.filter(stratum__name="late").exists()


def test_about_a_tenth_is_read_by_two_people_within_the_capacity() -> None:
    agent = make_agent(queue_capacity=30)
    make_reviewer(agent, "ada")
    make_reviewer(agent, "ben", Role.MANAGER)
    queue = make_queue(agent, MIXED)
    assert queue.items.count() == 30
    doubles = queue.items.filter(slot=2)
    assert doubles.count() == 3
    for second in doubles:
        first = queue.items.get(conversation=second.conversation, slot=1)
        assert first.inclusion_probability == second.inclusion_probability
        assert second.stratum.grade is not None


def test_one_reviewer_alone_has_no_doubles() -> None:
    agent = make_agent(queue_capacity=30)
    make_reviewer(agent, "ada")
    make_reviewer(agent, "vera", Role.VIEWER)
    assert not make_queue(agent, MIXED).items.filter(slot=2).exists()


def test_a_day_cut_short_has_read_its_share_of_every_stratum() -> None:
    queue = make_queue(make_agent(queue_capacity=30), MIXED)
    strata = list(queue.items.values_list("stratum__name", flat=True))
    whole, half = Counter(strata), Counter(strata[:15])
    assert all(abs(half[name] - count / 2) <= 1 for name, count in whole.items())


def test_strata_where_failures_were_found_are_read_more() -> None:
    agent = make_agent(queue_capacity=30)
    ada = make_reviewer(agent)
    before = allocate(agent, QUEUE_DAY + timedelta(days=1), {"grade-5": 500, "grade-3": 500}).drawn
    make_queue(agent, [3] * 30)
    for number in range(15):
        make_verdict(agent, ada, grounded="fail" if number % 2 else "pass")
    after = allocate(agent, QUEUE_DAY + timedelta(days=1), {"grade-5": 500, "grade-3": 500}).drawn
    assert after["grade-3"] > before["grade-3"]


@given(sizes=st.lists(st.integers(0, 400), min_size=6, max_size=6), capacity=st.integers(1, 60))
def test_an_allocation_keeps_to_the_capacity_and_to_what_there_is(
    sizes: list[int], capacity: int
) -> None:
    agent = Agent.objects.first() or make_agent()
    agent.queue_capacity = capacity
    strata = ["flagged", "grade-5", "grade-4", "grade-3", "grade-2", "grade-1"]
    there = {name: size for name, size in zip(strata, sizes, strict=True) if size}
    drawn = allocate(agent, QUEUE_DAY, there).drawn
    assert sum(drawn.values()) == min(capacity, sum(there.values()))
    assert all(0 <= n <= there[name] for name, n in drawn.items())


def test_a_skipped_item_is_replaced_from_its_own_stratum() -> None:
    agent = make_agent(queue_capacity=10)
    ada = make_reviewer(agent)
    queue = make_queue(agent, [5] * 30 + [2] * 30)
    item = queue.items.filter(stratum__name="grade-2").first()
    assert item is not None
    replacement = skip_item(claim(item, ada, NOW), ada, "in Finnish", NOW)
    assert replacement is not None
    assert replacement.stratum_id == item.stratum_id
    assert replacement.position == item.position
    assert replacement.inclusion_probability == item.inclusion_probability
    item.refresh_from_db()
    assert (item.state, item.skip_reason) == (QueueItem.State.SKIPPED, "in Finnish")


def test_replacements_are_those_a_longer_draw_would_have_given() -> None:
    agent = make_agent(queue_capacity=5)
    ada = make_reviewer(agent)
    queue = make_queue(agent, [5] * 20)
    drawn = set(names(queue))
    flag(list(Review.objects.all()), at=MORNING + timedelta(hours=1))  # too late to matter
    item = queue.items.first()
    assert item is not None
    added = []
    for _ in range(3):
        replacement = skip_item(claim(item, ada, NOW), ada, "unclear", NOW)
        assert replacement is not None
        added.append(replacement.conversation.external_id)
        item = replacement
    queue.delete()
    agent.queue_capacity = 8
    Flag.objects.all().delete()
    assert set(names(build_queue(agent, QUEUE_DAY, MORNING))) == drawn | set(added)


def test_a_stratum_that_is_used_up_gives_no_replacement() -> None:
    agent = make_agent()
    ada = make_reviewer(agent)
    queue = make_queue(agent, [5, 5])
    item = queue.items.first()
    assert item is not None
    assert skip_item(claim(item, ada, NOW), ada, "unclear", NOW) is None


def test_positions_rise_without_a_gap() -> None:
    positions = list(make_queue(make_agent(), MIXED).items.values_list("position", flat=True))
    assert positions[0] == 0
    assert all(after - before in (0, 1) for before, after in pairwise(positions))
