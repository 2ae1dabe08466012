"""Every page in a real browser: no script error, no broken policy, nothing from another host."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from context.models import Agent
from conversations.models import Conversation
from testing.models import Run
from tests.make import PASSWORD
from tests.pages.loop import make_loop

if TYPE_CHECKING:
    from playwright.sync_api import Page, ViewportSize

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE: "ViewportSize" = {"width": 390, "height": 844}


@pytest.fixture
def agent(transactional_db: None) -> Agent:
    """An agent with something on every page."""
    return make_loop(timezone.now())


@pytest.fixture
def visit(agent: Agent, browser_page: "Page") -> "Iterator[Page]":
    """A browser in which the admin has logged in."""
    browser_page.goto("/login/")
    browser_page.fill("[name=username]", "ada")
    browser_page.fill("[name=password]", PASSWORD)
    browser_page.click("button.primary")
    browser_page.wait_for_selector("main h1")
    assert "/login/" not in browser_page.url
    yield browser_page


def addresses(agent: Agent) -> list[str]:
    """Pages of single things, and those that no navigation shows."""
    base = home(agent)
    chats = Conversation.objects.filter(agent=agent).order_by("pk")[:4]
    return [
        f"{base}tests/runs/{Run.objects.get().pk}/",
        f"{base}releases/1/",
        f"{base}releases/2/",
        f"{base}desk/reviews/",
        f"{base}desk/quality/",
        f"{base}desk/quality/data/",
        f"{base}desk/canary/",
        f"{base}report/alerts/",
        f"{base}report/settings/",
        *(f"{base}conversations/{chat.pk}/" for chat in chats),
        "/api/docs/",
    ]


def home(agent: Agent) -> str:
    """The agent's first page."""
    return f"/{agent.workspace.slug}/{agent.slug}/"


def open_everything(page: "Page", agent: Agent) -> list[str]:
    """Open every page; what failed, lacks a heading or is wider than the window."""
    page.goto(home(agent))
    links = "links => links.map(link => link.getAttribute('href'))"
    navigation = page.eval_on_selector_all("#navigation .nav a", links)
    assert len(navigation) >= 8
    faults = []
    for address in [*navigation, *addresses(agent)]:
        answer = page.goto(address)
        if page.locator("[hx-trigger*=load], [data-chart], #swagger-ui").count():
            page.wait_for_load_state("networkidle")
        if answer is None or answer.status != 200:
            faults.append(f"{address} answered {answer and answer.status}")
        elif page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            faults.append(f"{address} is wider than the window")
        elif address != "/api/docs/" and page.locator("h1").count() != 1:
            faults.append(f"{address} has no heading of its own")
    return faults


def test_every_page_opens_in_light_and_dark_and_on_a_phone(visit: "Page", agent: Agent) -> None:
    visit.emulate_media(color_scheme="light")
    assert open_everything(visit, agent) == []
    visit.emulate_media(color_scheme="dark")
    visit.set_viewport_size(PHONE)
    assert open_everything(visit, agent) == []


def test_the_charts_are_drawn_and_follow_the_theme(visit: "Page", agent: Agent) -> None:
    visit.emulate_media(color_scheme="light")
    visit.goto(f"{home(agent)}performance/")
    visit.wait_for_selector("[data-chart=rates-spec][data-drawn]")
    visit.wait_for_selector("[data-chart=csat-spec][data-drawn]")
    lines = visit.locator("[data-chart=rates-spec] g.mark-line path")
    assert lines.count() == 6
    stroke = "path => getComputedStyle(path).stroke"
    light = lines.first.evaluate(stroke)
    visit.emulate_media(color_scheme="dark")
    assert lines.first.evaluate(stroke) != light
    assert visit.locator("[data-chart=rates-spec] text", has_text="R1").count() == 1


def test_the_theme_of_the_menu_outlives_the_page(visit: "Page", agent: Agent) -> None:
    visit.emulate_media(color_scheme="light")
    visit.goto(home(agent))
    before = visit.evaluate("getComputedStyle(document.body).backgroundColor")
    visit.click(".menu.up summary")
    visit.click("button[name=theme][value=dark]")
    visit.goto(f"{home(agent)}settings/")
    assert visit.get_attribute("html", "data-theme") == "dark"
    assert visit.evaluate("getComputedStyle(document.body).backgroundColor") != before


def test_keys_lead_through_the_pages_and_rest_while_one_types(visit: "Page", agent: Agent) -> None:
    visit.goto(home(agent))
    visit.keyboard.press("g")
    visit.keyboard.press("p")
    visit.wait_for_url("**/performance/")
    visit.keyboard.press("?")
    visit.wait_for_selector("#keys[open]")
    assert "Go to Today" in visit.inner_text("#keys")
    visit.keyboard.press("Escape")
    visit.goto(f"{home(agent)}settings/")
    visit.focus("#id_language")
    visit.keyboard.type("gp")
    assert visit.url.endswith("/settings/")
    assert "gp" in visit.input_value("#id_language")


def test_the_navigation_of_a_phone_opens_and_leads_on(visit: "Page", agent: Agent) -> None:
    visit.set_viewport_size(PHONE)
    visit.goto(home(agent))
    assert not visit.locator("#navigation").is_visible()
    visit.click("[popovertarget=navigation]")
    visit.click("#navigation a:has-text('Performance')")
    visit.wait_for_url("**/performance/")


def test_pages_can_be_used_without_scripts(visit: "Page", agent: Agent) -> None:
    browser = visit.context.browser
    assert browser is not None
    plain = browser.new_context(
        base_url=visit.url.split("/acme")[0],
        java_script_enabled=False,
        storage_state=visit.context.storage_state(),
    ).new_page()
    plain.goto(f"{home(agent)}performance/")
    assert "needs JavaScript" in plain.inner_text("[data-chart=rates-spec]")
    plain.click("summary:has-text('Data table')")
    assert plain.locator("details.more tbody tr").count() >= 2
    plain.goto(f"{home(agent)}settings/")
    plain.fill("#id_queue_capacity", "17")
    plain.click("form[action$='/loop/'] button")
    assert "settings are saved" in plain.inner_text(".flashes")
    agent.refresh_from_db()
    assert agent.queue_capacity == 17
