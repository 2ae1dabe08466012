"""`manage.py gate --release N`: may this release be published? An exit code for pipelines."""

import json
import time
from argparse import ArgumentParser
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from context.access import find_agent
from context.models import Release
from llm.calls import UnknownPrice
from llm.states import WorkState
from testing.context_suite.under_way import under_way
from testing.context_suite.work import work_context_test
from testing.gate.checks import gate
from testing.gate.junit import junit_report
from testing.gate.reports import EXIT_CODES, Report, json_report, markdown_report, report_of
from testing.gate.weekly import Started, plan_search, price_of_missing, start_missing_runs
from testing.management.commands.run_suite import release_of
from testing.models import Result, Run
from testing.runs.following import work_with_bar

COULD_NOT = 2
INTERRUPTED = 130
SECONDS_BETWEEN_LOOKS = 1.0


class Command(BaseCommand):
    """Run the suites that are missing, write the checks, say what they say.

    Exit codes: 0 every required check has passed; 1 one has failed; 2 it could not be asked;
    3 not decided (too little evidence, ungraded, under way at the timeout); 130 interrupted.
    """

    help = (
        "Test a release against the live one. Exits 0 when its required checks have passed, 1 when "
        "one has failed, 2 when it could not be asked, 3 when it is not decided."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which release, how thoroughly, how long and how dear, and what comes out."""
        parser.add_argument("--agent", required=True)
        parser.add_argument("--release", type=int, required=True, help="number of the release")
        parser.add_argument("--trials", type=int, help="how often each case is asked")
        parser.add_argument("--cap", type=Decimal, help="US dollars the missing runs may cost")
        parser.add_argument("--timeout", type=float, help="seconds to wait for the runs")
        parser.add_argument("--format", choices=("markdown", "json", "junit"), default="markdown")
        parser.add_argument(
            "--json", action="store_const", const="json", dest="format", help="as --format json"
        )
        parser.add_argument("--out", type=Path, help="a file for the report, else it is printed")
        parser.add_argument("--base-url", default="", help="https://host, for links in the report")

    def handle(self, *args: Any, **options: Any) -> None:
        """Gate the release."""
        try:
            report = self.gate(options)
        except CommandError as error:
            raise CommandError(str(error), returncode=COULD_NOT) from None
        except KeyboardInterrupt:
            self.stderr.write("Stopped. What was asked is kept; call it again to go on.")
            raise SystemExit(INTERRUPTED) from None
        self.write(report, options["format"], options["out"])
        if code := EXIT_CODES[report.outcome]:
            raise SystemExit(code)

    def gate(self, options: dict[str, Any]) -> Report:
        """Start what is missing, follow it to its end or to the timeout, and decide."""
        agent = find_agent(options["agent"])
        release = release_of(agent, options["release"])
        release.agent = agent
        if release.unfrozen:
            raise CommandError(f"Release {release.number} {release.unfrozen}.")
        self.search(release)
        started = self.start(release, options["trials"], options["cap"])
        wait = options["timeout"]
        self.follow(release, None if wait is None else timezone.now() + timedelta(seconds=wait))
        gate(release, timezone.now(), started.refused)
        return report_of(release, timezone.now(), options["base_url"].rstrip("/"))

    def search(self, release: Release) -> None:
        """Look for the cases near what changes and for contradictions: the context runs need it."""
        test = plan_search(release, timezone.now())
        if test is not None and under_way(release, test.baseline):
            work_context_test(test, timezone.now)

    def start(self, release: Release, trials: int | None, cap: Decimal | None) -> Started:
        """Start the missing runs, if they cost no more than the cap."""
        if cap is not None:
            try:
                price = price_of_missing(release, trials)
            except UnknownPrice as unknown:
                raise CommandError(str(unknown)) from None
            if price > cap:
                raise CommandError(f"The runs may cost ${price:.2f}; --cap is ${cap:.2f}.")
        started = start_missing_runs(release, timezone.now(), trials=trials)
        for run in started.runs:
            trial_count = run.progress()["total"]
            self.stderr.write(
                f"Run {run.pk}, {run.suite.name}: {trial_count} trials, "
                f"at most ${run.estimated_usd:.4f}."
            )
        return started

    def follow(self, release: Release, until: datetime | None) -> None:
        """Work the runs under way. Without a timeout what cannot be asked now is not waited for;
        trials that another worker holds are.
        """
        while True:
            running = Run.objects.filter(release=release, state=Run.State.RUNNING)
            for run in running.order_by("id"):
                work_with_bar(run, timezone.now, until)
            left = Result.objects.filter(run__in=running)
            held = left.filter(state=WorkState.WORKING).exists()
            waits = running.exists() if until is not None else held
            if not waits or (until is not None and timezone.now() >= until):
                return
            time.sleep(SECONDS_BETWEEN_LOOKS)

    def write(self, report: Report, form: str, out: Path | None) -> None:
        """Print the report, or write it to a file and say the outcome."""
        if form == "json":
            text = json.dumps(json_report(report), cls=DjangoJSONEncoder) + "\n"
        else:
            text = junit_report(report) if form == "junit" else markdown_report(report)
        if out is None:
            self.stdout.write(text, ending="")
            return
        try:
            out.write_text(text, encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{out}: {error.strerror}.", returncode=COULD_NOT) from None
        self.stderr.write(f"Release {report.release.number}: {report.outcome}. Report in {out}.")
