"""Working as a team in a real browser: assignment, goals, a calibration and a dispute by key."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from accounts.models import Role, User
from context.models import Agent
from reviews.calibrations.sessions import Plan, start_session
from reviews.models import (
    CalibrationRule,
    CalibrationSession,
    Dispute,
    Opinion,
    Queue,
    ReviewGoal,
    Verdict,
)
from reviews.queue.sampling import build_queue
from tests.make import PASSWORD, make_agent
from tests.reviews.material import make_reviewer, make_reviews, make_verdict

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
CRITERIA = 9


@pytest.fixture
def queue(transactional_db: None) -> Queue:
    """Four items for ada, ben and their manager."""
    agent = make_agent(queue_capacity=4, double_review_share=0.0)
    for name, role in (("ada", "reviewer"), ("ben", "reviewer"), ("boss", "manager")):
        make_reviewer(agent, name, Role(role))
    today = agent.local_date(timezone.now())
    make_reviews(agent, [5] * 4, today - timedelta(days=1))
    return build_queue(agent, today, timezone.now())


def open_page(page: "Page", agent: Agent, user: str, path: str) -> None:
    """The page as this person sees it."""
    page.context.clear_cookies()
    page.goto("/login/")
    page.fill("[name=username]", user)
    page.fill("[name=password]", PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.goto(f"/{agent.workspace.slug}/{agent.slug}/desk/{path}")


def press(page: "Page", *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def go(page: "Page", *keys: str) -> None:
    """Press keys of which the last one leads to another page."""
    press(page, *keys[:-1])
    with page.expect_navigation():
        page.keyboard.press(keys[-1])


def test_items_are_assigned_and_spread_by_key(queue: Queue, browser_page: "Page") -> None:
    page = browser_page
    open_page(page, queue.agent, "boss", "queue/")
    press(page, "j", "x", "x")
    assert page.locator("input[name=item]:checked").count() == 2
    page.select_option("#assignee", "ben")
    page.locator("#assignee").blur()
    go(page, "a")
    names = queue.items.values_list("assigned_to__username", flat=True)
    assert list(names) == ["ben", "ben", None, None]
    go(page, "*", "o")
    assert not queue.items.exclude(assigned_to=None).exists()
    go(page, "e")
    assert sorted(names.all()) == ["ada", "ada", "ben", "ben"]
    assert page.locator("tbody tr").count() == 4


def test_goals_are_set_on_the_team_page(queue: Queue, browser_page: "Page") -> None:
    page, ada = browser_page, User.objects.get(username="ada")
    open_page(page, queue.agent, "boss", "team/")
    page.fill(f"#goal-{ada.pk}", "3")
    with page.expect_navigation():
        page.get_by_role("button", name="Save goals").click()
    assert ReviewGoal.objects.get().per_day == 3
    assert page.get_by_text("3 a day", exact=True).is_visible()
    open_page(page, queue.agent, "ada", "")
    assert page.get_by_text("Your goal: 0 of 3 today").is_visible()


def test_a_calibration_is_worked_by_key_and_compared(queue: Queue, browser_page: "Page") -> None:
    page, agent, now = browser_page, queue.agent, timezone.now()
    make_reviews(agent, [5, 1], agent.local_date(now) - timedelta(days=3))
    people = list(User.objects.filter(username__in=["ada", "ben"]).order_by("username"))
    boss = User.objects.get(username="boss")
    session = start_session(agent, Plan("Refunds", people), by=boss, at=now)
    for user, key in (("ada", "p"), ("ben", "f")):
        open_page(page, agent, user, f"calibrations/{session.pk}/")
        go(page, "o")
        page.locator(".criterion.current").wait_for()
        assert page.locator("mark").count() == 0
        press(page, "w")
        page.keyboard.type("is it?")
        page.get_by_text("Draft saved").wait_for()
        press(page, "Escape")
        for _ in range(session.conversations.count()):
            page.locator(".criterion.current").wait_for()
            press(page, key, *("p" * (CRITERIA - 1)))
            go(page, "Control+Enter")
    session.refresh_from_db()
    assert session.status == CalibrationSession.Status.CLOSED
    assert page.get_by_text("1 differ").count() == session.conversations.count()
    assert page.get_by_text("ben: is it?").is_visible()
    page.get_by_text("Record what you agreed on").first.click()
    page.locator("details[open] input[value=pass]").check()
    page.fill("details[open] textarea", "Solved is what the customer says is solved.")
    with page.expect_navigation():
        page.get_by_role("button", name="Record").click()
    assert CalibrationRule.objects.get().answer == "pass"


def test_an_answer_of_a_calibration_is_taken_back_by_key(
    queue: Queue, browser_page: "Page"
) -> None:
    page, agent, now = browser_page, queue.agent, timezone.now()
    make_reviews(agent, [5, 1], agent.local_date(now) - timedelta(days=3))
    people = list(User.objects.filter(username__in=["ada", "ben"]))
    boss = User.objects.get(username="boss")
    session = start_session(agent, Plan("Refunds", people), by=boss, at=now)
    open_page(page, agent, "ada", f"calibrations/{session.pk}/")
    go(page, "o")
    page.locator(".criterion.current").wait_for()
    press(page, "f", *("p" * (CRITERIA - 1)))
    go(page, "Control+Enter")
    assert Opinion.objects.filter(submitted_at__isnull=False).count() == 1
    go(page, "u")
    assert Opinion.objects.filter(submitted_at__isnull=False).count() == 0
    checked = page.locator("input[name=verdict-resolved]:checked")
    assert checked.get_attribute("value") == "fail"


def test_a_dispute_is_worked_by_key(queue: Queue, browser_page: "Page") -> None:
    page, agent = browser_page, queue.agent
    verdict = make_verdict(agent, User.objects.get(username="ada"), timezone.now())
    open_page(page, agent, "ada", f"items/{verdict.item_id}/")
    press(page, "d")
    page.fill("#doubt-reason", "An address was told.")
    with page.expect_navigation():
        page.get_by_role("button", name="Open the dispute").click()
    dispute = Dispute.objects.get()
    open_page(page, agent, "ben", f"disputes/{dispute.pk}/")
    assert page.get_by_text("An address was told.").count() == 0
    go(page, "o")
    page.locator(".criterion.current").wait_for()
    press(page, "p", "p", "f", *("p" * (CRITERIA - 3)))
    go(page, "Control+Enter")
    assert page.get_by_text("An address was told.").is_visible()
    open_page(page, agent, "boss", f"disputes/{dispute.pk}/")
    press(page, "2", "w")
    page.keyboard.type("A street with its number is an address.")
    go(page, "Control+Enter")
    assert page.get_by_text("The second opinion stands: failed").is_visible()
    final = Verdict.objects.get(withdrawn_at=None)
    assert (final.supersedes, final.passed) == (verdict, False)
