"""Writing and tending in a real browser: kept text, live preview, sections, merging, hygiene."""

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from accounts.models import Role
from context.editing.drafts import create_draft
from context.editing.upkeep import keep
from context.models import Agent
from context.releases.content import DocumentContent, content_of
from tests.make import (
    NOW,
    PASSWORD,
    RETURNS,
    WASHING,
    make_agent,
    make_content,
    make_live_release,
    make_member,
)

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PROMPT = "You are {{name}}.\n\n# Tone\nBe kind.\n\n# Refunds\nAsk first.\n"
REFUNDS = DocumentContent(
    slug="refunds",
    title="Refunds",
    topic="refunds",
    body="You can return unworn items within 14 days of delivery for a full refund.",
)
LATER = NOW + timedelta(hours=1)


def body(days: int) -> DocumentContent:
    """The returns document with another number of days."""
    return replace(RETURNS, body=RETURNS.body.replace("30", str(days)))


@pytest.fixture
def agent(transactional_db: None) -> Agent:
    """Release 1 live; drafts 2 and 3 both change the returns document."""
    agent = make_agent(required_checks="")
    make_member(agent.workspace, role=Role.MANAGER)
    make_live_release(agent, make_content(RETURNS, WASHING, REFUNDS))
    named = make_content(body(45), WASHING, REFUNDS, prompt=PROMPT, variables={"name": "Ada"})
    create_draft(agent, make_content(body(60), WASHING, REFUNDS), at=LATER)
    create_draft(agent, named, at=LATER)
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


def test_what_is_typed_is_previewed_kept_and_saved_by_key(agent: Agent, page: "Page") -> None:
    path = "/acme/bot/releases/3/documents/returns/edit/"
    page.goto(path)
    page.fill("[name=body]", "Within **90** days.")
    page.wait_for_selector("#preview strong:text('90')")
    page.wait_for_function(
        "Object.keys(localStorage).some(key => key.startsWith('agentops:text:'))"
    )
    page.once("dialog", lambda dialog: dialog.accept())  # leaving asks first
    page.goto(path)
    page.wait_for_selector("[data-kept]:not([hidden])")
    assert page.input_value("[name=body]") == body(45).body
    page.click("[data-kept-restore]")
    assert page.input_value("[name=body]") == "Within **90** days."
    page.fill("[name=why]", "New policy")
    page.keyboard.press("Control+s")
    page.wait_for_selector("text=“Returning an item” is saved.")
    document = content_of(agent.releases.get(number=3)).document("returns")
    assert document is not None
    assert document.body == "Within **90** days."
    page.goto(path)
    page.wait_for_selector("[name=body]")
    assert not page.is_visible("[data-kept]")
    page.goto("/acme/bot/context/documents/returns/")
    page.wait_for_selector("text=New policy")


def test_a_section_is_edited_with_its_values_in_the_preview(agent: Agent, page: "Page") -> None:
    page.goto("/acme/bot/releases/3/prompt/")
    page.wait_for_selector("#preview >> text=You are Ada.")
    page.click("nav.outline a:has-text('Tone')")
    page.fill("[name=prompt]", "# Tone\nBe brief, {{shop}}.\n")
    page.wait_for_selector("#preview code:text('{{shop}}')")
    page.fill("[name=variables]", "name = Ada\nshop = Acme")
    page.wait_for_selector("#preview >> text=Be brief, Acme.")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("text=The prompt is saved.")
    content = content_of(agent.releases.get(number=3))
    assert content.prompt.endswith("# Tone\nBe brief, {{shop}}.\n# Refunds\nAsk first.\n")
    assert content.settings["variables"] == {"name": "Ada", "shop": "Acme"}


def test_a_draft_that_was_overtaken_is_merged_and_submitted(agent: Agent, page: "Page") -> None:
    first = agent.releases.get(number=2)
    first.submit(LATER)
    first.publish(LATER)
    page.goto("/acme/bot/releases/3/")
    page.click("a:has-text('Submit as candidate')")
    page.click("dialog[open] >> text=Merge first")
    page.wait_for_selector("h1:has-text('Merge release 2 into draft 3')")
    page.click("label:has-text('Both, as written here')")
    page.fill("textarea[name='text.document.returns']", "Within 60 days; sale items within 45.")
    page.click("button:has-text('Merge')")
    page.wait_for_selector("text=holds the changes of release 2 now")
    page.click("button:has-text('Submit as candidate')")
    page.wait_for_selector("text=Release 3 is a candidate now")
    merged = agent.releases.get(number=3)
    assert merged.parent == first
    document = content_of(merged).document("returns")
    assert document is not None
    assert document.body == "Within 60 days; sale items within 45."


def test_a_finding_is_mended_marked_and_searched(agent: Agent, page: "Page") -> None:
    keep(agent, {"washing": {"expires_on": NOW.date()}}, at=NOW)
    page.goto("/acme/bot/context/hygiene/")
    expired = page.locator("[data-finding=expired]")
    expired.locator("summary:has-text('Another last day')").click()
    expired.locator("[name=expires_on]").fill("2030-01-31")
    expired.locator("button:has-text('Save')").click()
    page.wait_for_selector("text=washing holds until 31 January 2030.")
    found = page.locator("[data-finding=contradiction]")
    found.locator("summary:has-text('Fine')").click()
    found.locator("[name=reason]").fill("Two brands")
    found.locator("[name=until]").fill("2030-01-31")
    found.locator("button:has-text('Mark as fine')").click()
    page.wait_for_selector("summary:has-text('1 marked as fine')")
    page.goto("/acme/bot/context/find/")
    page.fill("[name=q]", "within 45 days")
    page.select_option("[name=in]", "all")
    page.wait_for_selector("mark:text('within 45 days')")
    assert "First in release 3" in page.inner_text("main")
