"""The gate's answer as a pipeline reads it: one outcome, and the whole of it as JSON or Markdown.

JUnit XML is written by `testing.gate.junit`.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.urls import reverse

from context.models import Check, Release
from context.releases.checks import latest_checks
from testing.context_suite.changed import baseline_of
from testing.context_suite.under_way import under_way
from testing.gate.checks import run_url
from testing.models import Run, Suite

SIGNS = {"passed": "✅", "failed": "❌", "undecided": "❔", "pending": "⏳", "not run": "⏳"}
CASES_LISTED = 5


class Outcome(StrEnum):
    """What the required checks of a release come to."""

    PASSED = "passed"
    FAILED = "failed"
    UNDECIDED = "undecided"


EXIT_CODES = {Outcome.PASSED: 0, Outcome.FAILED: 1, Outcome.UNDECIDED: 3}


@dataclass(frozen=True)
class Report:
    """The checks of a release at one moment. `base` is put before addresses: https://host;
    `searching` says what of the context test is under way.
    """

    release: Release
    checks: list[Check]
    missing: dict[str, str]
    running: list[Run]
    at: datetime
    base: str = ""
    searching: str = ""

    @property
    def is_under_way(self) -> bool:
        """Whether what it says is going to change by itself."""
        return bool(self.running or self.searching)

    @property
    def outcome(self) -> Outcome:
        """Failed if a required check has failed; undecided while one has not passed; else passed.

        A required check that nobody wrote leaves it undecided.
        """
        if not self.missing:
            return Outcome.PASSED
        statuses = {check.name: check.status for check in self.checks}
        failed = any(statuses.get(name) == Check.Status.FAILED for name in self.missing)
        return Outcome.FAILED if failed else Outcome.UNDECIDED

    def address(self, path: str) -> str:
        """An address a reader can open outside the product, where the host is known."""
        return f"{self.base}{path}" if path else ""

    @property
    def url(self) -> str:
        """The release's page."""
        return self.address(agent_path(self.release, "context:release", self.release.number))

    def case_url(self, case_id: int) -> str:
        """The page of a case."""
        return self.address(agent_path(self.release, "testing:case", case_id))


def agent_path(release: Release, name: str, key: int) -> str:
    """The path of one of the agent's pages."""
    return reverse(name, args=[release.agent.workspace.slug, release.agent.slug, key])


def report_of(release: Release, at: datetime, base: str = "") -> Report:
    """The newest check of every name, and the runs that are under way."""
    running = Run.objects.filter(release=release, state=Run.State.RUNNING)
    checks = latest_checks(release)
    order = [*Suite.Kind.values, *checks]
    return Report(
        release,
        sorted(checks.values(), key=lambda check: order.index(check.name)),
        release.missing_checks(),
        list(running.select_related("suite__agent__workspace").order_by("id")),
        at,
        base,
        under_way(release, baseline_of(release)) if _waits(checks.get(Suite.Kind.CONTEXT)) else "",
    )


def _waits(check: Check | None) -> bool:
    """Whether a check is going to be decided; without cases it does not wait for a search."""
    return check is not None and check.status == Check.Status.PENDING


def json_report(report: Report) -> dict[str, Any]:
    """The answer of `gate --format json` and of the REST call (`shapes_gate.GateOut`)."""
    required = report.release.agent.required_checks.split()
    return {
        "release": report.release.number,
        "outcome": report.outcome.value,
        "passed": not report.missing,
        "url": report.url,
        "checks": [check_json(check, check.name in required, report) for check in report.checks],
        "missing": report.missing,
        "running": [run.pk for run in report.running],
    }


def check_json(check: Check, required: bool, report: Report) -> dict[str, Any]:
    """A check as the gate answers it."""
    named = check.numbers.get("named", [])
    return {
        "name": check.name,
        "required": required,
        "status": check.status,
        "summary": check.summary,
        "advice": check.advice,
        "url": report.address(check.url),
        "cases": [one | {"url": report.case_url(one["case"])} for one in named],
        "rules": check.numbers.get("rules", {}),
        "created_at": check.created_at,
    }


def markdown_report(report: Report) -> str:
    """For a step summary or a comment on a merge request."""
    head = {
        Outcome.PASSED: "may be published",
        Outcome.FAILED: "may not be published",
        Outcome.UNDECIDED: "is not decided yet",
    }[report.outcome]
    required = report.release.agent.required_checks.split()
    lines = [f"## Release {report.release.number} {head}", "", "| Check | | Why |", "|---|---|---|"]
    lines += [_row(check, check.name in required, report) for check in report.checks]
    known = {check.name for check in report.checks}
    lines += [
        f"| {name} (required) | {SIGNS['not run']} not run | |"
        for name in required
        if name not in known
    ]
    for check in report.checks:
        lines += _what_to_do(check, report)
    if report.running:
        urls = ((run.pk, report.address(run_url(run))) for run in report.running)
        runs = ", ".join(_link(f"run {key}", url if report.base else "") for key, url in urls)
        lines += ["", f"Under way: {runs}."]
    if report.searching:
        lines += ["", report.searching]
    if report.base:
        lines += ["", _link("Open the release", report.url)]
    return "\n".join(lines) + "\n"


def _row(check: Check, required: bool, report: Report) -> str:
    name = f"{check.name} (required)" if required else check.name
    summary = _cell(check.summary)
    if check.url and report.base:
        summary = f"{summary} {_link('Open', report.address(check.url))}"
    return f"| {name} | {SIGNS[check.status]} {check.status} | {summary} |"


def _what_to_do(check: Check, report: Report) -> list[str]:
    """What to do next about a check that has not passed, and the cases it is about."""
    if check.status == Check.Status.PASSED or not check.advice:
        return []
    named = check.numbers.get("named", [])
    lines = ["", f"**{check.name}** – {_cell(check.advice)}"]
    if named:
        lines.append("")
    for one in named[:CASES_LISTED]:
        question = _link(one["question"], report.case_url(one["case"]) if report.base else "")
        lines.append(f"- {question} ({one['outcome']})")
    if (more := check.numbers.get("behind", len(named)) - CASES_LISTED) > 0:
        lines.append(f"- and {more} more")
    return lines


def _link(text: str, url: str) -> str:
    """A Markdown link, or the text alone where there is no address."""
    return f"[{_cell(text)}]({url})" if url else _cell(text)


def _cell(text: str) -> str:
    """A customer's or a person's words that cannot break out of a cell or become markup."""
    escaped = "".join(f"\\{c}" if c in "\\`*_[]<>|#@!" else c for c in " ".join(text.split()))
    return escaped
