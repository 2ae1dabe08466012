"""A context test in a real browser: drafts by key, the run, what it found; on a phone too."""

from dataclasses import replace
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from django.db import connection

from accounts.models import Role
from context.models import Agent
from context.releases.content import DocumentContent
from testing.context_suite.work import draft_context_cases
from testing.models import Case, Run
from testing.runs.runner import work_results
from tests.make import (
    NOW,
    PASSWORD,
    RETURNS,
    WASHING,
    make_agent,
    make_candidate,
    make_case,
    make_content,
    make_live_release,
    make_member,
)

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LABEL = DocumentContent("label", "The return label", "The return label is in the parcel.")


@pytest.fixture
def agent(transactional_db: None) -> Agent:
    """A candidate that changes one document, adds one, and contradicts itself; four drafts wait."""
    agent = make_agent()
    make_member(agent.workspace, role=Role.MANAGER)
    make_live_release(agent, make_content(RETURNS, LABEL))
    changed = replace(RETURNS, body="You can return unworn items within 60 days for a full refund.")
    refunds = DocumentContent(
        "refunds", "Refunds", "You can return unworn items within 14 days for a full refund."
    )
    make_case(agent, "Where is the label to return an item?", expected_facts=[LABEL.body])
    candidate = make_candidate(
        agent, make_content(changed, WASHING, replace(LABEL, body="Ask a colleague."), refunds)
    )
    draft_context_cases(candidate, NOW)
    return agent


@pytest.fixture
def page(agent: Agent, browser_page: "Page") -> "Page":
    """A browser in which the manager has logged in."""
    browser_page.goto("/login/")
    browser_page.fill("[name=username]", "ada")
    browser_page.fill("[name=password]", PASSWORD)
    browser_page.click("button.primary")
    browser_page.wait_for_selector("main h1")
    return browser_page


def work_apart() -> None:
    """Work the running run in a thread of its own: the browser's event loop runs in the test's."""
    work_results(Run.objects.get(), lambda: NOW)
    connection.close()


def test_drafts_are_decided_by_key_and_the_run_says_what_is_used(
    agent: Agent, page: "Page"
) -> None:
    page.goto("/acme/bot/tests/context/2/")
    page.keyboard.press("d")
    page.wait_for_selector("h1:has-text('Draft 1 of 4')")
    page.keyboard.press("a")
    page.wait_for_selector("h1:has-text('Draft 1 of 3')")
    page.keyboard.press("u")
    page.wait_for_selector("h1:has-text('Draft 1 of 4')")
    for left in ("Draft 1 of 3", "Draft 1 of 2", "Draft 1 of 1", "Context of release 2"):
        page.keyboard.press("a")
        page.wait_for_selector(f"h1:has-text('{left}')")
    assert Case.objects.filter(status="approved", suite__kind="context").count() == 4
    page.keyboard.press("s")
    page.wait_for_selector("#progress")
    worker = Thread(target=work_apart)
    worker.start()
    worker.join()
    page.goto("/acme/bot/tests/context/2/")
    page.wait_for_selector("h4:has-text('What else moved')")
    assert page.locator(".diff del").count() > 1
    assert "neighbour lost" in page.locator(".lede").inner_text()


def test_a_contradiction_is_dismissed_on_a_phone(agent: Agent, page: "Page") -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto("/acme/bot/tests/context/2/")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.locator("input[name=reason]").first.fill("Refunds in the shop alone.")
    page.locator("button:has-text('Dismiss')").first.click()
    page.wait_for_selector("summary:has-text('1 dismissed')")
