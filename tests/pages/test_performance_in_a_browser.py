"""The charts of the performance page under the pointer and under the keys."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from context.models import Agent
from conversations.ingest import ingest
from tests.make import PASSWORD, make_agent, make_chat, make_content, make_live_release, make_member

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
RATES = "[data-chart=rates-spec]"
READOUT = "[data-readout=rates-spec]"


def make_weeks(now: datetime) -> Agent:
    """Four weeks of conversations on two topics, with a second release half-way; its admin is
    ada.
    """
    agent = make_agent()
    make_member(agent.workspace)
    make_live_release(agent, at=now - timedelta(weeks=6))
    make_live_release(agent, make_content(prompt="Be brief."), at=now - timedelta(weeks=3))
    chats: list[dict[str, Any]] = []
    for day in range(1, 36):
        opened = (now - timedelta(days=day)).isoformat()
        fields = {"opened_at": opened, "messages": [], "language": "en"}
        chats += [
            make_chat(f"a-{day}", **fields, topic="sizes", tags=["ai_answered"], csat={"score": 5}),
            make_chat(f"b-{day}", **fields, topic="returns", tags=["ai_handover"]),
        ]
    ingest(agent, chats, now=now)
    return agent


@pytest.fixture
def address(transactional_db: None) -> str:
    """The page of an agent with some weeks."""
    agent = make_weeks(timezone.now())
    return f"/{agent.workspace.slug}/{agent.slug}/performance/"


@pytest.fixture
def page(address: str, browser_page: "Page") -> "Page":
    """A browser in which the admin looks at the page."""
    browser_page.goto("/login/")
    browser_page.fill("[name=username]", "ada")
    browser_page.fill("[name=password]", PASSWORD)
    browser_page.click("button.primary")
    browser_page.wait_for_selector("main h1")
    browser_page.goto(address)
    browser_page.wait_for_selector(f"{RATES}[data-drawn]")
    return browser_page


def test_a_line_is_hidden_and_shown_by_its_button(page: "Page") -> None:
    lines = page.locator(f"{RATES} g.mark-line path")
    assert lines.count() == 6
    button = page.locator(".legend button", has_text="AI handover").first
    button.focus()
    page.keyboard.press("Enter")
    lines.nth(5).wait_for(state="detached")
    assert button.get_attribute("aria-pressed") == "false"
    button.click()
    lines.nth(5).wait_for(state="attached")


def test_the_arrow_keys_read_the_chart_week_by_week(page: "Page") -> None:
    page.focus(RATES)
    page.keyboard.press("ArrowLeft")
    newest = page.inner_text(READOUT)
    assert "provisional" in newest and "AI answered 50.0 %" in newest and ", n " in newest
    page.keyboard.press("Home")
    assert page.inner_text(READOUT) != newest
    assert page.get_attribute(READOUT, "aria-live") == "polite"


def test_the_pointer_reads_the_week_it_is_over(page: "Page") -> None:
    page.locator(RATES).hover()
    page.wait_for_selector(f"{READOUT} strong")
    assert "AI answered" in page.inner_text(READOUT)
    assert page.get_attribute(READOUT, "aria-live") == "off"


def test_the_keys_lead_from_a_week_to_the_release_that_went_live_in_it(page: "Page") -> None:
    page.focus(RATES)
    page.keyboard.press("Home")
    for _ in range(6):
        if page.locator(f"{READOUT} a").count():
            break
        page.keyboard.press("ArrowRight")
    impact = page.locator(f"{READOUT} a", has_text="Impact of release 2")
    assert (impact.get_attribute("href") or "").endswith("/releases/2/impact/")
    page.locator(f"{READOUT} a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/releases/2/")


def test_the_keys_lead_from_a_week_to_the_impact_of_its_release(page: "Page") -> None:
    page.focus(RATES)
    page.keyboard.press("Home")
    impact = page.locator(f"{READOUT} a", has_text="Impact of release 2")
    for _ in range(6):
        if impact.count():
            break
        page.keyboard.press("ArrowRight")
    impact.click()
    page.wait_for_selector("h1:has-text('Impact of release 2')")


def test_a_release_marker_opens_the_release(page: "Page") -> None:
    page.locator(f"{RATES} text", has_text="R2").click()
    page.wait_for_url("**/releases/2/")


def test_provisional_weeks_are_hatched(page: "Page") -> None:
    grounds = page.locator(f"{RATES} g.mark-rect path")
    fills = grounds.evaluate_all(
        "all => all.map(one => [one.getAttribute('fill'), one.getAttribute('opacity')])"
    )
    hatched = [fill for fill, opacity in fills if float(opacity or 1) > 0]
    assert 1 <= len(hatched) < len(fills)
    assert set(hatched) == {"url(#hatch)"}
    assert page.locator("#hatch path").count() == 1


def test_a_segment_is_chosen_in_a_filter_and_stays_in_the_address(page: "Page") -> None:
    page.select_option("select[name=topic]", "returns")
    page.wait_for_url("**topic=returns**")
    page.wait_for_selector(f"{RATES}[data-drawn]")
    assert "0.0 %" in page.locator(".tile", has_text="AI answered").inner_text()
    page.select_option("select[name=release]", "2")
    page.wait_for_url("**release=2**")
    assert "topic=returns" in page.url
    with page.expect_download() as download:
        page.click("text=Weeks as CSV")
    text = download.value.path().read_text()
    assert text.startswith("week,monday,provisional,releases,n,ai_answered,ai_answered_n")


def test_two_weeks_are_chosen_and_compared(page: "Page") -> None:
    weeks = page.locator("select[name=from] option").evaluate_all(
        "all => all.map(one => one.value)"
    )
    page.select_option("select[name=from]", weeks[1])
    page.wait_for_url(f"**from={weeks[1]}**")
    page.select_option("select[name=to]", weeks[2])
    page.wait_for_url(f"**to={weeks[2]}**")
    assert f"from={weeks[1]}" in page.url
    assert "50 % → 50 %, 0 %" in page.inner_text("table.changes")


def test_a_segment_without_conversations_says_so(page: "Page", address: str) -> None:
    page.goto(f"{address}?topic=nothing")
    assert "No conversations here" in page.inner_text("main")
    assert page.input_value("select[name=topic]") == "nothing"
