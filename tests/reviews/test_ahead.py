"""The item claimed ahead, drafts with versions, and what the desk's script calls."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from context.models import Agent
from reviews.desk.ahead import give_back_ahead, item_after
from reviews.desk.drafts import EditedElsewhere, check_version, save_draft
from reviews.desk.verdicts import record_verdict, withdraw
from reviews.models import Draft, Queue, QueueItem, Verdict
from reviews.queue.claims import LEASE, claim_next, held_item
from reviews.queue.sampling import build_queue
from tests.make import make_agent
from tests.reviews.material import answers, in_parallel, make_reviewer, make_reviews

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent() -> Agent:
    return make_agent(queue_capacity=4, double_review_share=0.0)


@pytest.fixture
def ada(agent: Agent) -> User:
    return make_reviewer(agent, "ada")


@pytest.fixture
def client(ada: User) -> Client:
    found = Client()
    found.force_login(ada)
    return found


@pytest.fixture
def queue(agent: Agent, ada: User) -> Queue:
    return make_today(agent)


def make_today(agent: Agent, count: int = 4) -> Queue:
    today = agent.local_date(timezone.now())
    make_reviews(agent, [5] * count, today - timedelta(days=1))
    return build_queue(agent, today, timezone.now())


def take(agent: Agent, user: User) -> QueueItem:
    item = claim_next(agent, user, timezone.now())
    assert item is not None
    return item


def after(item: QueueItem, user: User) -> QueueItem:
    found = item_after(item, user, timezone.now())
    assert found is not None
    return found


def call(client: Client, item: QueueItem, name: str, **posted: Any) -> Any:
    agent = item.queue.agent
    address = reverse(f"reviews:{name}", args=[agent.workspace.slug, agent.slug, item.pk])
    return client.post(address, posted)


def fields(item: QueueItem, **others: str) -> dict[str, str]:
    return {f"verdict-{k}": one["verdict"] for k, one in answers(item, **others).items()}


def test_asking_again_gives_the_same_item_ahead(agent: Agent, ada: User, queue: Queue) -> None:
    item = take(agent, ada)
    assert {after(item, ada).pk for _ in range(3)} == {queue.items.all()[1].pk}
    assert queue.items.filter(state="claimed").count() == 2
    assert queue.items.get(ahead=True).lease_until


def test_the_database_holds_one_item_ahead_at_most(agent: Agent, ada: User, queue: Queue) -> None:
    after(take(agent, ada), ada)
    more = take(agent, ada)
    with pytest.raises(IntegrityError), transaction.atomic():
        QueueItem.objects.filter(pk=more.pk).update(ahead=True)


@pytest.mark.django_db(transaction=True)
def test_two_tabs_that_ask_at_once_get_the_same_item(agent: Agent, ada: User) -> None:
    queue = make_today(agent)
    item = take(agent, ada)
    found = in_parallel(4, lambda _: after(item, ada).pk)
    assert len(set(found)) == 1
    assert queue.items.filter(state="claimed").count() == 2


def test_the_other_reading_of_a_double_is_never_ahead(agent: Agent, ada: User) -> None:
    make_reviewer(agent, "ben")
    Agent.objects.update(double_review_share=1.0)
    agent.refresh_from_db()
    queue = make_today(agent, 2)
    item = take(agent, ada)
    following = after(item, ada)
    assert following.conversation_id != item.conversation_id
    assert item_after(following, ada, timezone.now()) == item
    record_verdict(item, ada, answers(item), at=timezone.now())
    assert item_after(following, ada, timezone.now()) is None
    assert queue.items.filter(claimed_by=ada).count() == 2


def test_an_item_ahead_is_free_again_when_its_lease_ends(
    agent: Agent, ada: User, queue: Queue
) -> None:
    ben = make_reviewer(agent, "ben")
    first = take(agent, ada)
    ahead = after(first, ada)
    later = timezone.now() + LEASE + timedelta(seconds=1)
    taken = [claim_next(agent, ben, later) for _ in range(4)]
    assert ahead in taken
    assert not queue.items.filter(ahead=True).exists()


def test_opening_the_desk_shows_what_one_works_on_and_not_what_is_ahead(
    agent: Agent, ada: User, queue: Queue
) -> None:
    first = take(agent, ada)
    ahead = after(first, ada)
    assert held_item(agent, ada, timezone.now()) == first
    record_verdict(first, ada, answers(first), at=timezone.now())
    later = timezone.now() + timedelta(minutes=3)
    found = held_item(agent, ada, later)
    assert found == ahead
    assert found is not None and found.claimed_at == later
    assert not queue.items.filter(ahead=True).exists()


def test_leaving_gives_back_what_was_ahead_alone(agent: Agent, ada: User, queue: Queue) -> None:
    first = take(agent, ada)
    after(first, ada)
    assert give_back_ahead(queue, ada) == 1
    assert list(queue.items.filter(state="claimed")) == [first]
    assert give_back_ahead(queue, ada) == 0


def test_a_verdict_by_script_begins_with_the_item_ahead(
    agent: Agent, ada: User, client: Client, queue: Queue
) -> None:
    first = take(agent, ada)
    page = call(client, first, "ahead").content.decode()
    ahead = queue.items.get(ahead=True)
    assert f'data-item="{ahead.pk}"' in page
    answer = call(client, first, "decide-item", next=ahead.pk, draft_version=0, **fields(first))
    found = answer.json()
    assert (found["state"], found["begun"]) == ("recorded", True)
    assert "1 of 4" in found["progress"]
    assert "the judge agrees" in found["last"]
    ahead.refresh_from_db()
    assert (ahead.state, ahead.ahead) == ("claimed", False)
    assert Verdict.objects.get().item == first


def test_a_released_item_ahead_is_claimed_again_unless_it_is_gone(
    agent: Agent, ada: User, client: Client, queue: Queue
) -> None:
    first = take(agent, ada)
    ahead = after(first, ada)
    call(client, first, "give-back")
    assert call(
        client, first, "decide-item", next=ahead.pk, draft_version=0, **fields(first)
    ).json()["begun"]
    third = after(ahead, ada)
    call(client, ahead, "give-back")
    ben = make_reviewer(agent, "ben")
    assert take(agent, ben) == third
    posted = fields(ahead) | {"next": str(third.pk), "draft_version": "0"}
    assert call(client, ahead, "decide-item", **posted).json()["begun"] is False
    assert Verdict.objects.count() == 2


def test_a_verdict_that_does_not_fit_is_refused_and_kept_as_a_draft(
    agent: Agent, ada: User, client: Client, queue: Queue
) -> None:
    first = take(agent, ada)
    posted = fields(first) | {"note": "nearly"}
    del posted["verdict-tone"]
    answer = call(client, first, "decide-item", draft_version=0, **posted)
    assert answer.status_code == 422
    assert "answers.tone" in answer.json()["message"]
    assert (answer.json()["state"], answer.json()["version"]) == ("invalid", 1)
    assert Draft.objects.get().data["note"] == "nearly"
    assert not Verdict.objects.exists()


def test_the_second_tab_hears_that_it_is_decided_or_lost(
    agent: Agent, ada: User, client: Client, queue: Queue
) -> None:
    first = take(agent, ada)
    posted = fields(first) | {"draft_version": "0"}
    call(client, first, "decide-item", **posted)
    for name in ("decide-item", "draft"):
        answer = call(client, first, name, **(posted | {"draft_version": "9"}))
        assert (answer.status_code, answer.json()["state"]) == (409, "decided")
    second = take(agent, ada)
    QueueItem.objects.filter(pk=second.pk).update(claimed_by=make_reviewer(agent, "ben"))
    assert call(client, second, "draft", draft_version=0).json()["state"] == "lost"
    assert Verdict.objects.count() == 1


def test_an_older_tab_neither_saves_nor_decides(
    agent: Agent, ada: User, client: Client, queue: Queue
) -> None:
    first = take(agent, ada)
    assert call(client, first, "draft", draft_version=0, note="one").json()["version"] == 1
    assert call(client, first, "draft", draft_version=1, note="two").json()["version"] == 2
    for name in ("draft", "decide-item"):
        answer = call(client, first, name, draft_version=1, note="old", **fields(first))
        assert (answer.status_code, answer.json()["state"]) == (409, "edited")
    assert Draft.objects.get().data == {"note": "two"}
    assert not Verdict.objects.exists()


def test_the_first_two_saves_of_a_draft_do_not_both_win(
    agent: Agent, ada: User, queue: Queue
) -> None:
    item, now = take(agent, ada), timezone.now()
    assert save_draft(item, ada, {"note": "a"}, now, version=0) == 1
    with pytest.raises(EditedElsewhere):
        save_draft(item, ada, {"note": "b"}, now, version=0)
    assert save_draft(item, ada, {"note": "c"}, now) == 2


def test_a_tab_from_before_an_undo_does_not_write_over_what_it_brought_back(
    agent: Agent, ada: User, queue: Queue
) -> None:
    item, now = take(agent, ada), timezone.now()
    version = save_draft(item, ada, {"note": "a"}, now, version=0)
    verdict = record_verdict(item, ada, answers(item), at=now, note="final")
    withdraw(verdict, ada, now)
    assert Draft.objects.get().data["note"] == "final"
    with pytest.raises(EditedElsewhere):
        save_draft(item, ada, {"note": "stale"}, now, version=version)
    with pytest.raises(EditedElsewhere):
        check_version(item, ada, version)


def test_saving_renews_the_claims_of_both_items(
    agent: Agent, ada: User, client: Client, queue: Queue
) -> None:
    first = take(agent, ada)
    after(first, ada)
    soon = timezone.now() + timedelta(minutes=1)
    queue.items.filter(state="claimed").update(lease_until=soon)
    call(client, first, "draft", draft_version=0)
    leases = queue.items.filter(state="claimed").values_list("lease_until", flat=True)
    assert all(lease and lease > soon for lease in leases)


def test_a_second_tab_may_take_another_item(
    agent: Agent, ada: User, client: Client, queue: Queue
) -> None:
    first = take(agent, ada)
    address = reverse("reviews:another", args=[agent.workspace.slug, agent.slug])
    client.post(address)
    second = queue.items.filter(claimed_by=ada).exclude(pk=first.pk).get()
    assert not second.ahead
    assert held_item(agent, ada, timezone.now()) == first


def test_putting_back_and_leaving_frees_both(
    agent: Agent, ada: User, client: Client, queue: Queue
) -> None:
    first = take(agent, ada)
    after(first, ada)
    call(client, first, "release")
    assert queue.items.filter(state="open").count() == 4
