"""Proposals decided by key in a real browser, and the trail on a phone."""

from typing import TYPE_CHECKING

import pytest

from accounts.models import Role
from context.models import Agent
from context.proposals.proposing import propose
from tests.make import NOW, PASSWORD, make_agent, make_live_release, make_member

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
RETURNED = "You can return unworn items within 60 days of delivery."
FACTS = [
    "A torn zip is repaired for free within 5 years.",
    "A torn zip is repaired for free within 2 years.",
    RETURNED,
]

KEY: dict[str, int] = {}


@pytest.fixture
def agent(transactional_db: None) -> Agent:
    """An agent with a live release and three proposals, the last contradicting a document."""
    agent = make_agent()
    make_member(agent.workspace, role=Role.MANAGER)
    make_live_release(agent)
    for number, body in enumerate(FACTS, 1):
        seen = [{"conversation": number, "messages": ["m"], "quotes": {"m": body}}]
        proposal, _ = propose(
            agent,
            source="capture",
            title=body[:30],
            body=body,
            at=NOW,
            evidence=seen,
            volume=number,
            topic="repairs",
        )
        KEY["first"] = proposal.pk
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


def test_a_manager_works_the_list_by_key(agent: Agent, page: "Page") -> None:
    page.goto("/acme/bot/proposals/")
    page.keyboard.press("j")
    page.wait_for_selector("article.current:has-text('60 days')")
    page.keyboard.press("e")
    page.wait_for_selector("#body:focus")
    page.wait_for_selector("del:has-text('30')")
    page.fill("#body", RETURNED.replace("60", "90"))
    page.click("button:has-text('See the change')")
    page.wait_for_selector("ins:has-text('90')")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("text=is in release 2")
    page.keyboard.press("j")
    page.keyboard.press("d")
    page.wait_for_selector("article.current select[name=cause]")
    page.select_option("article.current select[name=cause]", "wrong")
    page.click("article.current button:has-text('Decline')")
    page.wait_for_selector("text=is declined")
    page.keyboard.press("u")
    page.wait_for_selector("text=is open again")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("x")
    page.keyboard.press("m")
    page.wait_for_selector("text=1 is merged into the first")


def test_the_trail_fits_a_phone(agent: Agent, page: "Page") -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    proposal = KEY["first"]
    for path in ("", f"{proposal}/", f"{proposal}/accept/", "became/"):
        page.goto(f"/acme/bot/proposals/{path}")
        page.wait_for_selector("main h1")
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 360, path
