"""`manage.py regrade --run N`: how often the grader would have said otherwise."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.progress import Progress

from context.access import find_agent
from llm.calls import BudgetExhausted, UnknownPrice
from testing.comparing.regrading import SAMPLE, price_of, start_regrade, work_regrades
from testing.comparing.rendering_regrade import regrade_json
from testing.models import Regrade, Run
from testing.refusals import Refused


class Command(BaseCommand):
    """Show the price, ask the grader again about a sample, say what came of it."""

    help = "Ask the grader again about a random sample of a run's answers; the run stays as it is."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which run, how many grades."""
        parser.add_argument("--agent", required=True)
        parser.add_argument("--run", type=int, required=True, help="number of the run")
        parser.add_argument("--sample", type=int, default=SAMPLE, help="how many grades")
        parser.add_argument("--estimate", action="store_true", help="show the price and stop")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Re-grade; one that is under way or cancelled is gone on with."""
        agent = find_agent(options["agent"])
        run = Run.objects.filter(suite__agent=agent, pk=options["run"]).first()
        if run is None:
            raise CommandError(f"{agent} has no run {options['run']}.")
        try:
            price = price_of(run, options["sample"])
            self.stderr.write(f"At most ${price:.4f}, cap ${agent.run_budget_usd:.2f}.")
            if options["estimate"]:
                return
            regrade = self.to_work(run, options["sample"])
        except (Refused, BudgetExhausted, UnknownPrice) as refused:
            raise CommandError(str(refused)) from None
        with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar:
            task = bar.add_task("grades", total=regrade.sample)
            work_regrades(
                regrade, timezone.now, lambda tally: bar.update(task, completed=tally.rows)
            )
        said = regrade_json(regrade)
        self.stdout.write(json.dumps(said, default=str) if options["json"] else said["sentence"])
        if regrade.state != Run.State.DONE or regrade.stop_reason:
            raise SystemExit(1)

    def to_work(self, run: Run, sample: int) -> Regrade:
        """The re-grading under way, a cancelled one that is resumed, or a new one."""
        last = run.regrades.first()
        if last is None or last.state == Run.State.DONE:
            return start_regrade(run, at=timezone.now(), sample=sample)
        if last.state == Run.State.CANCELLED:
            last.resume()
        return last
