"""The weekly report as a manager has it: read, followed to its evidence, printed and mailed."""

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from agentops.report.compose import last_complete
from context.models import Agent
from conversations.figures import WEEK, week_name
from tests.make import PASSWORD
from tests.pages.loop import make_loop
from tests.services.mail import Postbox

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def agent(transactional_db: None) -> Agent:
    """An agent with three weeks of conversations, a proposal and a candidate; its admin is ada."""
    return make_loop(timezone.now(), weeks=3)


@pytest.fixture
def page(agent: Agent, postbox: Postbox, browser_page: "Page") -> "Page":
    """A browser in which the admin has logged in."""
    browser_page.goto("/login/")
    browser_page.fill("[name=username]", "ada")
    browser_page.fill("[name=password]", PASSWORD)
    browser_page.click("button.primary")
    browser_page.wait_for_selector("main h1")
    return browser_page


def weeks_of(agent: Agent) -> tuple[str, str]:
    """The names of the last whole week and of the one before it."""
    monday = last_complete(agent, timezone.now())
    return week_name(monday), week_name(monday - WEEK)


def open_week(page: "Page", week: str) -> None:
    """Go to the report as one does: by the navigation and the list of weeks."""
    page.click("#navigation >> text=Weekly report")
    page.click(f"main a:has-text('{week},')")
    page.wait_for_selector("main h1:has-text('Week')")


def test_a_sentence_leads_to_what_it_rests_on(agent: Agent, page: "Page") -> None:
    week, before = weeks_of(agent)
    open_week(page, week)
    assert "28 conversations came in" in page.inner_text("[aria-labelledby=summary]")
    assert "Proposal: “Customs”" in page.inner_text("[aria-labelledby=decide]")
    page.click("[aria-labelledby=figures] th >> text='AI handover'")
    page.wait_for_url("**/performance/**")
    assert page.url.endswith(f"?from={before}&to={week}#change-ai_handover")
    assert page.input_value("select[name=from]") == before
    assert page.input_value("select[name=to]") == week
    row = page.locator("tr:target")
    assert "25 % → 25 %" in row.inner_text()
    assert row.evaluate("row => row.getBoundingClientRect().top") < page.evaluate("innerHeight")


def test_the_pdf_is_one_with_the_reports_sentences(agent: Agent, page: "Page") -> None:
    open_week(page, weeks_of(agent)[0])
    answer = page.request.get(page.get_attribute("a:has-text('PDF')", "href") or "")
    pdf = answer.body()
    assert answer.headers["content-type"] == "application/pdf"
    assert pdf.startswith(b"%PDF-") and pdf.rstrip().endswith(b"%%EOF")
    assert b"/acme/bot/performance/?from=" in pdf, "its lines are links"
    if shutil.which("pdftotext"):
        read = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True)
        for line in page.locator("[aria-labelledby=summary] li").all_inner_texts():
            assert " ".join(line.split()) in " ".join(read.stdout.decode().split())


def test_a_week_is_mailed_in_the_workspaces_look_and_stands_in_the_log(
    agent: Agent, page: "Page", postbox: Postbox
) -> None:
    week, _ = weeks_of(agent)
    open_week(page, week)
    page.goto("/acme/bot/report/settings/")
    page.fill("[name=name]", "Acme Outdoor")
    page.fill("[name=colour]", "#0c6b58")
    page.click("[aria-labelledby=look] button:has-text('Save')")
    assert "look of the reports is saved" in page.inner_text(".flashes")
    page.fill("[name=address]", "head@acme.example")
    page.click("[aria-labelledby=recipients] button:has-text('Add')")
    page.click(f"button:has-text('Send {week} now')")
    assert "1 letter is on its way" in page.inner_text(".flashes")
    row = page.locator("[aria-labelledby=letters] tr", has_text="head@acme.example")
    assert week in row.inner_text() and "sent" in row.inner_text().lower()
    [([to], letter)] = postbox.letters
    html = letter.get_body(("html",))
    assert to == "head@acme.example" and html is not None
    assert "Acme Outdoor" in html.get_content() and "#0c6b58" in html.get_content()
    assert [part.get_filename() for part in letter.iter_attachments()][-1] == f"bot-{week}.pdf"
