"""Search in what was reviewed, as its page and as a part of the desk."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role, User
from context.models import Agent
from conversations.models import Message
from reviews.models import Review
from reviews.queue.claims import claim_next
from reviews.queue.sampling import build_queue
from tests.make import make_agent, make_workspace
from tests.reviews.material import make_reviewer, make_reviews

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent() -> Agent:
    return make_agent(queue_capacity=5)


@pytest.fixture
def ada(agent: Agent) -> User:
    return make_reviewer(agent, "ada", Role.VIEWER)


@pytest.fixture
def client(ada: User) -> Client:
    found = Client()
    found.force_login(ada)
    return found


def yesterday(agent: Agent, days: int = 1) -> Any:
    return agent.local_date(timezone.now()) - timedelta(days=days)


def find(client: Client, agent: Agent, query: str, **headers: str) -> str:
    address = reverse("reviews:search", args=[agent.workspace.slug, agent.slug])
    answer = client.get(address, {"q": query}, headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def say(review: Review, text: str) -> None:
    Message.objects.filter(conversation=review.conversation, author="customer").update(text=text)


def test_all_the_words_must_be_there_in_any_order(agent: Agent, client: Client) -> None:
    boots, jacket = make_reviews(agent, [5, 5], yesterday(agent))
    say(boots, "My boots from <Oslo> are\n wet and the Sole is gone")
    page = find(client, agent, "sole BOOTS")
    assert boots.conversation.external_id in page
    assert jacket.conversation.external_id not in page
    assert "<mark>boots</mark> from &lt;Oslo&gt; are wet and the <mark>Sole</mark>" in page
    assert "Nothing found" in find(client, agent, "boots trousers")


def test_a_word_may_be_in_the_id_or_in_the_question(agent: Agent, client: Client) -> None:
    first, second = make_reviews(agent, [5, 5], yesterday(agent))
    Review.objects.filter(pk=second.pk).update(question="Is the zipper covered?")
    assert second.conversation.external_id in find(client, agent, "zipper")
    assert first.conversation.external_id in find(client, agent, first.conversation.external_id)


def test_only_what_was_reviewed_in_the_last_90_days_is_found(agent: Agent, client: Client) -> None:
    (old,) = make_reviews(agent, [5], yesterday(agent, 100))
    (unscored,) = make_reviews(agent, [5], yesterday(agent, 2))
    Review.objects.filter(pk=unscored.pk).update(state="failed")
    page = find(client, agent, "jacket")
    assert old.conversation.external_id not in page
    assert unscored.conversation.external_id not in page


def test_the_judges_question_of_a_blind_conversation_is_not_searched(agent: Agent) -> None:
    rita = make_reviewer(agent, "rita")
    client = Client()
    client.force_login(rita)
    (review,) = make_reviews(agent, [5], yesterday(agent))
    Review.objects.update(question="Is the zipper covered?")
    build_queue(agent, agent.local_date(timezone.now()), timezone.now())
    assert review.conversation.external_id in find(client, agent, "zipper")
    assert claim_next(agent, rita, timezone.now()) is not None
    assert review.conversation.external_id not in find(client, agent, "zipper")
    assert review.conversation.external_id in find(client, agent, "jacket")


def test_another_agents_conversations_are_not_found(agent: Agent, client: Client) -> None:
    other = make_agent(make_workspace("other"))
    (review,) = make_reviews(other, [5], yesterday(other))
    say(review, "the secret word")
    assert "Nothing found" in find(client, agent, "secret")


def test_the_desk_gets_the_list_without_the_page(agent: Agent, client: Client) -> None:
    make_reviews(agent, [5], yesterday(agent))
    part = find(client, agent, "jacket", hx_request="true")
    assert "<mark>jacket</mark>" in part
    assert "<html" not in part
    assert "What are you looking for" in find(client, agent, "j")
    assert find(client, agent, "\0 % _").count("Nothing found") == 1


def test_many_are_paged_with_few_queries(
    agent: Agent, client: Client, django_assert_max_num_queries: Any
) -> None:
    make_reviews(agent, [5] * 60, yesterday(agent))
    with django_assert_max_num_queries(24):
        page = find(client, agent, "return jacket")
    assert page.count("<mark>jacket</mark>") == 50
    assert 'rel="next"' in page
