"""The gate in a real browser: its rules, why a release fails with the cases, the override."""

from typing import TYPE_CHECKING

import pytest

from accounts.models import Role
from context.models import Agent, Release
from testing.models import CriticalTag, GateRules
from tests.make import (
    PASSWORD,
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


@pytest.fixture
def agent(transactional_db: None) -> Agent:
    """A candidate that no longer knows what a case asks."""
    agent = make_agent()
    make_member(agent.workspace, role=Role.ADMIN)
    make_live_release(agent)
    make_candidate(agent, make_content(WASHING))
    make_case(agent, tags=["refunds"])
    make_case(agent, "Are you there?", must_not=["nonsense"])
    return agent


@pytest.fixture
def forgiven() -> list[str]:
    """The form refuses a margin on purpose."""
    return ["422 (Unprocessable Entity)"]


@pytest.fixture
def page(agent: Agent, browser_page: "Page") -> "Page":
    """A browser in which an admin has logged in."""
    browser_page.goto("/login/")
    browser_page.fill("[name=username]", "ada")
    browser_page.fill("[name=password]", PASSWORD)
    browser_page.click("button.primary")
    browser_page.wait_for_selector("main h1")
    return browser_page


def test_an_admin_sets_rules_reads_why_a_release_fails_and_overrides(
    agent: Agent, page: "Page"
) -> None:
    page.goto("/acme/bot/tests/")
    page.click("a:text-is('The gate')")
    page.fill("[name=margin]", "70")
    page.evaluate("document.querySelector('main form').noValidate = true")
    page.click("button:has-text('Save the rules')")
    page.wait_for_selector("text=Nothing is saved yet")
    assert page.locator(".errorlist:has-text('less than or equal to 50')").count() == 1
    page.fill("[name=margin]", "3")
    page.fill("[name=critical_tags]", "refunds")
    page.fill("[name=trials]", "2")
    page.click("button:has-text('Save the rules')")
    page.wait_for_selector("text=The rules of the gate are saved.")
    page.wait_for_selector("li:has-text('margin 0.05 → 0.03')")
    assert GateRules.objects.get().margin == 0.03
    assert CriticalTag.objects.get().tag == "refunds"

    page.goto("/acme/bot/releases/2/")
    page.click("button:has-text('Run its tests')")
    page.wait_for_selector(".checks >> text=1 critical case lost")
    assert page.locator(".checks >> text=Next: Open the cases named here").count() == 1
    page.click("summary:has-text('Numbers and rules of regression')")
    page.wait_for_selector("dd:has-text('3.0 %, by interval from 100 cases on')")
    page.click(".checks a:has-text('How do I return an unworn jacket?')")
    page.wait_for_selector("h1")
    assert "/tests/cases/" in page.url

    page.goto("/acme/bot/releases/2/")
    page.click("a:has-text('Publish')")
    page.fill("dialog[open] [name=reason]", "The jacket is no longer sold.")
    page.click("button:has-text('Publish without its checks')")
    page.wait_for_selector("h1 .badge:has-text('Live')")
    assert page.locator(".timeline >> text=The jacket is no longer sold.").count() >= 1
    assert Release.objects.get(number=2).status == "live"
