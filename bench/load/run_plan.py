"""A suite of many cases with a run of it, made inside an installation by its own functions.

Every trial takes two calls: the release knows an answer to each question, the assertions hold, and
a fact in words is left to the grader. A third of the cases expect what the documents do not say.
"""

import json
import time
from datetime import datetime
from typing import Any

from django.utils import timezone

from context.editing.drafts import create_draft
from context.models import Agent, Release
from context.releases.content import Content, DocumentContent
from testing.exchange.bringing import put_cases
from testing.models import Suite
from testing.runs.runner import start_run

PROMPT = "You are the support agent of an outdoor shop. Answer only from the documents, politely."
THINGS = (
    "down jacket", "rain shell", "hiking boots", "fleece vest", "wool beanie", "ski trousers",
    "trail shoes", "base layer", "sleeping bag", "trekking poles",
)  # fmt: skip
SUBJECTS = (
    ("wash", "How do I wash my {thing}? Order {order}.", "Wash the {thing} by hand, on gentle."),
    ("return", "How do I return my {thing}? Order {order}.", "Return the {thing} unworn by post."),
    ("repair", "Who can repair my {thing}? Order {order}.", "A tailor will repair the {thing}."),
)
UNSAID = "The parcel travels by bicycle courier through the mountains."
CASES_AT_ONCE = 1000


def documents() -> tuple[DocumentContent, ...]:
    """What the release knows: each subject of each thing."""
    return tuple(
        DocumentContent(
            slug=f"{subject}-{thing.replace(' ', '-')}",
            title=f"{subject.title()} your {thing}",
            topic=subject,
            body=fact.format(thing=thing),
        )
        for subject, _, fact in SUBJECTS
        for thing in THINGS
    )


def case(number: int) -> dict[str, Any]:
    """The case of this number, always the same; no two ask the same."""
    _, question, fact = SUBJECTS[number % len(SUBJECTS)]
    words = {"thing": THINGS[number % len(THINGS)], "order": f"{100000 + number}"}
    expected = UNSAID if number % 7 < 2 else fact.format_map(words)
    return {
        "key": f"case-{number:06d}",
        "status": "approved",
        "question": question.format_map(words),
        "expected_facts": [expected],
    }


def published(agent: Agent, at: datetime) -> Release:
    """A live release that needs no check."""
    agent.required_checks = ""
    agent.save(update_fields=["required_checks"])
    release, _ = create_draft(agent, Content(PROMPT, {}, documents()), at=at)
    release.submit(at)
    release.publish(at)
    return release


def plan(slug: str, count: int) -> None:
    """Make the cases and start the run; prints its trials, and the seconds the start took."""
    agent, at = Agent.objects.get(slug=slug), timezone.now()
    release, suite = published(agent, at), Suite.of_kind(agent, "regression", at)
    for first in range(0, count, CASES_AT_ONCE):
        last = min(count, first + CASES_AT_ONCE)
        put_cases(suite, [case(number) for number in range(first, last)], at)
    started = time.monotonic()
    run = start_run(suite, release, at=at, trials=1)
    print(json.dumps([run.progress()["total"], time.monotonic() - started]))
