"""`manage.py gate --release N`: may this release be published? Exit code 0 or 1, for pipelines."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from context.access import find_agent
from context.models import Check, Release
from llm.calls import BudgetExhausted, UnknownPrice
from testing.following import work_with_bar
from testing.gate import gate
from testing.management.commands.run_suite import release_of
from testing.models import Run
from testing.refusals import Refused
from testing.rendering import check_json
from testing.weekly import start_missing_runs

SIGNS = {"passed": "✅", "failed": "❌", "undecided": "❔", "pending": "⏳"}


class Command(BaseCommand):
    """Run the suites that are missing, write the checks, say in Markdown what they say."""

    help = "Test a release against the live one; exits 1 unless its required checks have passed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which release, and how thoroughly."""
        parser.add_argument("--agent", required=True)
        parser.add_argument("--release", type=int, required=True, help="number of the release")
        parser.add_argument("--trials", type=int, default=3, help="how often each case is asked")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Gate the release."""
        agent = find_agent(options["agent"])
        release = release_of(agent, options["release"])
        if release.is_draft:
            raise CommandError(f"Release {release.number} is a draft; submit it first.")
        try:
            start_missing_runs(release, timezone.now(), trials=options["trials"])
        except (Refused, BudgetExhausted, UnknownPrice) as refused:
            raise CommandError(str(refused)) from None
        for run in Run.objects.filter(release=release, state=Run.State.RUNNING).order_by("id"):
            work_with_bar(run, timezone.now)
        checks = gate(release, timezone.now())
        missing = release.missing_checks()
        if options["json"]:
            answer = {"passed": not missing, "checks": [check_json(check) for check in checks]}
            self.stdout.write(json.dumps(answer))
        else:
            self.stdout.write(markdown(release, checks, missing))
        if missing:
            raise SystemExit(1)


def markdown(release: Release, checks: list[Check], missing: dict[str, str]) -> str:
    """The summary as a pipeline shows it."""
    verdict = "may be published" if not missing else "may not be published"
    required = release.agent.required_checks.split()
    lines = [
        f"## Release {release.number} {verdict}",
        "",
        "| Check | | Why |",
        "|---|---|---|",
        *(
            f"| {check.name}{' (required)' if check.name in required else ''} "
            f"| {SIGNS[check.status]} {check.status} | {check.summary.replace('|', '/')} |"
            for check in checks
        ),
    ]
    return "\n".join(lines)
