"""A manager edits, previews, submits, publishes and rolls back in a real browser."""

from typing import TYPE_CHECKING

import pytest

from context.models import Agent
from context.releases.checks import record_check
from context.releases.content import content_of
from tests.make import (
    NOW,
    PASSWORD,
    RETURNS,
    make_agent,
    make_content,
    make_live_release,
    make_member,
)

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def agent() -> Agent:
    """An agent with a live release and an admin called ada."""
    agent = make_agent()
    make_member(agent.workspace)
    make_live_release(agent, make_content(RETURNS))
    return agent


def log_in(page: "Page") -> None:
    """Log in as ada."""
    page.goto("/login/")
    page.fill("[name=username]", "ada")
    page.fill("[name=password]", PASSWORD)
    page.click("button.primary")
    page.wait_for_load_state()


def test_a_document_is_added_and_published(browser_page: "Page", agent: Agent) -> None:
    page = browser_page
    log_in(page)
    page.goto("/acme/bot/context/")
    page.click("text=New draft")
    page.click("text=Add document")
    page.fill("[name=title]", "Gift cards")
    page.fill("[name=body]", "Gift cards *never* expire.")
    page.click("text=Preview >> nth=0")
    page.wait_for_selector("#preview em")
    page.click("button.primary")
    assert "Gift cards" in page.inner_text("#changes ins")
    page.click("text=Submit as candidate")
    candidate = agent.releases.get(number=2)
    record_check(candidate, "regression", "passed", "60 of 60", at=NOW)
    page.reload()
    page.keyboard.press("p")
    page.click("dialog[open] button.primary")
    page.wait_for_selector("text=Release 2 is live.")
    assert agent.live_release() == candidate
    assert content_of(candidate).document("gift-cards") is not None


def test_a_rollback_is_confirmed_in_a_dialog(browser_page: "Page", agent: Agent) -> None:
    make_live_release(agent, make_content(prompt="Worse"))
    page = browser_page
    log_in(page)
    page.goto("/acme/bot/releases/2/")
    page.click("text=Roll back >> nth=0")
    page.click("dialog[open] [data-close]")
    page.click("text=Roll back >> nth=0")
    page.fill("dialog[open] [name=reason]", "CSAT fell")
    page.click("dialog[open] button.danger")
    page.wait_for_selector("text=Release 1 is live again.")
    live = agent.live_release()
    assert live is not None
    assert live.number == 1
