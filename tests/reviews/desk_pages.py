"""The desk in a real browser: what its tests press, wait for and read."""

from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from context.models import Agent
from reviews.models import Flag, Queue
from reviews.queue.sampling import build_queue
from tests.make import PASSWORD, make_agent
from tests.reviews.material import make_reviewer, make_reviews

if TYPE_CHECKING:
    from playwright.sync_api import Page

CRITERIA = 9


def make_desk(count: int = 3) -> Queue:
    """Today's queue for ada: one flagged conversation, the others blind."""
    agent = make_agent(queue_capacity=count)
    make_reviewer(agent, "ada")
    today = agent.local_date(timezone.now())
    reviews = make_reviews(agent, [1] + [5] * (count - 1), today - timedelta(days=1))
    Flag.objects.create(
        conversation=reviews[0].conversation,
        kind=Flag.Kind.LOW_CSAT,
        detail="CSAT 1",
        created_at=timezone.now() - timedelta(minutes=1),
    )
    return build_queue(agent, today, timezone.now())


def desk_url(agent: Agent) -> str:
    return f"/{agent.workspace.slug}/{agent.slug}/desk/"


def log_in(page: "Page") -> None:
    """Log in as ada."""
    page.goto("/login/")
    page.fill("[name=username]", "ada")
    page.fill("[name=password]", PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def open_desk(page: "Page", agent: Agent) -> None:
    """Log in as ada and open the desk, with its next item fetched."""
    log_in(page)
    with page.expect_response("**/ahead/"):
        page.goto(desk_url(agent))
    page.locator(".criterion.current").wait_for()


def press(page: "Page", *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def shown(page: "Page") -> str:
    """The id of the item on the page."""
    return page.locator("#desk").get_attribute("data-item") or ""


def submit(page: "Page") -> None:
    """Save and go on: to the next item, or to the end of the queue."""
    before = shown(page)
    page.keyboard.press("Control+Enter")
    page.wait_for_function(
        "before => document.querySelector('#desk')?.dataset.item !== before", arg=before
    )
    page.wait_for_function("() => !window.desk || !window.desk.busy")


def current(page: "Page") -> str:
    """The key of the criterion that the keys act on."""
    return page.locator(".criterion.current").get_attribute("data-criterion") or ""


def given(page: "Page", key: str) -> str:
    """The answer on the page to a criterion."""
    return page.evaluate(
        "key => document.querySelector(`input[name='verdict-${key}']:checked`)?.value ?? ''", key
    )


def select_text(page: "Page", author: str) -> None:
    """Select the first message of an author, as a mouse or a long press does."""
    page.evaluate(
        """author => getSelection().selectAllChildren(
            document.querySelector(`.message[data-author=${author}] .text`))""",
        author,
    )


def said(page: "Page") -> str:
    """What was told to screen readers last."""
    return page.locator("#said").inner_text().strip()
