"""The pages and REST calls of disputes, and what a second reader must not see."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role, User
from context.models import Agent
from reviews.disputes.opening import open_dispute, read_again
from reviews.models import Dispute, Opinion, Verdict
from tests.make import make_agent, make_client, make_key, make_workspace
from tests.reviews.material import answers, make_queue, make_reviewer, make_verdict

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent() -> Agent:
    return make_agent()


@pytest.fixture
def ada(agent: Agent) -> User:
    return make_reviewer(agent, "ada")


@pytest.fixture
def ben(agent: Agent) -> User:
    return make_reviewer(agent, "ben")


@pytest.fixture
def boss(agent: Agent) -> User:
    return make_reviewer(agent, "boss", Role.MANAGER)


@pytest.fixture
def verdict(agent: Agent, ada: User, ben: User, boss: User) -> Verdict:
    make_queue(agent, [5] * 3)
    return make_verdict(agent, ada)


def of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def url(agent: Agent, name: str, *args: Any) -> str:
    return reverse(f"reviews:{name}", args=[agent.workspace.slug, agent.slug, *args])


def text(client: Client, address: str) -> str:
    response = client.get(address, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def fields(verdict: Verdict, **others: str) -> dict[str, str]:
    assert verdict.item is not None
    given = answers(verdict.item, **others)
    return {f"verdict-{key}": one["verdict"] for key, one in given.items()}


def test_a_dispute_goes_from_doubt_to_decision_over_plain_forms(
    agent: Agent, verdict: Verdict, ada: User, ben: User, boss: User
) -> None:
    item_page = url(agent, "item", verdict.item_id)
    assert "Dispute this verdict" in text(of(ada), item_page)
    of(ada).post(url(agent, "doubt", verdict.pk), {"reason": "I overlooked <an address>."})
    dispute = Dispute.objects.get()
    assert "waits for a second opinion" in text(of(ada), item_page)
    assert "anyone who has not judged it" in text(of(boss), url(agent, "dispute", dispute.pk))
    begun = of(ben).post(url(agent, "read-again", dispute.pk))
    opinion = Opinion.objects.get()
    assert begun.headers["Location"] == url(agent, "opinion", opinion.pk)
    page = text(of(ben), url(agent, "opinion", opinion.pk))
    assert "within 30 days" in page
    assert "it says so" not in page
    given = fields(verdict, policy="fail") | {"note": "there it is"}
    of(ben).post(url(agent, "submit-opinion", opinion.pk), given)
    page = text(of(boss), url(agent, "dispute", dispute.pk))
    assert "I overlooked &lt;an address&gt;." in page
    assert "there it is" in page
    decision = {"outcome": "second", "reason": "It is an address."}
    of(boss).post(url(agent, "decide", dispute.pk), decision)
    assert [one.passed for one in Verdict.objects.filter(withdrawn_at=None)] == [False]
    page = text(of(ada), url(agent, "panel", verdict.conversation_id))
    steps = ("Doubted by ada", "Second opinion of ben", "decided by boss")
    places = [page.index(step) for step in steps]
    assert places == sorted(places)
    assert "overturned" in text(of(ada), url(agent, "verdicts"))


def test_a_second_reader_sees_no_verdict_no_doubt_and_no_judge(
    agent: Agent, verdict: Verdict, ada: User, ben: User
) -> None:
    Verdict.objects.filter(pk=verdict.pk).update(note="seen by ada")
    dispute = open_dispute(verdict, ada, "the policy part", timezone.now())
    client = of(ben)
    before = text(client, url(agent, "dispute", dispute.pk))
    assert "the policy part" not in before
    assert "seen by ada" not in before
    read_again(dispute, ben, timezone.now())
    for name, key in (
        ("dispute", dispute.pk),
        ("panel", verdict.conversation_id),
        ("item", verdict.item_id),
        ("opinion", Opinion.objects.get().pk),
    ):
        page = text(client, url(agent, name, key))
        assert "the policy part" not in page
        assert "seen by ada" not in page
        assert "it says so" not in page
    assert verdict.conversation.external_id not in text(client, url(agent, "verdicts"))
    assert "the policy part" in text(of(ada), url(agent, "dispute", dispute.pk))


def test_a_draft_of_a_second_opinion_is_kept_and_what_does_not_fit_comes_back(
    agent: Agent, verdict: Verdict, ada: User, ben: User
) -> None:
    opinion = read_again(open_dispute(verdict, ada, "doubt", timezone.now()), ben, timezone.now())
    client, page = of(ben), url(agent, "opinion", opinion.pk)
    saved = client.post(url(agent, "opinion-draft", opinion.pk), {"note": "half <done>"})
    assert saved.json() == {"state": "saved"}
    assert "half &lt;done&gt;" in text(client, page)
    given = fields(verdict) | {"note": "nearly"}
    del given["verdict-tone"]
    response = client.post(url(agent, "submit-opinion", opinion.pk), given, follow=True)
    assert "answers.tone" in response.content.decode()
    assert "nearly" in response.content.decode()
    assert of(ada).get(page).status_code == 404


def test_who_may_do_what(agent: Agent, verdict: Verdict, ada: User, ben: User, boss: User) -> None:
    viewer = of(make_reviewer(agent, "vic", Role.VIEWER))
    assert viewer.post(url(agent, "doubt", verdict.pk), {"reason": "no"}).status_code == 403
    dispute = open_dispute(verdict, ada, "doubt", timezone.now())
    assert viewer.get(url(agent, "disputes")).status_code == 200
    for name in ("read-again", "ask", "leave", "drop"):
        assert viewer.post(url(agent, name, dispute.pk)).status_code == 403
    assert of(ben).post(url(agent, "decide", dispute.pk)).status_code == 403
    other = make_agent(make_workspace("other"))
    stranger = of(make_reviewer(other, "eve", Role.MANAGER))
    for name in ("read-again", "ask", "leave", "drop", "decide"):
        assert stranger.post(url(other, name, dispute.pk)).status_code == 404
    assert stranger.get(url(other, "dispute", dispute.pk)).status_code == 404
    assert stranger.post(url(other, "doubt", verdict.pk), {"reason": "x"}).status_code == 404


def test_the_list_filters_and_counts(agent: Agent, verdict: Verdict, ada: User, ben: User) -> None:
    assert "No disputes here" in text(of(ada), url(agent, "disputes"))
    open_dispute(verdict, ada, "doubt", timezone.now())
    name = verdict.conversation.external_id
    assert name in text(of(ben), url(agent, "disputes"))
    assert name in text(of(ada), url(agent, "disputes") + "?show=mine")
    assert name not in text(of(ben), url(agent, "disputes") + "?show=mine")
    assert name not in text(of(ada), url(agent, "disputes") + "?show=closed")
    page = text(of(ada), url(agent, "verdicts"))
    assert 'Disputes <span class="count">1</span>' in page


def test_the_list_costs_a_fixed_number_of_queries(
    agent: Agent, ada: User, ben: User, django_assert_num_queries: Any
) -> None:
    make_queue(agent, [5] * 8)
    client, address = of(ben), url(agent, "disputes")
    for _ in range(2):
        open_dispute(make_verdict(agent, ada), ada, "doubt", timezone.now())
    with django_assert_num_queries(9):
        client.get(address)
    for _ in range(5):
        open_dispute(make_verdict(agent, ada), ada, "doubt", timezone.now())
    with django_assert_num_queries(9):
        client.get(address)


def test_disputes_over_rest(agent: Agent, verdict: Verdict, ada: User, ben: User) -> None:
    api = f"/api/v1/agents/{agent.slug}"
    client = make_client(make_key(agent.workspace, by=ada))
    body = {"reason": "too fast", "second_reader": "ben"}
    made = client.post(f"{api}/verdicts/{verdict.pk}/dispute/", body, "application/json")
    assert made.status_code == 201
    assert (made.json()["status"], made.json()["second_reader"]) == ("open", "ben")
    again = client.post(f"{api}/verdicts/{verdict.pk}/dispute/", body, "application/json")
    assert (again.status_code, again.json()["code"]) == (409, "dispute_refused")
    empty = client.post(f"{api}/verdicts/{verdict.pk}/dispute/", {}, "application/json")
    assert empty.status_code == 422
    listed = client.get(f"{api}/disputes/?status=open").json()["data"]
    assert [one["id"] for one in listed] == [made.json()["id"]]
    assert client.get(f"{api}/disputes/?status=decided").json()["data"] == []
    assert client.get(f"{api}/disputes/{made.json()['id']}/").json() == listed[0]
    stranger = make_client(make_key(make_agent(make_workspace("other")).workspace))
    assert stranger.get(f"{api}/disputes/{made.json()['id']}/").status_code == 404
