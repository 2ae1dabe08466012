"""Goals, and what each reviewer did in a period."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, Member, Role, User
from context.models import Agent
from reviews.desk.verdicts import record_verdict, withdraw
from reviews.disputes.decisions import Decision, decide
from reviews.disputes.opening import open_dispute, read_again
from reviews.models import Dispute, ReviewGoal, Verdict
from reviews.queue.assignment import assign
from reviews.queue.claims import skip_item
from reviews.team.goals import DayGoal, goal_of_today, goals_of, set_goals
from reviews.team.opinions import submit_opinion
from reviews.team.work import TeamRow, team
from tests.make import NOW, make_agent, make_workspace
from tests.reviews.material import (
    QUEUE_DAY,
    answers,
    make_claim,
    make_queue,
    make_reviewer,
    make_reviews,
    make_verdict,
)

pytestmark = pytest.mark.django_db
WEEK = QUEUE_DAY - timedelta(days=6)


@pytest.fixture
def agent() -> Agent:
    return make_agent(queue_capacity=20, double_review_share=0.0)


@pytest.fixture
def ada(agent: Agent) -> User:
    return make_reviewer(agent, "ada")


@pytest.fixture
def ben(agent: Agent) -> User:
    return make_reviewer(agent, "ben")


@pytest.fixture
def boss(agent: Agent) -> User:
    return make_reviewer(agent, "boss", Role.MANAGER)


def row(agent: Agent, user: User, first: date = WEEK) -> TeamRow:
    rows = team(agent, first, QUEUE_DAY, NOW + timedelta(hours=2)).members
    return next(one for one in rows if one.user == user)


def test_without_goals_the_capacity_is_shared_out_evenly(
    agent: Agent, ada: User, ben: User, boss: User
) -> None:
    goals = goals_of(agent, NOW)
    assert (goals.share, goals.of(ada.pk, QUEUE_DAY), goals.of(boss.pk, QUEUE_DAY)) == (10, 10, 0)
    make_queue(agent, [5] * 3)
    make_verdict(agent, boss)
    assert goals_of(agent, NOW).share == 7
    User.objects.filter(pk=ben.pk).update(is_active=False)
    assert goals_of(agent, NOW).share == 10


def test_where_only_managers_review_they_share_the_capacity(agent: Agent, boss: User) -> None:
    assert goals_of(agent, NOW).of(boss.pk, QUEUE_DAY) == 20


def test_a_goal_holds_from_its_day_on_until_the_next(agent: Agent, ada: User, boss: User) -> None:
    tomorrow = NOW + timedelta(days=1)
    assert set_goals(agent, {ada: 12}, by=boss, at=NOW) == [ada]
    assert set_goals(agent, {ada: 12}, by=boss, at=NOW) == []
    set_goals(agent, {ada: None}, by=boss, at=tomorrow)
    goals = goals_of(agent, tomorrow)
    days = [QUEUE_DAY + timedelta(days=number) for number in (-1, 0, 1)]
    assert [goals.of(ada.pk, day) for day in days] == [20, 12, 20]
    set_goals(agent, {ada: 5}, by=boss, at=tomorrow)
    assert ReviewGoal.objects.count() == 2
    details = AuditEntry.objects.order_by("pk").values_list("detail", flat=True)
    assert list(details) == ["12 a day", "the even share", "5 a day"]
    with pytest.raises(ValueError, match="500"):
        set_goals(agent, {ada: 501}, by=boss, at=NOW)


def test_the_goal_of_today_counts_what_stands(agent: Agent, ada: User) -> None:
    make_queue(agent, [5] * 4)
    make_verdict(agent, ada)
    Verdict.objects.update(created_at=NOW - timedelta(days=1))
    make_verdict(agent, ada)
    withdraw(make_verdict(agent, ada), ada, NOW)
    assert goal_of_today(agent, ada, NOW) == DayGoal(1, 20)


def test_a_row_counts_items_skips_time_and_what_was_undone(
    agent: Agent, ada: User, ben: User
) -> None:
    make_queue(agent, [5] * 20)
    for minutes, key in ((1, "tone"), (3, "policy"), (40, "tone")):
        item = make_claim(agent, ada)
        done = NOW + timedelta(minutes=minutes)
        record_verdict(item, ada, answers(item, **{key: "fail"}), at=done)
    withdraw(make_verdict(agent, ada), ada, NOW)
    skip_item(make_claim(agent, ada), ada, "in Finnish", NOW)
    make_verdict(agent, ben)
    worked = row(agent, ada).worked
    assert (worked.decided, worked.passed, worked.undone, worked.skipped) == (3, 2, 1, 1)
    assert (worked.skip_rate, worked.is_biased) == (0.25, True)
    assert (worked.median_minutes, worked.capped) == (3.0, 1)
    assert worked.hours == pytest.approx((1 + 3 + 15) / 60)
    assert (worked.days_due, worked.days_met, worked.goal) == (1, 0, 10)
    total = team(agent, WEEK, QUEUE_DAY, NOW).total
    assert (total.decided, total.skipped, total.passed) == (4, 1, 3)


def test_a_tenth_of_skips_is_not_marked_and_more_is(agent: Agent, ada: User) -> None:
    make_queue(agent, [5] * 40)
    for _ in range(9):
        make_verdict(agent, ada)
    skip_item(make_claim(agent, ada), ada, "in Finnish", NOW)
    assert not row(agent, ada).worked.is_biased
    skip_item(make_claim(agent, ada), ada, "in Finnish", NOW)
    assert row(agent, ada).worked.is_biased


def test_a_goal_is_met_on_a_day_with_a_queue(agent: Agent, ada: User, boss: User) -> None:
    make_queue(agent, [5] * 4)
    set_goals(agent, {ada: 2}, by=boss, at=NOW)
    make_verdict(agent, ada)
    assert row(agent, ada).worked.days_met == 0
    make_verdict(agent, ada)
    found = row(agent, ada)
    assert (found.worked.days_met, found.weeks[-1], found.goal) == (1, (2, 2), 2)


def test_days_before_the_period_and_other_agents_do_not_count(agent: Agent, ada: User) -> None:
    make_queue(agent, [5] * 4)
    make_verdict(agent, ada)
    Verdict.objects.update(created_at=NOW - timedelta(days=7))
    other = make_agent(agent.workspace, "other")
    make_queue(other, [5])
    make_verdict(other, ada)
    found = row(agent, ada)
    assert found.worked.decided == 0
    assert found.weeks[-2][0] == 1


def test_agreement_is_of_the_readings_as_they_were_first_given(
    agent: Agent, ada: User, ben: User, boss: User
) -> None:
    Agent.objects.update(double_review_share=1.0, queue_capacity=6)
    agent.refresh_from_db()
    make_queue(agent, [5] * 3)
    verdicts = [make_verdict(agent, ada, policy="fail"), make_verdict(agent, ada)]
    for _ in range(2):
        make_verdict(agent, ben)
    cleo = make_reviewer(agent, "cleo")
    dispute = open_dispute(verdicts[0], ada, "too strict", NOW)
    assert verdicts[0].item is not None
    submit_opinion(read_again(dispute, cleo, NOW), answers(verdicts[0].item), at=NOW)
    dispute.refresh_from_db()
    decide(dispute, boss, Decision("second", "no address"), NOW)
    worked = row(agent, ada).worked
    assert (worked.doubles, worked.same, worked.overturned) == (2, 1, 1)
    assert (worked.decided, worked.passed, worked.undone) == (2, 1, 0)
    total = team(agent, WEEK, QUEUE_DAY, NOW).total
    assert (total.doubles, total.same, total.decided) == (2, 1, 4)


def test_who_left_keeps_the_row_of_what_they_did(agent: Agent, ada: User, ben: User) -> None:
    make_queue(agent, [5])
    make_verdict(agent, ben)
    Member.objects.filter(user=ben).delete()
    found = row(agent, ben)
    assert (found.is_here, found.worked.decided, found.worked.days_due) == (False, 1, 0)


def of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def url(agent: Agent, name: str = "team") -> str:
    return reverse(f"reviews:{name}", args=[agent.workspace.slug, agent.slug])


def test_reviewers_see_their_own_row_and_managers_all(
    agent: Agent, ada: User, ben: User, boss: User
) -> None:
    page = of(ada).get(url(agent)).content.decode()
    assert '<th scope="row">ada' in page
    assert '<th scope="row">ben' not in page
    assert "Save goals" not in page
    page = of(boss).get(url(agent) + "?days=28").content.decode()
    assert '<th scope="row">ada' in page
    assert '<th scope="row">ben' in page
    viewer = of(make_reviewer(agent, "vic", Role.VIEWER))
    assert viewer.get(url(agent)).status_code == 403


def test_managers_set_goals_on_the_page(agent: Agent, ada: User, ben: User, boss: User) -> None:
    given = {f"goal-{ada.pk}": "15", f"goal-{ben.pk}": ""}
    page = of(boss).post(url(agent, "goals"), given, follow=True).content.decode()
    assert "Goals set: ada." in page
    assert "15 a day" in page
    for wrong in ("-1", "many", "501", "٣"):
        refused = of(boss).post(url(agent, "goals"), {f"goal-{ada.pk}": wrong}, follow=True)
        assert "Not saved" in refused.content.decode()
    assert [goal.per_day for goal in ReviewGoal.objects.all()] == [15]
    assert of(ada).post(url(agent, "goals"), given).status_code == 403
    other = make_agent(make_workspace("other"), "other")
    stranger = of(make_reviewer(other, "eve", Role.MANAGER))
    stranger.post(url(other, "goals"), {f"goal-{ada.pk}": "3"})
    assert ReviewGoal.objects.count() == 1


def test_the_goal_stands_on_the_desk_and_on_today(agent: Agent, ada: User, boss: User) -> None:
    today = agent.local_date(timezone.now())
    make_reviews(agent, [5] * 3, today - timedelta(days=1))
    of(boss).post(reverse("reviews:build", args=[agent.workspace.slug, agent.slug]))
    set_goals(agent, {ada: 15}, by=boss, at=timezone.now())
    make_verdict(agent, ada, timezone.now())
    assert "Your goal: 1 of 15 today" in of(ada).get(url(agent, "desk")).content.decode()
    shell = reverse("shell:today", args=[agent.workspace.slug, agent.slug])
    assert "1 of 15, your goal" in of(ada).get(shell).content.decode()
    open_dispute(Verdict.objects.get(), ada, "too fast", timezone.now())
    assert "1 open dispute" in of(boss).get(shell).content.decode()
    read_again(Dispute.objects.get(), boss, timezone.now())
    assert "1 second opinion" in of(boss).get(shell).content.decode()
    assert "1 second opinion" not in of(ada).get(shell).content.decode()
    queue = agent.queues.get()
    assign(queue, queue.items.values_list("pk", flat=True), ada, by=boss, at=timezone.now())
    assert "Of what is left, 1 is assigned to ada." in of(boss).get(shell).content.decode()


def test_the_page_costs_a_fixed_number_of_queries(
    agent: Agent, ada: User, boss: User, django_assert_num_queries: Any
) -> None:
    client, now = of(boss), timezone.now()
    make_reviews(agent, [5] * 9, agent.local_date(now) - timedelta(days=1))
    client.post(reverse("reviews:build", args=[agent.workspace.slug, agent.slug]))
    make_verdict(agent, ada, now)
    with django_assert_num_queries(17):
        client.get(url(agent))
    for number in range(5):
        make_verdict(agent, make_reviewer(agent, f"r{number}"), now)
    with django_assert_num_queries(17):
        client.get(url(agent))
