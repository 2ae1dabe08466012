"""The judge's call log: kept as it was, found by words, forgotten in time."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from context.models import Agent
from llm.calls import UnparsableAnswer, Usage
from reviews.judging.calls import calls_of, forget_old_calls
from reviews.judging.judge import Judge, loaded, work_reviews
from reviews.judging.planning import start_run
from reviews.models import JudgeCall, PromptText, QueueItem, Review
from reviews.queue.sampling import build_queue
from tests.make import NOW, make_agent, make_workspace
from tests.reviews.material import (
    DAY,
    QUEUE_DAY,
    make_answered_agent,
    make_conversation,
    make_reviewer,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent() -> Agent:
    found = make_answered_agent()
    make_conversation(found, "c-1", ("customer", "Where is my purple tent?"), ("ai", "On its way."))
    make_conversation(found, "c-2")
    start_run(found, DAY, NOW)
    work_reviews(found, timezone.now)
    return found


@pytest.fixture
def boss(agent: Agent) -> Client:
    client = Client()
    client.force_login(make_reviewer(agent, "boss", Role.MANAGER))
    return client


def url(agent: Agent, name: str, *args: Any) -> str:
    return reverse(f"reviews:{name}", args=[agent.workspace.slug, agent.slug, *args])


def found(agent: Agent, words: str) -> list[str]:
    today = agent.local_date(timezone.now())
    rows = calls_of(agent, today, today, words=words)
    return sorted(rows.values_list("review__conversation__external_id", flat=True))


def test_a_call_is_kept_with_its_prompt_answer_and_what_it_took(agent: Agent) -> None:
    call = JudgeCall.objects.get(review__conversation__external_id="c-1")
    assert "You review how an AI agent" in call.rubric.text
    assert "<documents>" in call.given.text
    assert "purple tent" in call.material
    assert call.answer.startswith("{")
    assert (call.model, call.attempts, call.error) == ("local-1", 1, "")
    assert call.input_tokens > 0
    assert call.input_tokens == call.review.input_tokens


def test_what_calls_share_is_kept_once(agent: Agent) -> None:
    assert JudgeCall.objects.count() == 2
    assert PromptText.objects.count() == 2


def test_calls_are_found_by_words_of_prompt_and_answer_and_by_id(agent: Agent) -> None:
    assert found(agent, "PURPLE tent") == ["c-1"]
    assert found(agent, "c-2") == ["c-2"]
    assert found(agent, '"grade"') == ["c-1", "c-2"]
    assert found(agent, "nowhere") == []
    today = agent.local_date(timezone.now())
    assert not calls_of(agent, today - timedelta(days=9), today - timedelta(days=1)).exists()


def test_every_try_is_a_call_of_its_own(agent: Agent) -> None:
    Review.objects.update(state="failed", error="HTTP 400")
    start_run(agent, DAY, NOW)
    work_reviews(agent, timezone.now)
    assert JudgeCall.objects.count() == 4
    assert PromptText.objects.count() == 2


def test_old_calls_are_forgotten_and_their_reviews_stay(
    agent: Agent, settings: LazySettings
) -> None:
    now = timezone.now()
    assert forget_old_calls(agent, now) == 0
    first = JudgeCall.objects.earliest("pk")
    JudgeCall.objects.filter(pk=first.pk).update(answered_at=now - timedelta(days=91))
    assert forget_old_calls(agent, now) == 1
    assert PromptText.objects.count() == 2
    settings.JUDGE_LOG_DAYS = -1
    assert forget_old_calls(agent, now) == 1
    assert (JudgeCall.objects.count(), PromptText.objects.count()) == (0, 0)
    assert Review.objects.count() == 2


def test_deleting_an_agent_takes_its_calls_along(agent: Agent) -> None:
    agent.delete()
    assert not JudgeCall.objects.exists()
    assert not PromptText.objects.exists()


def test_a_manager_finds_and_reads_a_call(
    agent: Agent, boss: Client, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(12):
        page = boss.get(url(agent, "calls"), {"q": "purple"}).content.decode()
    assert "c-1" in page
    assert "c-2" not in page
    call = JudgeCall.objects.get(review__conversation__external_id="c-1")
    page = boss.get(url(agent, "call", call.pk)).content.decode()
    assert "purple tent" in page
    assert "You review how an AI agent" in page
    assert "&quot;grade&quot;" in page


def test_calls_without_a_result_can_be_listed(agent: Agent, boss: Client) -> None:
    call = JudgeCall.objects.earliest("pk")
    JudgeCall.objects.filter(pk=call.pk).update(error="the answer was cut off")
    response = boss.get(url(agent, "calls"), {"show": "failed"})
    assert [row.pk for row in response.context["calls"]] == [call.pk]
    assert "the answer was cut off" in response.content.decode()


def test_a_reviewer_and_a_stranger_see_no_calls(agent: Agent) -> None:
    call = JudgeCall.objects.earliest("pk")
    bob, eve = Client(), Client()
    bob.force_login(make_reviewer(agent, "bob"))
    eve.force_login(make_reviewer(make_agent(make_workspace("other")), "eve", Role.MANAGER))
    for name, args in (("calls", []), ("call", [call.pk])):
        assert bob.get(url(agent, name, *args)).status_code == 403
        assert eve.get(url(agent, name, *args)).status_code == 404


def test_who_judges_a_conversation_blind_does_not_see_its_call(agent: Agent, boss: Client) -> None:
    Review.objects.update(finished_at=NOW)
    build_queue(agent, QUEUE_DAY, NOW)
    call = JudgeCall.objects.earliest("pk")
    item = QueueItem.objects.filter(conversation=call.review.conversation).earliest("pk")
    QueueItem.objects.filter(pk=item.pk).update(
        state="claimed", claimed_by=boss.session["_auth_user_id"], is_blind=True
    )
    assert call.pk not in [row.pk for row in boss.get(url(agent, "calls")).context["calls"]]
    page = boss.get(url(agent, "call", call.pk)).content.decode()
    assert "hidden until you have decided" in page
    assert "&quot;grade&quot;" not in page


def test_a_prompt_that_another_process_sent_is_marked_as_built_again(agent: Agent) -> None:
    assert not JudgeCall.objects.filter(rebuilt=True).exists()
    review = loaded(Review.objects.filter(conversation__external_id="c-1")).get()
    problem = UnparsableAnswer("no JSON", raw="?", usage=Usage(model="m"), cost_usd=Decimal(0))
    Judge(agent, lambda: NOW).finish([(review, problem)])
    assert "purple tent" in JudgeCall.objects.get(rebuilt=True).material
