"""A manager rolls a release out, reads its page and stops it, in a real browser."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from context.models import Agent
from context.rollouts.looks import look_at_rollouts
from tests.context.test_context_in_a_browser import log_in
from tests.context.test_looks import fill
from tests.make import (
    NOW,
    make_agent,
    make_candidate,
    make_content,
    make_live_release,
    make_member,
    make_rollout,
)

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PAGE = "/acme/bot/releases/2/rollout/"


@pytest.fixture
def agent() -> Agent:
    """An agent with a live release and an admin called ada."""
    agent = make_agent(required_checks="")
    make_member(agent.workspace)
    make_live_release(agent)
    return agent


def test_a_release_is_rolled_out_paused_and_stopped(browser_page: "Page", agent: Agent) -> None:
    page = browser_page
    make_candidate(agent, make_content(prompt="New"))
    log_in(page)
    page.goto("/acme/bot/releases/2/")
    page.click("text=Roll out to some")
    page.fill("#rollout-share", "30")
    page.click("#rollout button.primary")
    page.wait_for_selector("text=It answers 30 % of the customers beside")
    page.click("text=Pause")
    page.fill("#pause-reason", "a sale")
    page.click("#pause button.primary")
    page.wait_for_selector("text=the live release answers everybody")
    page.click("text=Resume")
    page.wait_for_selector("text=30 % of the customers again")
    page.click("a.danger >> text=Stop")
    page.click("#stop button.danger")
    page.wait_for_selector("text=The rollout is stopped")
    assert [one.status for one in agent.rollouts.all()] == ["stopped"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_its_page_fits_a_phone_in_both_themes(
    browser_page: "Page", agent: Agent, theme: str
) -> None:
    page, rollout = browser_page, make_rollout(agent, share=50)
    for number in range(1, 6):
        at = NOW + timedelta(days=number)
        fill(rollout, (at - timedelta(days=1)).date(), new=0.33, live=0.31)
        look_at_rollouts(agent, at)
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    log_in(page)
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(PAGE)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert "goes on" in page.inner_text("main").lower()
