"""Items assigned to people: who gets them, who may assign, and what a person never gets."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, Member, Role, User
from context.models import Agent
from reviews.models import Queue, QueueItem
from reviews.queue.assignment import (
    AssignmentRefused,
    Unassigned,
    assign,
    left_to_others,
    spread,
    spread_evenly,
)
from reviews.queue.claims import LeaseLost, claim, claim_next, skip_item, waiting_for
from reviews.queue.sampling import build_queue
from reviews.team.goals import set_goals
from tests.make import NOW, make_agent, make_client, make_key, make_workspace
from tests.reviews.material import (
    in_parallel,
    make_claim,
    make_queue,
    make_reviewer,
    make_reviews,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent() -> Agent:
    return make_agent(queue_capacity=12, double_review_share=0.0)


@pytest.fixture
def ada(agent: Agent) -> User:
    return make_reviewer(agent, "ada")


@pytest.fixture
def ben(agent: Agent) -> User:
    return make_reviewer(agent, "ben")


@pytest.fixture
def boss(agent: Agent) -> User:
    return make_reviewer(agent, "boss", Role.MANAGER)


def keys(queue: Queue, *positions: int) -> list[int]:
    return list(queue.items.filter(position__in=positions).values_list("pk", flat=True))


def test_the_desk_gives_ones_own_first_then_what_is_for_anyone(
    agent: Agent, ada: User, ben: User, boss: User
) -> None:
    queue = make_queue(agent, [5] * 5)
    assert assign(queue, keys(queue, 3), ada, by=boss, at=NOW) == 1
    assert assign(queue, keys(queue, 0, 1), ben, by=boss, at=NOW) == 2
    got = [make_claim(agent, ada).position for _ in range(3)]
    assert got == [3, 2, 4]
    assert claim_next(agent, ada, NOW) is None
    assert left_to_others(queue, ada, NOW) == [("ben", 2)]
    assert waiting_for(agent, ada, NOW) == 3
    assert [make_claim(agent, ben).position for _ in range(2)] == [0, 1]


def test_an_item_of_another_is_not_claimed_by_its_address(
    agent: Agent, ada: User, ben: User, boss: User
) -> None:
    queue = make_queue(agent, [5] * 2)
    assign(queue, keys(queue, 0), ben, by=boss, at=NOW)
    item = queue.items.get(position=0)
    with pytest.raises(LeaseLost):
        claim(item, ada, NOW)
    assert claim(item, ben, NOW).claimed_by == ben


@pytest.mark.parametrize("gone", ["inactive", "left", "viewer"])
def test_who_cannot_review_any_more_holds_nothing_up(
    agent: Agent, ada: User, ben: User, boss: User, gone: str
) -> None:
    queue = make_queue(agent, [5])
    assign(queue, keys(queue, 0), ben, by=boss, at=NOW)
    assert claim_next(agent, ada, NOW) is None
    if gone == "inactive":
        User.objects.filter(pk=ben.pk).update(is_active=False)
    elif gone == "left":
        Member.objects.filter(user=ben).delete()
    else:
        Member.objects.filter(user=ben).update(role=Role.VIEWER)
    assert left_to_others(queue, ada, NOW) == []
    assert make_claim(agent, ada).position == 0


def test_a_manager_opens_items_for_anyone(agent: Agent, ada: User, ben: User, boss: User) -> None:
    queue = make_queue(agent, [5])
    assign(queue, keys(queue, 0), ben, by=boss, at=NOW)
    assert assign(queue, keys(queue, 0), None, by=boss, at=NOW) == 1
    assert make_claim(agent, ada).assigned_to is None


def test_a_reviewer_takes_and_gives_back_but_assigns_to_nobody_else(
    agent: Agent, ada: User, ben: User, boss: User
) -> None:
    queue = make_queue(agent, [5] * 3)
    assert assign(queue, keys(queue, 0, 1), ada, by=ada, at=NOW) == 2
    assert assign(queue, keys(queue, 1, 2), ben, by=ben, at=NOW) == 1
    with pytest.raises(AssignmentRefused, match="manager"):
        assign(queue, keys(queue, 0), ben, by=ada, at=NOW)
    with pytest.raises(AssignmentRefused, match="manager"):
        spread_evenly(queue, None, by=ada, at=NOW)
    assert assign(queue, keys(queue, 0, 1, 2), None, by=ada, at=NOW) == 2
    names = queue.items.values_list("assigned_to__username", flat=True)
    assert list(names) == [None, None, "ben"]
    viewer = make_reviewer(agent, "vic", Role.VIEWER)
    with pytest.raises(AssignmentRefused, match="vic"):
        assign(queue, keys(queue, 0), viewer, by=boss, at=NOW)


def test_what_somebody_is_at_work_on_is_not_assigned(
    agent: Agent, ada: User, ben: User, boss: User
) -> None:
    queue = make_queue(agent, [5] * 2)
    item = make_claim(agent, ada)
    assert assign(queue, [item.pk], ben, by=boss, at=NOW) == 0
    assert assign(queue, [item.pk], ben, by=boss, at=NOW + timedelta(hours=1)) == 1


def test_a_double_is_never_assigned_twice_to_one_person(ada: User, ben: User, boss: User) -> None:
    agent = Agent.objects.get()
    Agent.objects.update(double_review_share=1.0, queue_capacity=10)
    agent.refresh_from_db()
    queue = make_queue(agent, [5] * 5)
    everything = list(queue.items.values_list("pk", flat=True))
    assert assign(queue, everything, ada, by=boss, at=NOW) == 5
    assert assign(queue, everything, ada, by=boss, at=NOW) == 5
    assert set(queue.items.filter(assigned_to=ada).values_list("slot", flat=True)) == {1}
    seen = []
    while (item := claim_next(agent, ada, NOW)) is not None:
        seen.append(item.conversation_id)
    assert len(seen) == len(set(seen)) == 5
    second = queue.items.filter(slot=2)
    assert assign(queue, second.values_list("pk", flat=True), ada, by=boss, at=NOW) == 0


def test_a_skips_replacement_keeps_the_assignee(
    agent: Agent, ada: User, ben: User, boss: User
) -> None:
    queue = make_queue(agent, [5] * 20)
    assign(queue, keys(queue, 0), ada, by=boss, at=NOW)
    replacement = skip_item(make_claim(agent, ada), ada, "in Finnish", NOW)
    assert replacement is not None
    assert replacement.assigned_to == ada
    assert make_claim(agent, ada).pk == replacement.pk


def test_items_are_spread_by_goals(agent: Agent, ada: User, ben: User, boss: User) -> None:
    queue = make_queue(agent, [5] * 12)
    set_goals(agent, {ada: 6}, by=boss, at=NOW)
    set_goals(agent, {ben: 3}, by=boss, at=NOW)
    set_goals(agent, {boss: 0}, by=boss, at=NOW)
    make_claim(agent, ben)
    assert spread_evenly(queue, None, by=boss, at=NOW) == 11
    assert queue.items.filter(assigned_to=ada).count() == 8
    assert queue.items.filter(assigned_to=ben).count() == 3
    assert not queue.items.filter(assigned_to=boss).exists()


def test_the_readings_of_a_double_are_spread_over_two(ada: User, ben: User, boss: User) -> None:
    agent = Agent.objects.get()
    Agent.objects.update(double_review_share=1.0, queue_capacity=10)
    agent.refresh_from_db()
    queue = make_queue(agent, [5] * 5)
    set_goals(agent, {boss: 0}, by=boss, at=NOW)
    assert spread_evenly(queue, None, by=boss, at=NOW) == 10
    everything = list(queue.items.values_list("pk", flat=True))
    assert spread_evenly(queue, everything, by=boss, at=NOW) == 10
    assert queue.items.filter(assigned_to=ada).count() == 5


def test_the_next_item_goes_to_whom_is_furthest_behind() -> None:
    none = frozenset[int]()
    items = [Unassigned(number, number, none) for number in range(6)]
    assert spread(items, {1: 10, 2: 5}, {1: 4}) == {0: 2, 1: 2, 2: 1, 3: 1, 4: 2, 5: 1}
    assert spread(items, {1: 0, 2: 0}, {}) == {}
    double = [Unassigned(1, 7, none), Unassigned(2, 7, none), Unassigned(3, 7, none)]
    assert spread(double, {1: 1, 2: 9}, {}) == {1: 2, 2: 1}
    assert spread([Unassigned(1, 7, frozenset({1}))], {1: 5}, {}) == {}


def test_assignments_are_on_record(agent: Agent, ada: User, boss: User) -> None:
    queue = make_queue(agent, [5] * 2)
    assign(queue, keys(queue, 0, 1), ada, by=boss, at=NOW)
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.user, entry.detail) == ("queue.assigned", boss, "2 to ada")


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_take_one_item_at_once_one_has_it() -> None:
    agent = make_agent(queue_capacity=10, double_review_share=0.0)
    ada, ben = make_reviewer(agent, "ada"), make_reviewer(agent, "ben")
    queue = make_queue(agent, [5])
    people = [ada, ben]
    taken = in_parallel(2, lambda n: assign(queue, keys(queue, 0), people[n], by=people[n], at=NOW))
    assert sorted(taken) == [0, 1]
    owner = people[taken.index(1)]
    assert queue.items.get().assigned_to == owner


def of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def url(agent: Agent, name: str) -> str:
    return reverse(f"reviews:{name}", args=[agent.workspace.slug, agent.slug])


def make_today(agent: Agent, grades: list[int]) -> Queue:
    today = agent.local_date(timezone.now())
    make_reviews(agent, grades, today - timedelta(days=1))
    return build_queue(agent, today, timezone.now())


def test_the_days_queue_is_a_page_with_what_waits_for_whom(
    agent: Agent, ada: User, ben: User, boss: User
) -> None:
    queue = make_today(agent, [5] * 4)
    chosen = {"item": keys(queue, 0, 1), "do": "assign", "assignee": "ben"}
    page = of(boss).post(url(agent, "assign"), chosen, follow=True).content.decode()
    assert "2 items assigned anew" in page
    assert page.count("<td>ben") == 2
    page = of(ada).get(url(agent, "queue")).content.decode()
    assert "Give back" in page
    assert "grade-5" not in page
    assert "Spread evenly" not in page
    of(ada).post(url(agent, "assign"), {"do": "take", "item": keys(queue, 2)})
    assert queue.items.get(position=2).assigned_to == ada
    mine = of(ada).get(url(agent, "queue") + "?show=mine").content.decode()
    assert queue.items.get(position=2).conversation.external_id in mine
    assert queue.items.get(position=0).conversation.external_id not in mine
    refused = of(ada).post(url(agent, "assign"), chosen, follow=True).content.decode()
    assert "Only a manager" in refused
    of(boss).post(url(agent, "assign"), {"do": "spread"})
    assert not queue.items.filter(assigned_to=None).exists()
    odd = {"do": "take", "item": ["x", "-1", "9" * 40]}
    assert (
        "Choose items first"
        in of(ada).post(url(agent, "assign"), odd, follow=True).content.decode()
    )
    assert of(ada).get(url(agent, "queue") + "?who=%00").status_code == 200
    again = of(boss).post(url(agent, "assign"), {"do": "spread"}, follow=True).content.decode()
    assert "Nothing was assigned" in again and "assigned anew" not in again
    viewer = of(make_reviewer(agent, "vic", Role.VIEWER))
    assert viewer.get(url(agent, "queue")).status_code == 403


def test_the_desk_says_what_is_left_and_for_whom(agent: Agent, ada: User, boss: User) -> None:
    queue = make_today(agent, [5] * 2)
    assign(queue, keys(queue, 0, 1), boss, by=boss, at=timezone.now())
    page = of(ada).get(url(agent, "desk")).content.decode()
    assert "Nothing left for you" in page
    assert "2 assigned to boss" in page


def test_the_page_costs_a_fixed_number_of_queries(
    agent: Agent, ada: User, boss: User, django_assert_num_queries: Any
) -> None:
    queue, client = make_today(agent, [5] * 12), of(boss)
    assign(queue, keys(queue, 0), ada, by=boss, at=timezone.now())
    with django_assert_num_queries(12):
        client.get(url(agent, "queue"))
    assign(queue, keys(queue, *range(8)), ada, by=boss, at=timezone.now())
    with django_assert_num_queries(12):
        client.get(url(agent, "queue"))


def test_items_are_assigned_over_rest(agent: Agent, ada: User, ben: User, boss: User) -> None:
    queue = make_today(agent, [5] * 2)
    item = queue.items.get(position=0)
    address = f"/api/v1/agents/{agent.slug}/queue/{item.pk}/assign/"
    manager = make_client(make_key(agent.workspace, by=boss))
    reviewer = make_client(make_key(agent.workspace, by=ada))
    given = manager.post(address, {"assignee": "ben"}, "application/json")
    assert (given.status_code, given.json()["assigned_to"]) == (200, "ben")
    refused = reviewer.post(address, {"assignee": "boss"}, "application/json")
    assert (refused.status_code, refused.json()["code"]) == (403, "assignment_refused")
    refused = reviewer.post(address, {"assignee": "ada"}, "application/json")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_assignable")
    nobody = manager.post(address, {"assignee": "nobody"}, "application/json")
    assert nobody.status_code == 422
    opened = manager.post(address, {}, "application/json")
    assert opened.json()["assigned_to"] is None
    assert QueueItem.objects.get(pk=item.pk).assigned_to is None
    other = make_client(make_key(make_workspace("other")))
    assert other.post(address, {}, "application/json").status_code == 404
