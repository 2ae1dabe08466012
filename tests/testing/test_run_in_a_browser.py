"""A run in a real browser: the price, the start, the progress, the answers."""

from threading import Thread
from typing import TYPE_CHECKING

import pytest
from django.db import connection

from accounts.models import Role
from context.models import Agent
from testing.models import Run
from testing.runner import start_run, work_results
from testing.suites import suite_of
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


@pytest.fixture
def agent(transactional_db: None) -> Agent:
    """A candidate that knows more than the live release, and cases about both."""
    agent = make_agent()
    make_member(agent.workspace, role=Role.MANAGER)
    make_live_release(agent)
    make_candidate(agent, make_content(RETURNS, WASHING))
    make_case(agent)
    make_case(agent, "How do I wash my down jacket?", expected_facts=[WASHING.body])
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


def work_apart(run: Run) -> None:
    """Work a run in a thread of its own: the browser's event loop runs in the test's."""
    work_results(run, lambda: NOW)
    connection.close()


def test_a_manager_sees_the_price_starts_a_run_and_reads_the_answers(
    agent: Agent, page: "Page"
) -> None:
    suite = suite_of(agent, "regression", NOW)
    page.goto(f"/acme/bot/tests/suites/{suite.pk}/")
    page.wait_for_selector("#price :text('12 trials, against release 1')")
    page.fill("[name=trials]", "2")
    page.press("[name=trials]", "Tab")
    page.wait_for_selector("#price :text('8 trials, against release 1')")
    page.click("button:has-text('Start')")
    page.wait_for_selector("h1:has-text('Release 2 against 1')")
    assert page.locator("td:text-is('2 of 2')").count() == 3
    page.click("summary:has-text('Answers to How do I wash')")
    page.wait_for_selector("article:has-text('Trial 2') >> text=Wash down jackets at 30 degrees")
    page.click("nav.tabs a:has-text('Fixed')")
    assert page.locator("tbody details").count() == 1


def test_the_progress_follows_the_work_and_ends_with_the_result(agent: Agent, page: "Page") -> None:
    suite = suite_of(agent, "regression", NOW)
    release = agent.releases.get(number=2)
    run = start_run(suite, release, at=NOW, baseline=agent.live_release(), trials=1)
    page.goto(f"/acme/bot/tests/runs/{run.pk}/")
    assert page.locator("#progress").inner_text().startswith("0 of 4 trials")
    worker = Thread(target=work_apart, args=(run,))
    worker.start()
    worker.join()
    page.wait_for_selector("h1 .badge:has-text('Done')")
    assert page.locator("#progress").inner_text().startswith("4 of 4 trials")
    assert Run.objects.get().state == "done"
