"""`manage.py run_suite SUITE --release N`: ask a release the cases of a suite."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from context.access import find_agent
from context.models import Agent, Release
from llm.calls import BudgetExhausted, UnknownPrice
from testing.comparing.rendering import run_detail
from testing.context_suite.changed import baseline_of
from testing.gate.suite_decision import counting_run, unasked_cases
from testing.models import Run, Suite
from testing.models.context_tests import asked_cases
from testing.refusals import Refused
from testing.runs.following import work_with_bar
from testing.runs.runner import estimate_run, start_run


class Command(BaseCommand):
    """Show the price, run, compare with the live release. A run under way is gone on with."""

    help = "Run a suite (its slug) against a release and compare it with the live one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which suite, which release, how often."""
        parser.add_argument("suite", help="slug: questions, context, regression, or your own")
        parser.add_argument("--agent", required=True)
        parser.add_argument("--release", type=int, required=True, help="number of the release")
        parser.add_argument("--baseline", type=int, help="number; the live release unless given")
        parser.add_argument("--trials", type=int, default=3, help="how often each case is asked")
        parser.add_argument("--again", action="store_true", help="also if it was run already")
        parser.add_argument("--estimate", action="store_true", help="show the price and stop")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the suite; exits 1 when trials could not be graded."""
        agent = find_agent(options["agent"])
        suite = agent.suites.filter(slug=options["suite"]).first()
        if suite is None:
            known = ", ".join(agent.suites.values_list("slug", flat=True)) or "none yet"
            raise CommandError(f"There is no suite {options['suite']!r}. Suites: {known}.")
        release = release_of(agent, options["release"])
        given = options["baseline"]
        baseline = release_of(agent, given) if given else baseline_of(release)
        try:
            releases = [release, *([baseline] if baseline else [])]
            price = estimate_run(asked_cases(suite, *releases), releases, options["trials"])
            self.stderr.write(f"At most ${price:.4f}, cap ${agent.run_budget_usd:.2f}.")
            if options["estimate"]:
                return
            run = self.run_to_work(suite, release, baseline, options)
        except (Refused, BudgetExhausted, UnknownPrice) as refused:
            raise CommandError(str(refused)) from None
        self.show(work_with_bar(run, timezone.now), options["json"])
        if run.state != Run.State.DONE or run.stop_reason:
            raise SystemExit(1)

    def run_to_work(
        self, suite: Suite, release: Release, baseline: Release | None, options: dict[str, Any]
    ) -> Run:
        """The run under way, the finished one that still counts, or a new one."""
        run = counting_run(suite, release, baseline)
        fits = run is not None and run.trials == options["trials"]
        if run is not None and fits and not options["again"]:
            if run.state == Run.State.CANCELLED:
                run.resume()
            if run.state == Run.State.RUNNING or not unasked_cases(suite, run).exists():
                return run
        return start_run(
            suite, release, at=timezone.now(), baseline=baseline, trials=options["trials"]
        )

    def show(self, run: Run, as_json: bool) -> None:
        """Print the run's progress and comparison."""
        detail = run_detail(run)
        if as_json:
            self.stdout.write(json.dumps(detail, default=str))
            return
        comparison, rate = detail["comparison"], detail["comparison"]["candidate_rate"]
        passes = "–" if rate["value"] is None else f"{100 * rate['value']:.1f} %"
        self.stdout.write(
            f"Run {run.pk} {run.state}: {detail['progress']['done']} of "
            f"{detail['progress']['total']} trials graded, release {run.release.number} passes "
            f"{passes} of {comparison['cases']} cases.\n{comparison['sentence']}"
        )
        for name in ("lost", "regressed", "fixed", "flaky", "ungraded"):
            if comparison[name]:
                self.stdout.write(f"{name}: {', '.join(comparison[name])}")


def release_of(agent: Agent, number: int) -> Release:
    """The agent's release of this number; CommandError when there is none."""
    release = agent.releases.filter(number=number).first()
    if release is None:
        raise CommandError(f"{agent} has no release {number}.")
    return release
