"""Today: what is due, in which order, and how the night went."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from agentops.due import due_now, what_is_left
from agentops.today import last_night, live_release, open_flags, today_of
from context.models import Agent, Check, Figure, Impact, JudgeStanding, Proposal, Release, Webhook
from conversations.models import Conversation
from llm.models import Spend
from llm.states import WorkState
from reviews.judging.planning import new_run, newest_run
from reviews.models import Flag, JudgeVersion, Queue, QueueItem, Review, Stratum, Verdict
from reviews.scorecards import active_scorecard
from tests.make import NOW, make_agent, make_live_release, make_member

pytestmark = pytest.mark.django_db
TODAY = NOW.date()


@pytest.fixture
def agent() -> Agent:
    """An agent with an admin called ada."""
    found = make_agent()
    make_member(found.workspace)
    return found


def make_row(agent: Agent, number: int = 1) -> Conversation:
    """A stored conversation of yesterday."""
    opened = NOW - timedelta(days=1)
    return Conversation.objects.create(
        agent=agent,
        source="test",
        external_id=f"c-{number}",
        opened_at=opened,
        opened_on=opened.date(),
        last_message_at=opened,
    )


def make_review(conversation: Conversation, day: date, **fields: object) -> Review:
    """A row of the judge's work."""
    agent = conversation.agent
    judge, _ = JudgeVersion.objects.get_or_create(
        agent=agent, model="m", prompt_hash="0" * 64, defaults={"number": 1, "created_at": NOW}
    )
    return Review.objects.create(
        conversation=conversation,
        scorecard=active_scorecard(agent, NOW),
        judge=judge,
        run=newest_run(agent, day) or new_run(agent, day, NOW),
        day=day,
        created_at=NOW,
        **fields,
    )


def make_queue(agent: Agent, states: list[str], stratum: str = "grade-3") -> Queue:
    """Today's queue with one item for each of the states."""
    queue = Queue.objects.create(
        agent=agent, date=TODAY, capacity=30, seed="s", population=50, created_at=NOW
    )
    found = Stratum.objects.create(queue=queue, name=stratum, size=50, drawn=len(states))
    for number, state in enumerate(states):
        conversation = make_row(agent, 100 + number)
        QueueItem.objects.create(
            queue=queue,
            stratum=found,
            conversation=conversation,
            review=make_review(conversation, TODAY, state=WorkState.DONE, passed=True),
            position=number,
            reason="random check",
            inclusion_probability=0.1,
            state=state,
        )
    return queue


def make_flag(conversation: Conversation, urgent: bool = True, days_ago: int = 0) -> Flag:
    """A flag of legal words."""
    return Flag.objects.create(
        conversation=conversation,
        kind=Flag.Kind.LEGAL,
        urgent=urgent,
        created_at=NOW - timedelta(days=days_ago),
    )


def test_a_new_agent_has_nothing_due_and_is_told_what_comes(agent: Agent) -> None:
    page = today_of(agent, NOW)
    assert due_now(agent, page) == []
    assert (page.queue, page.night, page.live, page.yesterday) == (None, None, None, None)
    client = Client()
    client.login(username="ada", password="correct horse battery")
    shown = client.get(reverse("shell:today", args=[agent.workspace.slug, agent.slug]))
    assert "Nothing is waiting" in shown.content.decode()


def test_a_webhook_that_was_disabled_is_asked_for_by_its_host_alone(agent: Agent) -> None:
    fields = {"events": "release.published", "created_at": NOW}
    agent.webhooks.create(url="https://good.example/in", **fields)
    found = agent.webhooks.create(
        url="https://user:pass@bad.example/in/secret-part",
        status=Webhook.Status.DISABLED,
        status_reason="nothing was accepted for a day",
        **fields,
    )
    [due] = due_now(agent, today_of(agent, NOW))
    assert due.text == "The webhook to bad.example was disabled"
    assert due.detail.startswith("nothing was accepted for a day; it is told nothing until")
    assert due.url.endswith(f"/settings/webhooks/{found.pk}/")


def test_what_cannot_wait_stands_first(agent: Agent) -> None:
    make_queue(agent, ["open", "open"])
    make_flag(make_row(agent))
    make_review(make_row(agent, 2), TODAY, state=WorkState.FAILED)
    Proposal.objects.create(
        agent=agent, source="person", title="t", body="b", fingerprint="f", created_at=NOW
    )
    due = due_now(agent, today_of(agent, NOW))
    assert [item.text for item in due] == [
        "1 urgent flag",
        "2 conversations to review",
        "1 automated review failed",
        "1 proposal to decide",
    ]
    assert [item.urgent for item in due] == [True, False, False, False]


@pytest.mark.parametrize(
    ("state", "text", "place"),
    [
        ("suspended", "The judge is suspended", 0),
        ("unmeasured", "The judge has not been measured yet", 1),
        ("trusted", "", None),
    ],
)
def test_a_suspended_judge_stands_before_what_can_wait(
    agent: Agent, state: str, text: str, place: int | None
) -> None:
    make_queue(agent, ["open"])
    JudgeStanding.objects.create(
        agent=agent,
        judge=1,
        model="m",
        state=state,
        since=NOW,
        reason="40 of 100 labels are there",
        labels=40,
        least_labels=100,
        least_sensitivity=0.6,
        least_specificity=0.8,
        measured_at=NOW,
    )
    due = due_now(agent, today_of(agent, NOW))
    assert [item.text for item in due].index("1 conversation to review") == (place == 0)
    found = [number for number, item in enumerate(due) if item.text == text]
    assert found == ([] if place is None else [place])
    if place is not None:
        assert "40 of 100 labels are there" in due[place].detail


