"""The page of a rollout: its start, its steps, what both sides show."""

from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import Role
from context.measurements import SegmentCount, replace
from context.models import Agent, Figure, Rollout
from context.rollouts.looks import look_at_rollouts
from context.rollouts.planning import outlook
from tests.context.test_looks import fill
from tests.make import (
    NOW,
    PASSWORD,
    make_agent,
    make_candidate,
    make_content,
    make_live_release,
    make_member,
    make_rollout,
)

pytestmark = pytest.mark.django_db
PAGE = "/acme/bot/releases/2/rollout/"


def log_in(client: Client, agent: Agent, role: str = Role.MANAGER) -> None:
    """Log in with a role."""
    make_member(agent.workspace, "ada", role)
    client.login(username="ada", password=PASSWORD)


def test_a_manager_starts_it_from_the_release(client: Client) -> None:
    agent = make_agent(required_checks="")
    make_live_release(agent)
    make_candidate(agent, make_content(prompt="New"))
    log_in(client, agent)
    assert client.get(PAGE).status_code == 404
    assert b"Roll out to some" in client.get("/acme/bot/releases/2/").content
    answer = client.post(f"{PAGE}start/", {"share": 30, "days": 14, "reason": "large"}, follow=True)
    assert "Release 2 answers 30 % of the customers." in answer.content.decode()
    rollout = agent.rollouts.get()
    assert (rollout.share, rollout.days, str(rollout.started_by)) == (30, 14, "ada")
    assert b"It answers 30 % of the customers since" in client.get("/acme/bot/releases/2/").content
    assert b"Release 2 answers 30 % of" in client.get("/acme/bot/releases/1/").content


@pytest.mark.parametrize("share", ["5", "51", "many", ""])
def test_a_share_outside_its_bounds_is_named(client: Client, share: str) -> None:
    agent = make_agent(required_checks="")
    make_live_release(agent)
    make_candidate(agent, make_content(prompt="New"))
    log_in(client, agent)
    answer = client.post(f"{PAGE}start/", {"share": share, "days": 7}, follow=True)
    assert "Share: " in answer.content.decode()
    assert not Rollout.objects.exists()


def test_before_it_starts_the_page_says_what_it_could_find(client: Client) -> None:
    """At 70 %, 14,000 customers an arm find 1.5 points (a worked example of the statistics)."""
    agent = make_agent(required_checks="")
    live = make_live_release(agent)
    make_candidate(agent, make_content(prompt="New"))
    assert outlook(agent, NOW) is None
    yesterday = agent.local_date(NOW) - timedelta(days=1)
    days = [yesterday - timedelta(days=back) for back in range(28)]
    figure = Figure(agent.impact_figure)
    counts = [SegmentCount(day, figure, 2_000, 1_400, 1_400, live.pk) for day in days]
    replace(agent, set(days), {figure}, counts)
    found = outlook(agent, NOW)
    assert found is not None
    assert (found.a_day, found.days) == (2_000, [7, 14])
    assert {row.share: row.points[1] for row in found.rows} == {
        10: pytest.approx(2.557, abs=0.001),
        20: pytest.approx(1.918, abs=0.001),
        50: pytest.approx(1.534, abs=0.001),
    }


def test_its_buttons_do_its_steps(client: Client) -> None:
    agent = make_agent(required_checks="")
    make_rollout(agent)
    log_in(client, agent)
    client.post(f"{PAGE}pause/", {"reason": "a sale"})
    assert "a sale" in client.get(PAGE).content.decode()
    client.post(f"{PAGE}resume/")
    client.post(f"{PAGE}raise/", {"share": 40})
    assert [one.status for one in agent.rollouts.all()] == ["running", "raised"]
    refused = client.post(f"{PAGE}raise/", {"share": 30}, follow=True)
    assert "can only be raised: above 40 %" in refused.content.decode()
    client.post(f"{PAGE}promote/")
    live = agent.live_release()
    assert live is not None
    assert live.number == 2
    assert "no open rollout" in client.post(f"{PAGE}stop/", follow=True).content.decode()


def test_a_viewer_sees_it_and_changes_nothing(client: Client) -> None:
    agent = make_agent(required_checks="")
    make_rollout(agent)
    log_in(client, agent, Role.VIEWER)
    assert b"Promote" not in client.get(PAGE).content
    assert client.post(f"{PAGE}stop/").status_code == 403
    assert agent.rollouts.get().status == "running"


def test_it_shows_both_sides_their_difference_and_the_looks(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    agent = make_agent(required_checks="")
    rollout = make_rollout(agent, share=50)
    log_in(client, agent)
    for number in range(1, 4):
        at = NOW + timedelta(days=number)
        fill(rollout, (at - timedelta(days=1)).date(), new=0.42, live=0.30)
        look_at_rollouts(agent, at)
    with django_assert_max_num_queries(16):
        text = client.get(PAGE).content.decode()
    assert "42.0 %" in text
    assert "+12.0 points (+" in text
    assert "by the daily look: AI handover 42.0 % against 30.0 %" in text
    assert "The split is as planned" in text


def test_a_split_that_is_not_as_planned_is_said(client: Client) -> None:
    agent = make_agent(required_checks="")
    rollout = make_rollout(agent, share=50)
    log_in(client, agent)
    fill(rollout, NOW.date(), new=0.3, live=0.3)
    rollout.counts.filter(arm="live").update(n=100, total=20)
    text = client.get(PAGE).content.decode()
    assert "The split is not the planned one" in text
    assert "The split is not followed" in text
