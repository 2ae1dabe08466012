"""The new questions in a real browser: keys move, decide and take back; the search is followed."""

from datetime import UTC, date, datetime, timedelta
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Role
from context.models import Agent
from conversations.ingest import ingest
from testing.models import Case, Discovery, QuestionCluster
from testing.questions.discovery import discover, last_whole_week, start_discovery, work_discoveries
from tests.make import PASSWORD, make_agent, make_chat, make_live_release, make_member

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MONDAY = date(2026, 11, 16)
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
GIFT = (
    "How long is a gift card valid?",
    "Is my gift card valid for long?",
    "gift card valid how long",
)
ZIPS = ("Do you repair broken zips?", "Can a broken zip be repaired by you?")


@pytest.fixture
def agent(transactional_db: None) -> Agent:
    """Two weeks of a question that people answer, and one of another."""
    agent = make_agent()
    make_member(agent.workspace, role=Role.MANAGER)
    make_live_release(agent)
    for week, count in ((0, 2), (1, 6)):
        ask(agent, GIFT, count, MONDAY - timedelta(days=7 * (1 - week)), "Three years, always so.")
    ask(agent, ZIPS, 3, MONDAY, "")
    discover(agent, MONDAY - timedelta(days=7), NOW)
    discover(agent, MONDAY, NOW)
    return agent


def ask(agent: Agent, questions: tuple[str, ...], times: int, monday: date, human: str) -> None:
    """Conversations of a week, in turn in these words."""
    opened = f"{monday + timedelta(days=1)}T10:00:00Z"
    chats = []
    for n in range(times):
        texts = [("customer", questions[n % len(questions)]), ("ai", "Let me see.")]
        texts += [("human", human)] if human else []
        chat = make_chat(f"{questions[0][:4]}-{monday:%d}-{n}", *texts, opened_at=opened)
        chat["messages"] = [one | {"sent_at": opened} for one in chat["messages"]]
        chats.append(chat | ({"tags": ["ai_handover"]} if human else {}))
    ingest(agent, chats, now=NOW)


@pytest.fixture
def page(agent: Agent, browser_page: "Page") -> "Page":
    """A browser in which the manager sees the new questions."""
    browser_page.goto("/login/")
    browser_page.fill("[name=username]", "ada")
    browser_page.fill("[name=password]", PASSWORD)
    browser_page.click("button.primary")
    browser_page.wait_for_selector("main h1")
    browser_page.goto("/acme/bot/tests/questions/")
    return browser_page


def names(page: "Page") -> list[str]:
    return page.locator("article h3").all_inner_texts()


def test_keys_move_make_cases_dismiss_and_take_back(page: "Page") -> None:
    gift, zips = names(page)
    assert gift in GIFT and zips in ZIPS
    page.keyboard.press("j")
    assert page.locator("article.current h3").inner_text() == gift
    page.keyboard.press("j")
    assert page.locator("article.current h3").inner_text() == zips
    page.keyboard.press("d")
    page.wait_for_selector("text=comes back if it is asked twice as often")
    assert names(page) == [gift]
    page.keyboard.press("u")
    page.wait_for_selector("text=waits for a decision again")
    assert names(page) == [gift, zips]
    page.keyboard.press("j")
    page.keyboard.press("a")
    page.wait_for_selector("text=3 draft cases")
    assert names(page) == [zips]
    page.click("nav.tabs a:has-text('Made into cases')")
    assert names(page) == [gift]
    page.keyboard.press("u")
    page.wait_for_selector("text=waits for a decision again")
    assert names(page) == [gift, zips]


def test_a_group_is_renamed_and_two_are_merged_by_key(page: "Page") -> None:
    page.keyboard.press("j")
    page.keyboard.press("r")
    page.keyboard.press("Control+A")
    page.keyboard.type("Validity of gift cards")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=from now on")
    assert names(page)[0] == "Validity of gift cards"
    page.keyboard.press("x")
    page.keyboard.press("x")
    page.keyboard.press("m")
    page.wait_for_selector("text=Merged 2 into")
    assert names(page) == ["Validity of gift cards"]
    page.wait_for_selector("text=Asked 9 times")
    bars = page.locator("svg.trend rect")
    assert [bar.text_content() for bar in bars.all()] == ["9 Nov: 2", "16 Nov: 9"]


def work_apart() -> None:
    """Work in a thread of its own: the browser's event loop runs in the test's."""
    work_discoveries(timezone.now)
    connection.close()


def test_a_search_is_followed_to_its_end_and_can_be_cancelled(agent: Agent, page: "Page") -> None:
    now = timezone.now()
    start_discovery(agent, last_whole_week(agent, now), now)
    page.reload()
    page.wait_for_selector("#discovery >> text=Waiting for a worker")
    page.click("button:has-text('Cancel')")
    page.wait_for_selector("text=was not searched: cancelled by ada")
    start_discovery(agent, MONDAY, now)
    page.reload()
    worker = Thread(target=work_apart)
    worker.start()
    worker.join()
    page.wait_for_selector("#discovery >> text=nothing had changed since the search before")


def test_a_search_is_started_on_the_page(agent: Agent, page: "Page") -> None:
    week = last_whole_week(agent, timezone.now())
    page.click("button:has-text('Look for new questions')")
    page.wait_for_selector(f"#discovery >> text=Week of {week.day} {week:%B %Y}")
    assert Discovery.objects.filter(week=week, created_by__username="ada").exists()


def test_nothing_is_a_case_before_a_person_says_so(page: "Page") -> None:
    page.keyboard.press("j")
    page.keyboard.press("a")
    page.wait_for_selector("text=3 draft cases")
    assert set(Case.objects.values_list("status", flat=True)) == {"draft"}
    assert QuestionCluster.objects.filter(status="added").count() == 1
