"""Blind reading: nobody sees the judge's opinion, or another reader's, before deciding."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role, User
from context.models import Agent, JudgeHidden
from reviews.desk.verdicts import record_verdict, withdraw
from reviews.models import Flag, Queue, QueueItem, Verdict
from reviews.queue.claims import claim_next
from reviews.queue.sampling import build_queue
from tests.make import make_agent, make_client, make_key
from tests.reviews.material import answers, make_reviewer, make_reviews

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/agents/bot"


@pytest.fixture
def agent() -> Agent:
    return make_agent(queue_capacity=4, double_review_share=0.0)


@pytest.fixture
def ada(agent: Agent) -> User:
    return make_reviewer(agent, "ada", Role.MANAGER)


def make_today(agent: Agent) -> Queue:
    """Today's queue: a conversation flagged for a critical failure, and three of the sample."""
    today = agent.local_date(timezone.now())
    reviews = make_reviews(agent, [1, 5, 5, 5], today - timedelta(days=1))
    Flag.objects.create(
        conversation=reviews[0].conversation,
        kind=Flag.Kind.CRITICAL,
        detail="Facts correct and grounded",
        created_at=timezone.now() - timedelta(minutes=1),
    )
    return build_queue(agent, today, timezone.now())


def make_doubles(agent: Agent) -> Queue:
    """Today's queue of two conversations, each read by two people."""
    Agent.objects.filter(pk=agent.pk).update(double_review_share=1.0)
    agent.refresh_from_db()
    today = agent.local_date(timezone.now())
    make_reviews(agent, [5, 2], today - timedelta(days=1))
    return build_queue(agent, today, timezone.now())


def take(agent: Agent, user: User) -> QueueItem:
    item = claim_next(agent, user, timezone.now())
    assert item is not None
    return item


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(client: Client, agent: Agent, name: str, *args: object) -> str:
    address = reverse(f"reviews:{name}", args=[agent.workspace.slug, agent.slug, *args])
    return client.get(address).content.decode()


@pytest.mark.parametrize(
    ("setting", "blind"),
    [
        (JudgeHidden.SAMPLE, [False, True, True, True]),
        (JudgeHidden.ALWAYS, [True, True, True, True]),
        (JudgeHidden.NEVER, [False, False, False, False]),
    ],
)
def test_the_agent_says_which_items_are_blind(
    agent: Agent, ada: User, setting: JudgeHidden, blind: list[bool]
) -> None:
    agent.judge_hidden = setting
    queue = make_today(agent)
    assert list(queue.items.values_list("is_blind", flat=True)) == blind


def test_doubles_are_blind_whatever_is_set(agent: Agent, ada: User) -> None:
    make_reviewer(agent, "ben")
    agent.judge_hidden = JudgeHidden.NEVER
    agent.double_review_share = 0.5
    today = agent.local_date(timezone.now())
    make_reviews(agent, [5] * 6, today - timedelta(days=1))
    items = list(build_queue(agent, today, timezone.now()).items.all())
    doubled = {item.conversation_id for item in items if item.slot == 2}
    assert doubled
    assert all(item.is_blind == (item.conversation_id in doubled) for item in items)


def test_a_change_of_the_setting_leaves_todays_queue_as_it_is(agent: Agent, ada: User) -> None:
    queue = make_today(agent)
    agent.judge_hidden = JudgeHidden.NEVER
    agent.save(update_fields=["judge_hidden"])
    take(agent, ada)
    assert take(agent, ada).is_blind
    assert queue.items.filter(is_blind=True).count() == 3


def test_a_blind_flagged_item_does_not_say_what_the_judge_found(agent: Agent, ada: User) -> None:
    agent.judge_hidden = JudgeHidden.ALWAYS
    make_today(agent)
    client = browser(ada)
    shown = page(client, agent, "desk")
    assert "for what, you see when you have decided" in shown
    for leak in ("Facts correct and grounded</p>", "critical criterion", "Judge:", "<mark"):
        assert leak not in shown
    item = QueueItem.objects.get(claimed_by=ada)
    record_verdict(item, ada, answers(item), at=timezone.now())
    assert "a critical criterion failed" in page(client, agent, "item", item.pk)


def test_a_verdict_says_whether_it_was_given_blind(agent: Agent, ada: User) -> None:
    make_today(agent)
    first, second = take(agent, ada), take(agent, ada)
    assert not record_verdict(first, ada, answers(first), at=timezone.now()).blind
    verdict = record_verdict(second, ada, answers(second), at=timezone.now())
    assert verdict.blind


