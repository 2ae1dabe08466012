"""Real runs, inside an installation: rows, the runner, the gate, and a model that errs by chance.

The noise is the model's (`local_model --answer-noise`): an answer becomes a handover, drawn anew
for each request, so the same release asked twice differs by luck alone. A true loss is made by the
candidate's prompt, which hands over every question about one subject.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from accounts.models import Workspace
from context.editing.drafts import create_draft
from context.models import Agent, Release
from context.releases.content import Content, DocumentContent
from testing.cases.suites import suite_of
from testing.comparing.claimed import claim_of
from testing.comparing.comparison import compare
from testing.comparing.looks import is_clear
from testing.models import Run, Suite
from testing.runs.runner import start_run, work_results

AT = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
PROMPT = "You are the support agent of an outdoor shop. Answer only from the documents."
RETURNS = DocumentContent(
    slug="returns",
    title="Returning an item",
    topic="returns",
    body="You can return unworn items within 30 days of delivery for a full refund.",
)
LOST, KEPT = "boot", "jacket"
PER_FAMILY = 8  # one case in so many is about what a losing candidate hands over


def play(name: str, cases: int, trials: int, runs: int, *, loses: bool) -> None:
    """Run a suite again and again on the same two releases; prints an outcome a line as JSON."""
    agent, suite = _suite(name, cases)
    live = _release(agent, PROMPT)
    live.publish(AT)
    prompt = f"{PROMPT}\nAlways hand over: {LOST}" if loses else f"{PROMPT}\nTone: formal"
    candidate = _release(agent, prompt)
    for number in range(runs):
        at = AT + timedelta(hours=number)
        run = start_run(suite, candidate, at=at, baseline=live, trials=trials)
        work_results(run, lambda at=at: at)  # type: ignore[misc]
        print(json.dumps(_outcome(run)), flush=True)


def _suite(name: str, cases: int) -> tuple[Agent, Suite]:
    """An agent with a suite: every case is answered from the one document."""
    workspace = Workspace.objects.create(slug=name, name=name)
    agent = Agent.objects.create(workspace=workspace, slug=name, name=name, required_checks="")
    suite = suite_of(agent, Suite.Kind.REGRESSION, AT)
    for number in range(cases):
        thing = KEPT if number % PER_FAMILY else LOST
        suite.add_case(
            question=f"How do I return an unworn {thing}? My order is {10_000 + number}.",
            expected_action="answer",
            status="approved",
            at=AT,
        )
    return agent, suite


def _release(agent: Agent, prompt: str) -> Release:
    release, _ = create_draft(agent, Content(prompt, {}, (RETURNS,)), at=AT)
    release.submit(AT)
    return release


def _outcome(run: Run) -> dict[str, Any]:
    """What the product says of a run that has ended, and how often each release passed."""
    comparison = compare(run)
    difference = comparison.difference
    assert difference is not None
    return {
        "state": run.state,
        "cases": len(comparison.complete),
        "claimed": is_clear(difference, claim_of(run, comparison)),
        "low": difference.low,
        "high": difference.high,
        "passed": [sum(comparison.baseline_passes), sum(comparison.candidate_passes)],
    }


def outcomes(printed: str) -> Iterator[dict[str, Any]]:
    """The outcomes that `play` printed."""
    for line in printed.splitlines():
        if line.startswith("{"):
            yield json.loads(line)
