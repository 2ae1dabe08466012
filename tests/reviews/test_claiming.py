"""Claims are atomic and leased; nothing is handed to two people unless it is a double."""

from collections import Counter
from datetime import timedelta

import pytest

from accounts.models import User
from context.models import Agent
from reviews.desk.verdicts import record_verdict
from reviews.models import QueueItem
from reviews.queue.claims import (
    LEASE,
    LeaseLost,
    claim,
    claim_next,
    held_item,
    release_item,
    skip_item,
)
from reviews.queue.sampling import build_queue
from tests.make import NOW, make_agent, make_workspace
from tests.reviews.material import (
    QUEUE_DAY,
    answers,
    in_parallel,
    make_claim,
    make_queue,
    make_reviewer,
)

pytestmark = pytest.mark.django_db
REVIEWERS = 32


def test_items_come_in_the_order_of_the_queue() -> None:
    agent = make_agent()
    ada = make_reviewer(agent)
    queue = make_queue(agent, [5] * 5)
    claimed = [make_claim(agent, ada).pk for _ in range(5)]
    assert claimed == list(queue.items.values_list("pk", flat=True))
    assert claim_next(agent, ada, NOW) is None


def test_a_claim_is_leased_for_fifteen_minutes() -> None:
    agent = make_agent()
    ada, ben = make_reviewer(agent), make_reviewer(agent, "ben")
    make_queue(agent, [5])
    item = make_claim(agent, ada)
    assert (item.claimed_by, item.lease_until) == (ada, NOW + timedelta(minutes=15))
    assert claim_next(agent, ben, NOW + LEASE - timedelta(seconds=1)) is None
    taken = claim_next(agent, ben, NOW + LEASE)
    assert taken is not None
    assert (taken.pk, taken.claimed_by) == (item.pk, ben)
    with pytest.raises(LeaseLost):
        record_verdict(item, ada, answers(item), at=NOW + LEASE)


def test_a_lease_that_ran_out_still_holds_while_nobody_takes_the_item() -> None:
    agent = make_agent()
    ada = make_reviewer(agent)
    make_queue(agent, [5])
    item = make_claim(agent, ada)
    assert record_verdict(item, ada, answers(item), at=NOW + timedelta(hours=3)).passed


def test_what_a_person_holds_is_found_again_with_a_new_lease() -> None:
    agent = make_agent()
    ada, ben = make_reviewer(agent), make_reviewer(agent, "ben")
    make_queue(agent, [5] * 3)
    item = make_claim(agent, ada)
    later = NOW + timedelta(minutes=10)
    held = held_item(agent, ada, later)
    assert held is not None
    assert (held.pk, held.lease_until) == (item.pk, later + LEASE)
    assert held_item(agent, ben, later) is None


def test_an_item_that_is_put_back_is_the_next_persons() -> None:
    agent = make_agent()
    ada, ben = make_reviewer(agent), make_reviewer(agent, "ben")
    make_queue(agent, [5])
    item = make_claim(agent, ada)
    with pytest.raises(LeaseLost):
        release_item(item, ben)
    release_item(item, ada)
    assert make_claim(agent, ben).pk == item.pk


def test_an_item_of_another_cannot_be_claimed() -> None:
    agent = make_agent()
    ada, ben = make_reviewer(agent), make_reviewer(agent, "ben")
    make_queue(agent, [5])
    item = make_claim(agent, ada)
    with pytest.raises(LeaseLost):
        claim(item, ben, NOW)
    assert claim(item, ada, NOW).pk == item.pk


def test_a_skip_needs_a_reason_and_the_item() -> None:
    agent = make_agent()
    ada, ben = make_reviewer(agent), make_reviewer(agent, "ben")
    make_queue(agent, [5])
    item = make_claim(agent, ada)
    with pytest.raises(ValueError, match="reason"):
        skip_item(item, ada, "  ", NOW)
    with pytest.raises(LeaseLost):
        skip_item(item, ben, "not mine", NOW)
    item.refresh_from_db()
    assert item.state == QueueItem.State.CLAIMED


def doubled_agent() -> tuple[Agent, User, User]:
    agent = make_agent(queue_capacity=10, double_review_share=1.0)
    ada, ben = make_reviewer(agent), make_reviewer(agent, "ben")
    make_queue(agent, [5] * 5)
    return agent, ada, ben


def test_a_double_is_never_given_to_the_same_person_twice() -> None:
    agent, ada, ben = doubled_agent()
    seen = {ada: [], ben: []}  # type: dict[User, list[int]]
    for user in (ada, ben):
        while (item := claim_next(agent, user, NOW)) is not None:
            seen[user].append(item.conversation_id)
            record_verdict(item, user, answers(item), at=NOW)
    assert len(seen[ada]) == len(set(seen[ada])) == 5
    assert sorted(seen[ada]) == sorted(seen[ben])


def test_who_skipped_a_double_is_not_given_its_other_reading() -> None:
    agent, ada, _ = doubled_agent()
    item = make_claim(agent, ada)
    skip_item(item, ada, "I know this customer", NOW)
    while (other := claim_next(agent, ada, NOW)) is not None:
        assert other.conversation_id != item.conversation_id


def test_todays_queue_is_the_newest_whose_date_has_come() -> None:
    agent = make_agent()
    ada = make_reviewer(agent)
    today = make_queue(agent, [5])
    make_queue(agent, [5], QUEUE_DAY + timedelta(days=1))
    yesterday = make_queue(agent, [5], QUEUE_DAY - timedelta(days=1))
    assert make_claim(agent, ada).queue == today
    assert claim_next(agent, ada, NOW) is None
    older = claim_next(agent, ada, NOW, queue_date=yesterday.date)
    assert older is not None
    assert older.queue == yesterday


def test_another_agents_queue_is_never_served() -> None:
    agent = make_agent()
    other = make_agent(make_workspace("other"))
    ada = make_reviewer(agent)
    make_queue(other, [5] * 3)
    build_queue(agent, QUEUE_DAY, NOW)
    assert claim_next(agent, ada, NOW) is None


@pytest.mark.django_db(transaction=True)
def test_thirty_two_people_at_once_never_get_one_item_twice() -> None:
    agent = make_agent(queue_capacity=100)
    people = [make_reviewer(agent, f"reviewer-{number}") for number in range(REVIEWERS)]
    make_queue(agent, [5] * 50 + [2] * 50)

    def work(number: int) -> list[tuple[int, int]]:
        got = []
        while (item := claim_next(agent, people[number], NOW)) is not None:
            record_verdict(item, people[number], answers(item), at=NOW)
            got.append((item.pk, item.conversation_id))
        return got

    results = in_parallel(REVIEWERS, work)
    items = Counter(pk for got in results for pk, _ in got)
    assert len(items) == 100
    assert set(items.values()) == {1}
    for got in results:
        assert len({conversation for _, conversation in got}) == len(got)
    assert QueueItem.objects.filter(state="done").count() == 100


@pytest.mark.django_db(transaction=True)
def test_one_person_at_two_desks_never_gets_both_readings_of_a_double() -> None:
    agent, ada, _ = doubled_agent()
    results = in_parallel(8, lambda _: claim_next(agent, ada, NOW))
    claimed = [item.conversation_id for item in results if item is not None]
    assert len(claimed) == len(set(claimed)) == 5
