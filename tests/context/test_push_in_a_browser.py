"""A folder that was pushed is seen, compared and published on the pages; any two releases are
compared word by word.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pytest_django.live_server_helper import LiveServer

from context.models import Agent
from tests.context.test_context_in_a_browser import log_in
from tests.context.test_push_command import folder as folder
from tests.context.test_push_command import push
from tests.make import RETURNS, make_agent, make_content, make_key, make_live_release, make_member

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def agent(transactional_db: None) -> Agent:
    """An agent with a live release and an admin called ada."""
    agent = make_agent(required_checks="")
    make_member(agent.workspace)
    make_live_release(agent, make_content(RETURNS, prompt="Be brief and kind."))
    return agent


@pytest.fixture
def pushed(agent: Agent, folder: Path, live_server: LiveServer) -> int:
    """The number of the release that a folder became over REST."""
    key = make_key(agent.workspace, "releases", "read")
    made = push(folder, url=live_server.url, key=key, label=["spring"], note="From git")
    return int(made["number"])


def test_a_pushed_version_is_seen_compared_and_published(
    agent: Agent, pushed: int, browser_page: "Page"
) -> None:
    page = browser_page
    log_in(page)
    page.goto("/acme/bot/releases/")
    page.wait_for_selector(f"tr:has-text('Release {pushed}'):has-text('spring')")
    page.click(f"a:has-text('Release {pushed}')")
    assert "From git" in page.inner_text("main")
    changes = page.locator("#changes")
    assert "brief and" in changes.locator("del").first.inner_text()
    assert changes.locator("ins:has-text('Größe')").count()
    page.click("text=Submit as candidate")
    page.wait_for_selector(f"text=Release {pushed} is a candidate now")
    page.keyboard.press("p")
    page.click("dialog[open] button.primary")
    page.wait_for_selector(f"text=Release {pushed} is live.")
    live = agent.live_release()
    assert live is not None
    assert live.number == pushed


def test_a_release_is_compared_with_any_other(agent: Agent, browser_page: "Page") -> None:
    for prompt in ("Be brief, kind and exact.", "Be brief, kind and honest."):
        make_live_release(agent, make_content(RETURNS, prompt=prompt))
    page = browser_page
    log_in(page)
    page.goto("/acme/bot/releases/3/")
    changes = page.locator("#changes")
    assert changes.locator("del").all_inner_texts() == ["exact"]
    assert changes.locator("ins").all_inner_texts() == ["honest"]
    page.select_option("select[name=against]", "1")
    page.wait_for_url("**against=1**")
    assert changes.locator("ins").all_inner_texts() == [", kind", "honest"]
    page.select_option("select[name=against]", "2")
    page.wait_for_url("**against=2**")
    assert changes.locator("del").inner_text() == "exact"
