"""The desk and the pages about reviews, as a browser without scripts gets them."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Member, Role, User
from context.models import Agent
from conversations.models import Conversation, Message
from reviews.models import Draft, Flag, Queue, QueueItem, Review, Verdict
from reviews.queue.sampling import build_queue
from testing.models import Case
from tests.make import make_agent, make_workspace
from tests.reviews.material import answers, make_reviewer, make_reviews

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent() -> Agent:
    return make_agent(queue_capacity=5)


@pytest.fixture
def ada(agent: Agent) -> User:
    return make_reviewer(agent, "ada")


@pytest.fixture
def client(ada: User) -> Client:
    found = Client()
    found.force_login(ada)
    return found


def url(agent: Agent, name: str, *args: Any) -> str:
    return reverse(f"reviews:{name}", args=[agent.workspace.slug, agent.slug, *args])


def make_today(agent: Agent, grades: list[int]) -> Queue:
    today = agent.local_date(timezone.now())
    make_reviews(agent, grades, today - timedelta(days=1))
    return build_queue(agent, today, timezone.now())


def fields(item: QueueItem, verdict: str = "pass", **others: str) -> dict[str, str]:
    given = answers(item, verdict, **others)
    return {f"verdict-{key}": one["verdict"] for key, one in given.items()}


def held(ada: User) -> QueueItem:
    return QueueItem.objects.get(claimed_by=ada, state=QueueItem.State.CLAIMED)


def test_the_desk_claims_the_next_item_and_keeps_it(
    agent: Agent, ada: User, client: Client
) -> None:
    make_today(agent, [5] * 5)
    page = client.get(url(agent, "desk")).content.decode()
    item = held(ada)
    assert item.position == 0
    assert "Random check, all of its kind" in page
    assert "0 of 5" in page
    client.get(url(agent, "desk"))
    assert held(ada) == item


def test_a_plain_form_gives_a_verdict_and_the_next_item(
    agent: Agent, ada: User, client: Client
) -> None:
    make_today(agent, [5] * 3)
    client.get(url(agent, "desk"))
    first = held(ada)
    posted = fields(first, policy="fail") | {"root_cause": "privacy", "note": "told an\0 address"}
    response = client.post(url(agent, "submit", first.pk), posted)
    assert response.headers["Location"] == url(agent, "desk")
    verdict = Verdict.objects.get()
    assert (verdict.passed, verdict.root_cause, verdict.note) == (
        False, "privacy", "told an address",
    )  # fmt: skip
    page = client.get(url(agent, "desk")).content.decode()
    assert held(ada) != first
    assert "you and the judge differ on Policy, safety, privacy" in page
    assert "1 of 3" in page


def test_a_form_makes_a_case_and_a_proposal(agent: Agent, ada: User, client: Client) -> None:
    make_today(agent, [2])
    client.get(url(agent, "desk"))
    item = held(ada)
    posted = fields(item) | {
        "make_case": "1",
        "case_question": "How do I return it?",
        "case_expected_action": "answer",
        "case_expected_facts": "30 days\r\n\r\nfree of charge",
        "make_proposal": "1",
        "proposal_title": "Returns",
        "proposal_body": "Returns take 30 days.",
        "proposal_kind": "document",
    }
    client.post(url(agent, "submit", item.pk), posted)
    case = Case.objects.get()
    assert case.expected_facts == ["30 days", "free of charge"]
    assert case.status == Case.Status.DRAFT
    assert Verdict.objects.get().proposal is not None


def test_a_managers_case_joins_the_suite_at_once(agent: Agent) -> None:
    boss = make_reviewer(agent, "boss", Role.MANAGER)
    client = Client()
    client.force_login(boss)
    make_today(agent, [2])
    client.get(url(agent, "desk"))
    item = held(boss)
    case = {"make_case": "1", "case_question": "How?", "case_expected_facts": "30 days"}
    client.post(url(agent, "submit", item.pk), fields(item) | case)
    assert Case.objects.get().status == Case.Status.APPROVED


def test_what_does_not_fit_comes_back_as_it_was_typed(
    agent: Agent, ada: User, client: Client
) -> None:
    make_today(agent, [5])
    client.get(url(agent, "desk"))
    item = held(ada)
    posted = fields(item) | {"note": "half <done>", "make_proposal": "1", "proposal_title": "x"}
    del posted["verdict-tone"]
    page = client.post(url(agent, "submit", item.pk), posted, follow=True).content.decode()
    assert "Not recorded yet. proposal body" in page
    assert "half &lt;done&gt;" in page
    assert not Verdict.objects.exists()
    assert held(ada) == item
    del posted["make_proposal"]
    page = client.post(url(agent, "submit", item.pk), posted, follow=True).content.decode()
    assert "answers.tone" in page


def test_a_draft_is_saved_while_typing_and_only_by_the_holder(
    agent: Agent, ada: User, client: Client
) -> None:
    make_today(agent, [5])
    client.get(url(agent, "desk"))
    item = held(ada)
    before = item.lease_until
    draft = {"verdict-tone": "fail", "note": "so far", "csrfmiddlewaretoken": "x"}
    answer = client.post(url(agent, "draft", item.pk), draft)
    assert answer.json() == {"state": "saved", "version": 1}
    assert Draft.objects.get().data == {"verdict-tone": "fail", "note": "so far"}
    item.refresh_from_db()
    assert item.lease_until and before
    assert item.lease_until > before
    assert 'value="fail" checked' in client.get(url(agent, "desk")).content.decode()
    QueueItem.objects.update(claimed_by=make_reviewer(agent, "ben"))
    answer = client.post(url(agent, "draft", item.pk), {"note": "lost"})
    assert (answer.status_code, answer.json()["state"]) == (409, "lost")
    assert Draft.objects.get().data["note"] == "so far"


def test_the_judge_is_hidden_until_a_blind_item_is_decided(
    agent: Agent, ada: User, client: Client
) -> None:
    make_today(agent, [5, 1])
    page = client.get(url(agent, "desk")).content.decode()
    item = held(ada)
    panel = url(agent, "panel", item.conversation_id)
    assert "Judge:" not in page
    assert "<mark" not in page
    assert "hidden until you have decided" in page
    assert "hidden until you have decided" in client.get(panel).content.decode()
    client.post(url(agent, "submit", item.pk), fields(item))
    page = client.get(url(agent, "item", item.pk)).content.decode()
    assert "<mark" in page
    assert "it says so" in page
    assert "within 30 days" in client.get(panel).content.decode()


def test_a_flagged_item_shows_the_judge_with_its_quotes_marked(
    agent: Agent, ada: User, client: Client
) -> None:
    today = agent.local_date(timezone.now())
    reviews = make_reviews(agent, [1], today - timedelta(days=1))
    Flag.objects.create(
        conversation=reviews[0].conversation,
        kind=Flag.Kind.CRITICAL,
        detail="Facts correct and grounded",
        created_at=timezone.now() - timedelta(minutes=1),
    )
    build_queue(agent, today, timezone.now())
    page = client.get(url(agent, "desk")).content.decode()
    assert "Here because a critical criterion failed: Facts correct and grounded" in page
    assert '<mark class="fail">within 30 days</mark>' in page
    assert "As the judge" in page
    assert held(ada).conversation == reviews[0].conversation


def test_what_people_write_is_shown_as_text(agent: Agent, ada: User, client: Client) -> None:
    make_today(agent, [5])
    Message.objects.filter(author="customer").update(text="<script>alert(1)</script>")
    page = client.get(url(agent, "desk")).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_skip_release_and_undo(agent: Agent, ada: User, client: Client) -> None:
    make_today(agent, [5] * 20)
    client.get(url(agent, "desk"))
    first = held(ada)
    client.post(url(agent, "skip", first.pk), {"reason": ""})
    assert held(ada) == first
    client.post(url(agent, "skip", first.pk), {"reason": "in Finnish"})
    client.get(url(agent, "desk"))
    second = held(ada)
    assert second.position == first.position
    client.post(url(agent, "release", second.pk))
    assert not QueueItem.objects.filter(state="claimed").exists()
    client.get(url(agent, "desk"))
    client.post(url(agent, "submit", second.pk), fields(second, tone="fail"))
    verdict = Verdict.objects.get()
    page = client.post(url(agent, "undo", verdict.pk), follow=True).content.decode()
    assert held(ada) == second
    assert 'name="verdict-tone" value="fail" checked' in page


def test_the_desk_says_when_the_queue_is_done(agent: Agent, ada: User, client: Client) -> None:
    queue = make_today(agent, [5, 1])
    for grounded in ("pass", "fail"):
        client.get(url(agent, "desk"))
        item = held(ada)
        client.post(url(agent, "submit", item.pk), fields(item, grounded=grounded))
    page = client.get(url(agent, "desk")).content.decode()
    assert "Queue done" in page
    assert "2 of 2 reviewed" in page
    assert "2 of 20 sampled verdicts, 1 failed" in page
    assert queue.counts()["done"] == 2


def test_without_a_queue_a_manager_may_have_it_drawn(agent: Agent, client: Client) -> None:
    page = client.get(url(agent, "desk")).content.decode()
    assert "No queue yet" in page
    assert "Draw today" not in page
    assert client.post(url(agent, "build")).status_code == 403
    boss = Client()
    boss.force_login(make_reviewer(agent, "boss", Role.MANAGER))
    assert "Draw today" in boss.get(url(agent, "desk")).content.decode()
    page = boss.post(url(agent, "build"), follow=True).content.decode()
    assert "Nothing to review" in page


def test_older_queues_that_are_still_open_can_be_worked(
    agent: Agent, ada: User, client: Client
) -> None:
    today = agent.local_date(timezone.now())
    make_reviews(agent, [5], today - timedelta(days=2))
    older = build_queue(agent, today - timedelta(days=1), timezone.now())
    build_queue(agent, today, timezone.now())
    page = client.get(url(agent, "desk")).content.decode()
    assert f"?date={older.date.isoformat()}" in page
    client.get(url(agent, "desk"), {"date": older.date.isoformat()})
    item = held(ada)
    assert item.queue == older
    response = client.post(
        url(agent, "submit", item.pk), fields(item) | {"date": older.date.isoformat()}
    )
    assert response.headers["Location"].endswith(f"?date={older.date.isoformat()}")
    assert client.get(url(agent, "desk"), {"date": "tomorrow"}).status_code == 404


def test_an_item_another_person_holds_can_be_looked_at_only(
    agent: Agent, ada: User, client: Client
) -> None:
    queue = make_today(agent, [5])
    item = queue.items.get()
    ben = Client()
    ben.force_login(make_reviewer(agent, "ben"))
    ben.get(url(agent, "desk"))
    page = client.get(url(agent, "item", item.pk)).content.decode()
    assert "ben is reviewing it" in page
    assert "Judge" not in page
    response = client.post(url(agent, "submit", item.pk), fields(item), follow=True)
    assert "no longer yours" in response.content.decode()


def test_no_link_leads_a_viewer_to_the_desk(agent: Agent, client: Client, ada: User) -> None:
    item = make_today(agent, [5]).items.get()
    client.get(url(agent, "desk"))
    client.post(url(agent, "submit", item.pk), fields(item))
    viewer = Client()
    viewer.force_login(make_reviewer(agent, "vera", Role.VIEWER))
    for name in ("index", "verdicts"):
        ours = client.get(url(agent, name)).content.decode().split("<main", 1)[1]
        theirs = viewer.get(url(agent, name)).content.decode().split("<main", 1)[1]
        for address in (url(agent, "desk"), url(agent, "item", item.pk)):
            assert f'"{address}"' not in theirs, name
        assert url(agent, "desk") in ours, name
    assert f"/conversations/{item.conversation_id}/" in theirs
    today = viewer.get(reverse("shell:today", args=[agent.workspace.slug, agent.slug]))
    assert f'"{url(agent, "desk")}"' not in today.content.decode()
    assert f'"{url(agent, "index")}"' in today.content.decode().split("<main", 1)[0]


def test_the_desk_is_for_reviewers_and_for_their_own_workspace(agent: Agent) -> None:
    make_today(agent, [5])
    viewer, stranger = Client(), Client()
    viewer.force_login(make_reviewer(agent, "vera", Role.VIEWER))
    stranger.force_login(make_reviewer(make_agent(make_workspace("other"), "spy"), "sam"))
    assert viewer.get(url(agent, "desk")).status_code == 403
    assert viewer.get(url(agent, "index")).status_code == 200
    item = QueueItem.objects.get()
    for name, args in (
        ("desk", ()), ("index", ()), ("verdicts", ()), ("agreement", ()), ("item", (item.pk,)),
        ("panel", (item.conversation_id,)), ("night", ()),
    ):  # fmt: skip
        assert stranger.get(url(agent, name, *args)).status_code == 404, name


def test_another_agents_item_is_not_there(agent: Agent, client: Client) -> None:
    other = make_today(make_agent(make_workspace("other"), "spy"), [5])
    item = other.items.get()
    assert client.get(url(agent, "item", item.pk)).status_code == 404
    assert client.post(url(agent, "submit", item.pk), fields(item)).status_code == 404
    assert client.get(url(agent, "panel", item.conversation_id)).status_code == 404


def test_the_index_shows_the_night_with_its_errors_and_a_way_to_go_on(agent: Agent) -> None:
    boss = Client()
    boss.force_login(make_reviewer(agent, "boss", Role.MANAGER))
    yesterday = agent.local_date(timezone.now()) - timedelta(days=1)
    reviews = make_reviews(agent, [5, 5, 1, 4], yesterday)
    Review.objects.filter(pk=reviews[0].pk).update(
        state="failed", error="HTTP 400: <too long>", passed=None, score=None, grade=None
    )
    Review.objects.filter(pk=reviews[1].pk).update(
        state="skipped", error="the cap of $20.00", passed=None, score=None, grade=None
    )
    page = boss.get(url(agent, "index")).content.decode()
    assert "2 unscored" in page
    assert "HTTP 400: &lt;too long&gt;" in page
    assert "the cap of $20.00" in page
    assert "1 passed, 1 failed a critical criterion" in page
    assert "Not enough verdicts yet" in page
    assert "Review what is left" in page
    boss.post(url(agent, "start"), {"day": yesterday.isoformat(), "cap": "1.00"})
    assert set(Review.objects.values_list("state", "attempts")) == {("done", 0), ("pending", 0)}
    page = boss.get(url(agent, "index")).content.decode()
    assert "running" in page
    assert 'hx-trigger="every 2s"' in page


@pytest.mark.parametrize(
    ("show", "count"), [("all", 4), ("passed", 1), ("failed", 2), ("unscored", 1), ("flagged", 1)]
)
def test_reviews_can_be_filtered(agent: Agent, client: Client, show: str, count: int) -> None:
    reviews = make_reviews(agent, [5, 1, 2, 4])
    Review.objects.filter(pk=reviews[0].pk).update(state="failed", passed=None)
    Flag.objects.create(
        conversation=reviews[1].conversation, kind="legal", created_at=timezone.now()
    )
    response = client.get(url(agent, "index"), {"show": show})
    assert len(response.context["reviews"]) == count


def test_lists_cost_the_same_however_long_they_are(
    agent: Agent, client: Client, django_assert_max_num_queries: Any
) -> None:
    make_reviews(agent, [5] * 80)
    with django_assert_max_num_queries(32):
        page = client.get(url(agent, "index")).content.decode()
    assert page.count("data-href") == 50
    assert "cursor=" in page


def test_verdicts_and_agreement_are_shown(agent: Agent, ada: User, client: Client) -> None:
    assert "No verdicts yet" in client.get(url(agent, "verdicts")).content.decode()
    assert "Nothing to compare yet" in client.get(url(agent, "agreement")).content.decode()
    make_today(agent, [5, 1])
    for _ in range(2):
        client.get(url(agent, "desk"))
        item = held(ada)
        client.post(url(agent, "submit", item.pk), fields(item))
    page = client.get(url(agent, "verdicts")).content.decode()
    assert page.count("ada</td>") == 2
    assert "differs" in page
    page = client.get(url(agent, "agreement")).content.decode()
    assert "Facts correct and grounded" in page
    assert "insufficient data" in page


def test_the_panel_of_an_unreviewed_conversation_says_so(agent: Agent, client: Client) -> None:
    conversation = Conversation.objects.create(
        agent=agent, source="test", external_id="x", opened_at=timezone.now(),
        opened_on=timezone.now().date(), last_message_at=timezone.now(), digest="",
    )  # fmt: skip
    page = client.get(url(agent, "panel", conversation.pk)).content.decode()
    assert "has not reviewed this conversation" in page


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "2026-02-30", "\x00", "9" * 40])
def test_a_day_that_cannot_be_is_not_found(agent: Agent, client: Client, day: str) -> None:
    Member.objects.update(role=Role.MANAGER)
    asked = {
        "desk": "date",
        "index": "day",
        "night": "day",
        "price": "day",
        "calls": "to",
        "agreement": "day",
        "disagreements": "day",
        "quality": "day",
        "quality_data": "to",
    }
    for name, parameter in asked.items():
        assert client.get(url(agent, name), {parameter: day}).status_code == 404, name