def test_skipped_items_are_not_part_of_the_days_work(agent: Agent) -> None:
    make_queue(agent, ["done", "skipped", "open", "claimed"])
    queue = today_of(agent, NOW).queue
    assert queue is not None
    assert (queue.done, queue.skipped, queue.total, queue.left) == (1, 1, 3, 2)


def test_must_reviews_are_counted_apart(agent: Agent) -> None:
    make_queue(agent, ["open", "open", "done"], stratum=Stratum.FLAGGED)
    queue = today_of(agent, NOW).queue
    assert queue is not None and queue.must_review == 2
    everything = what_is_left(replace(queue, total=queue.done + 2))
    assert everything == "flagged: a person has to look"
    assert what_is_left(replace(queue, total=queue.done + 5)).startswith("2 flagged, the others")
    assert what_is_left(replace(queue, must_review=0)) == "a random check of last night"


def test_a_flag_is_open_until_a_person_has_judged_the_conversation(agent: Agent) -> None:
    conversation = make_row(agent)
    make_flag(conversation)
    assert open_flags(agent, NOW).count() == 1
    verdict = Verdict.objects.create(
        conversation=conversation,
        reviewer=make_member(agent.workspace, "rita"),
        scorecard=active_scorecard(agent, NOW),
        passed=True,
        created_at=NOW,
    )
    assert open_flags(agent, NOW).count() == 0
    verdict.withdrawn_at = NOW
    verdict.save(update_fields=["withdrawn_at"])
    assert open_flags(agent, NOW).count() == 1


def test_old_and_lesser_flags_are_left_to_the_queue(agent: Agent) -> None:
    make_flag(make_row(agent, 1), urgent=False)
    make_flag(make_row(agent, 2), days_ago=8)
    assert open_flags(agent, NOW).count() == 0


def test_a_failed_review_is_neither_passed_nor_done(agent: Agent) -> None:
    yesterday = TODAY - timedelta(days=1)
    make_review(make_row(agent, 1), yesterday, state=WorkState.DONE, passed=True, cost_usd="0.02")
    make_review(make_row(agent, 2), yesterday, state=WorkState.DONE, passed=False, cost_usd="0.03")
    make_review(make_row(agent, 3), yesterday, state=WorkState.FAILED)
    make_review(make_row(agent, 4), yesterday - timedelta(days=1), state=WorkState.DONE)
    night = last_night(agent)
    assert night is not None
    assert (night.day, night.total, night.done) == (yesterday, 3, 2)
    assert (night.passed, night.critical, night.cost) == (1, 1, Decimal("0.05"))
    assert night.states[WorkState.FAILED] == 1


def test_the_live_release_shows_its_newest_impact_on_each_figure(agent: Agent) -> None:
    release = make_live_release(agent, at=NOW - timedelta(days=3))
    for days, verdict in [(2, "cannot_tell_yet"), (1, "improved")]:
        Impact.objects.create(
            release=release,
            figure=Figure.AI_ANSWERED,
            verdict=verdict,
            method="m",
            computed_at=NOW - timedelta(days=days),
        )
    live = live_release(agent, NOW)
    assert live is not None
    assert (live.release, live.days, live.documents) == (release, 3, 1)
    assert [impact.verdict for impact in live.impacts.told] == ["improved"]


def test_a_candidate_shows_which_required_checks_it_lacks(agent: Agent) -> None:
    release = Release.objects.create(
        agent=agent, number=2, status="candidate", prompt="p", content_hash="h", created_at=NOW
    )
    assert due_now(agent, today_of(agent, NOW))[0].text == "Release 2 waits for its tests"
    Check.objects.create(
        release=release, name="regression", status="failed", summary="1 lost.", created_at=NOW
    )
    [due] = due_now(agent, today_of(agent, NOW))
    assert (due.text, due.detail) == ("Release 2 was tested: fails regression", "1 lost.")
    Check.objects.create(
        release=release, name="regression", status="passed", summary="fine", created_at=NOW
    )
    assert due_now(agent, today_of(agent, NOW))[0].text == "Release 2 can go live"


def test_spend_is_that_of_this_agent_today(agent: Agent) -> None:
    Spend.objects.create(scope=agent.budget_scope, day=TODAY, usd=Decimal("1.5"))
    Spend.objects.create(scope=agent.budget_scope, day=TODAY - timedelta(days=1), usd=9)
    Spend.objects.create(scope="agent:0", day=TODAY, usd=9)
    assert today_of(agent, NOW).spent == Decimal("1.5")


def test_another_agents_work_is_not_shown(agent: Agent) -> None:
    other = make_agent(agent.workspace, "other")
    make_queue(other, ["open"])
    make_flag(make_row(other))
    make_review(make_row(other, 2), TODAY, state=WorkState.FAILED)
    assert due_now(agent, today_of(agent, NOW)) == []


def test_the_page_needs_the_same_few_queries_however_much_there_is(
    agent: Agent, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    make_live_release(agent)
    make_queue(agent, ["open"] * 30)
    for number in range(20):
        make_flag(make_row(agent, number))
    with django_assert_max_num_queries(24):
        today_of(agent, NOW)
