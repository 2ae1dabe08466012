"""The gate: from what the runs of a release say to named checks on it.

It reads the newest runs against the release that is live now and writes the decisions
(`decisions.py`) as checks, which `Release.publish` requires. Each check keeps the rules it was
decided by.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from django.urls import reverse

from context.models import Agent, Check, Release
from context.releases.checks import latest_checks, record_check
from testing.comparing.comparison import counted
from testing.gate.decisions import Decision, decide
from testing.gate.evidence import Evidence, rules_json, thresholds_of
from testing.gate.suite_decision import Judged, Question, judge_suite
from testing.models import Run, Suite

Status = Check.Status
ON_THEIR_WAY = (Release.Status.CANDIDATE, Release.Status.APPROVED)


def gate(
    release: Release, at: datetime, refused: Mapping[int, str] | None = None, because: str = ""
) -> list[Check]:
    """Write the checks "regression", "questions" and "context" from the newest runs of a release.

    Runs count if they ended and were compared with the release that is live now; where one is still
    missing or under way, the check is pending, and `refused` says why it could not be started. An
    unchanged decision is not written again.
    """
    question = replace(Question.about(release, at), refused=refused or {}, because=because)
    return [_check(question, kind) for kind in Suite.Kind]


def record_run(run: Run, at: datetime) -> Check | None:
    """Write the check of the kind of a run that has just ended, if its release is on its way."""
    if run.release.status not in ON_THEIR_WAY:
        return None
    question = replace(Question.about(run.release, at), ended=run)
    return _check(question, Suite.Kind(run.suite.kind))


def decide_again(agent: Agent, at: datetime, because: str) -> list[Check]:
    """Decide the checks of the releases on their way anew; returns those that were written.

    Only releases that have checks already; what was written before stays on record.
    """
    found = agent.releases.filter(status__in=ON_THEIR_WAY, checks__isnull=False)
    written = []
    for release in found.select_related("agent__workspace").order_by("number").distinct():
        before = {check.pk for check in latest_checks(release).values()}
        checks = gate(release, at, because=because)
        written += [check for check in checks if check.pk not in before]
    return written


def _check(question: Question, kind: Suite.Kind) -> Check:
    """Decide one kind over all its suites; the worst of those that decide is the check's."""
    suites = [
        suite
        for suite in question.release.agent.suites.filter(kind=kind)
        if suite.approved_cases().exists()
    ]
    for suite in suites:
        suite.agent = question.release.agent
    judged = [judge_suite(suite, question) for suite in suites]
    deciding = [one for one in judged if one.suite.decides]
    if not deciding:
        return _record(question, kind, _nothing_decides(question, kind, len(judged)), judged, None)
    worst = min(deciding, key=lambda one: one.severity)
    decision = worst.decision
    if len(judged) > 1:
        decision = replace(decision, summary=f"{worst.suite.name}: {decision.summary}")
    return _record(question, kind, decision, judged, worst.run)


def _nothing_decides(question: Question, kind: Suite.Kind, shown: int) -> Decision:
    """The decision where no suite with cases decides."""
    rules = thresholds_of(
        Suite(kind=kind, agent=question.release.agent), question.rules, question.tags
    )
    if shown:
        summary = f"{counted(shown, 'suite')} of this kind shown only: none decides."
        return Decision(Status.PASSED, summary, numbers={"rules": rules_json(rules)})
    decision = decide(kind, Evidence(documents=tuple(question.documents)), rules)
    return replace(decision, numbers={"rules": rules_json(rules)})


def _record(
    question: Question, kind: Suite.Kind, decision: Decision, judged: list[Judged], run: Run | None
) -> Check:
    """Write the check unless the newest of its name says the same already, by the same rules."""
    release, url = question.release, run_url(run) if run else ""
    numbers = decision.numbers | ({"suites": _suites_json(judged)} if len(judged) > 1 else {})
    if question.because:
        numbers["because"] = question.because
    newest = latest_checks(release).get(kind.value)
    said = (decision.status, decision.summary[:500], decision.advice[:500], url)
    if (
        newest is not None
        and said == (newest.status, newest.summary, newest.advice, newest.url)
        and all(numbers.get(name) == newest.numbers.get(name) for name in ("rules", "suites"))
    ):
        return newest
    return record_check(
        release,
        kind.value,
        decision.status,
        decision.summary,
        at=question.at,
        numbers=numbers,
        url=url,
        advice=decision.advice,
    )


def _suites_json(judged: list[Judged]) -> list[dict[str, object]]:
    """What each suite of a kind says, where there are several."""
    return [
        {
            "suite": one.suite.pk,
            "name": one.suite.name,
            "decides": one.suite.decides,
            "status": one.decision.status.value,
            "summary": one.decision.summary,
            "url": run_url(one.run) if one.run else "",
        }
        for one in judged
    ]


def run_url(run: Run) -> str:
    """The address of a run's page."""
    agent = run.suite.agent
    return reverse("testing:run", args=[agent.workspace.slug, agent.slug, run.pk])