def test_a_verdict_after_an_undo_is_no_longer_blind(agent: Agent, ada: User) -> None:
    make_today(agent)
    take(agent, ada)
    item = take(agent, ada)
    withdraw(record_verdict(item, ada, answers(item), at=timezone.now()), ada, timezone.now())
    item.refresh_from_db()
    assert not record_verdict(item, ada, answers(item), at=timezone.now()).blind
    assert list(Verdict.objects.order_by("pk").values_list("blind", flat=True)) == [True, False]


def test_lists_leave_out_what_a_person_is_deciding_blind(agent: Agent, ada: User) -> None:
    make_today(agent)
    take(agent, ada)
    item = take(agent, ada)
    client, key = browser(ada), make_client(make_key(agent.workspace, by=ada))
    name = item.conversation.external_id
    rest = key.get(f"{ROOT}/reviews/").json()["data"]
    assert name not in {row["external_id"] for row in rest}
    assert len(rest) == 3
    shown = page(client, agent, "index")
    assert f">{name}</a>" not in shown
    assert "1 conversation you are reading" in shown
    record_verdict(item, ada, answers(item), at=timezone.now())
    assert len(key.get(f"{ROOT}/reviews/").json()["data"]) == 4
    assert f">{name}</a>" in page(client, agent, "index")


def test_today_does_not_say_what_a_blind_conversation_was_flagged_for(
    agent: Agent, ada: User
) -> None:
    agent.judge_hidden = JudgeHidden.ALWAYS
    make_today(agent)
    Flag.objects.update(urgent=True)
    address = reverse("shell:today", args=[agent.workspace.slug, agent.slug])
    assert "Facts correct and grounded" in browser(ada).get(address).content.decode()
    take(agent, ada)
    assert "Facts correct and grounded" not in browser(ada).get(address).content.decode()


def test_somebody_else_sees_what_i_am_deciding_blind(agent: Agent, ada: User) -> None:
    ben = make_reviewer(agent, "ben", Role.MANAGER)
    make_today(agent)
    take(agent, ada)
    item = take(agent, ada)
    assert "it says so" in page(browser(ben), agent, "panel", item.conversation_id)


def test_the_readers_of_a_double_do_not_see_each_others_verdict(agent: Agent, ada: User) -> None:
    ben = make_reviewer(agent, "ben", Role.MANAGER)
    make_doubles(agent)
    first = take(agent, ada)
    other = first.queue.items.get(conversation=first.conversation, slot=3 - first.slot)
    QueueItem.objects.filter(pk=other.pk).update(
        state="claimed", claimed_by=ben, claimed_at=timezone.now(), lease_until=timezone.now()
    )
    other.refresh_from_db()
    record_verdict(other, ben, answers(other), at=timezone.now(), note="bens own words")
    client, key = browser(ada), make_client(make_key(agent.workspace, by=ada))
    for shown in (
        page(client, agent, "item", other.pk),
        page(client, agent, "panel", first.conversation_id),
        page(client, agent, "verdicts"),
        page(client, agent, "disagreements"),
        key.get(f"{ROOT}/verdicts/").content.decode(),
    ):
        assert "bens own words" not in shown
        assert "it says so" not in shown
    assert "You are reading the same conversation" in page(client, agent, "item", other.pk)
    record_verdict(first, ada, answers(first), at=timezone.now())
    assert "bens own words" in page(client, agent, "item", other.pk)
    assert "bens own words" in key.get(f"{ROOT}/verdicts/").content.decode()


def test_rest_does_not_name_the_stratum_of_a_blind_item(agent: Agent, ada: User) -> None:
    make_today(agent)
    key = make_client(make_key(agent.workspace, by=ada))
    claimed = [key.post(f"{ROOT}/queue/next/", {}, "application/json").json() for _ in range(2)]
    assert [one["stratum"] for one in claimed] == ["flagged", ""]
    assert [bool(one["review"]) for one in claimed] == [True, False]
    item = QueueItem.objects.get(pk=claimed[1]["id"])
    record_verdict(item, ada, answers(item), at=timezone.now())
    listed = {row["id"]: row for row in key.get(f"{ROOT}/queue/").json()["data"]}
    assert listed[item.pk]["stratum"].startswith("grade-")
