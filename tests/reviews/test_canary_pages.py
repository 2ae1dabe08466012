"""The canary's page: what it says, who may ask, and what stays hidden."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Role
from context.models import Agent
from llm.states import WorkState
from reviews.canary.members import counts, fill, plan_check
from reviews.canary.work import work_canary
from reviews.models import CanaryCheck, CanaryMember, CanaryResult, QueueItem
from tests.make import NOW, make_agent, make_workspace
from tests.reviews.canary_material import make_labelled_agent
from tests.reviews.material import DAY, make_reviewer

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent() -> Agent:
    return make_labelled_agent()


def browser(agent: Agent, role: str) -> Client:
    found = Client()
    found.force_login(make_reviewer(agent, f"some-{role}", role))
    return found


def url(agent: Agent, name: str = "canary") -> str:
    return reverse(f"reviews:{name}", args=[agent.workspace.slug, agent.slug])


def read(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def make_check(agent: Agent) -> CanaryCheck:
    check = plan_check(agent, DAY, CanaryCheck.Reason.NIGHTLY, NOW)
    assert check is not None
    work_canary(agent, lambda: NOW)
    return check


def test_an_empty_canary_says_what_is_missing() -> None:
    agent = make_agent()
    page = read(browser(agent, Role.VIEWER), url(agent))
    assert "Not enough yet: 0 of 50 labelled conversations" in page
    assert "Not checked yet" in page


def test_a_manager_fills_and_asks_and_a_viewer_may_not(agent: Agent) -> None:
    viewer, manager = browser(agent, Role.VIEWER), browser(agent, Role.MANAGER)
    assert viewer.post(url(agent, "canary_fill")).status_code == 403
    assert viewer.post(url(agent, "canary_check")).status_code == 403
    assert not CanaryMember.objects.exists()
    manager.post(url(agent, "canary_fill"))
    members = counts(agent).members
    page = read(manager, url(agent))
    assert f"{members} of at most 200" in page
    assert "Check now, at most" in page
    assert "Check now" not in read(viewer, url(agent))
    manager.post(url(agent, "canary_check"))
    check = CanaryCheck.objects.get()
    assert (check.reason, check.results.count()) == ("asked", members)
    assert check.started_by is not None


def test_a_check_that_is_complete_is_not_asked_again_that_day(agent: Agent) -> None:
    manager = browser(agent, Role.MANAGER)
    asked = manager.post(url(agent, "canary_check"), follow=True).content.decode()
    assert "The judge is being asked" in asked
    CanaryResult.objects.update(state=WorkState.DONE)
    again = manager.post(url(agent, "canary_check"), follow=True).content.decode()
    assert "is complete: nothing is left to ask" in again and "is being asked" not in again
    assert CanaryCheck.objects.count() == 1


def test_asking_a_canary_that_is_too_small_asks_nothing_and_says_so() -> None:
    agent = make_agent()
    response = browser(agent, Role.MANAGER).post(url(agent, "canary_check"), follow=True)
    assert "The canary is too small: 0 of 50" in response.content.decode()
    assert not CanaryResult.objects.exists()


def test_a_running_check_shows_its_progress_and_can_be_stopped(agent: Agent) -> None:
    check = plan_check(agent, DAY, CanaryCheck.Reason.ASKED, NOW)
    assert check is not None
    manager = browser(agent, Role.MANAGER)
    page = read(manager, url(agent, "canary_newest"))
    assert 'hx-trigger="every 2s"' in page
    assert f"0 of {check.results.count()}" in page
    manager.post(url(agent, "canary_stop"), {"check": check.pk})
    assert set(check.results.values_list("state", flat=True)) == {WorkState.SKIPPED}
    assert "hx-trigger" not in read(manager, url(agent, "canary_newest"))
    assert manager.post(url(agent, "canary_stop"), {"check": "x"}).status_code == 404


def test_flips_link_to_their_conversations(agent: Agent) -> None:
    first = make_check(agent)
    CanaryCheck.objects.filter(pk=first.pk).update(day="2026-11-01", created_at="2026-11-01T06:00Z")
    second = make_check(agent)
    flipped = second.results.select_related("member__conversation")[0]
    CanaryResult.objects.filter(pk=flipped.pk).update(passed=not flipped.passed)
    page = read(browser(agent, Role.VIEWER), url(agent, "canary_newest"))
    assert flipped.member.conversation.external_id in page
    assert "No more flips than chance against the first check of this judge" in page


def test_a_drift_is_the_first_thing_to_do_today(agent: Agent) -> None:
    first = make_check(agent)
    CanaryCheck.objects.filter(pk=first.pk).update(day="2026-11-01", created_at="2026-11-01T06:00Z")
    second = make_check(agent)
    manager = browser(agent, Role.MANAGER)
    today = reverse("shell:today", args=[agent.workspace.slug, agent.slug])
    assert "The judge has drifted" not in read(manager, today)
    keys = list(first.results.filter(member__passed=True).values_list("member", flat=True)[:12])
    first.results.filter(member__in=keys).update(passed=True)
    second.results.filter(member__in=keys).update(passed=False)
    page = read(manager, today)
    assert "The judge has drifted" in page
    assert "12 verdicts of its canary flipped" in page


def test_what_a_reviewer_is_judging_blind_is_not_shown_to_them(agent: Agent) -> None:
    fill(agent, NOW)
    ada = make_reviewer(agent, "blind-ada", Role.REVIEWER)
    member = CanaryMember.objects.select_related("conversation").order_by("passed", "pk")[0]
    item = QueueItem.objects.get(conversation=member.conversation)
    item.pk, item.slot, item.claimed_by = None, 2, ada
    item.state, item.is_blind = QueueItem.State.CLAIMED, True
    item.save(force_insert=True)
    client = Client()
    client.force_login(ada)
    assert f">{member.conversation.external_id}<" not in read(client, url(agent))


def test_another_workspace_has_no_canary_for_us(agent: Agent) -> None:
    other = make_agent(make_workspace("other"), "their-bot")
    manager = browser(agent, Role.MANAGER)
    assert manager.get(url(other)).status_code == 404
    for name in ("canary_fill", "canary_check", "canary_stop"):
        assert manager.post(url(other, name)).status_code == 404


def test_the_page_takes_as_many_queries_for_many_checks_as_for_two(
    agent: Agent, django_assert_max_num_queries: Any
) -> None:
    for day in range(1, 5):
        check = make_check(agent)
        CanaryCheck.objects.filter(pk=check.pk).update(
            day=f"2026-11-0{day}", created_at=f"2026-11-0{day}T06:00Z"
        )
    client = browser(agent, Role.VIEWER)
    with django_assert_max_num_queries(24):
        read(client, url(agent))
