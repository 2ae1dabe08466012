"""`manage.py review_day`: the judge reviews every conversation that ended on a day."""

import json
from argparse import ArgumentParser
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet, Sum
from django.utils import timezone
from rich.console import Console
from rich.progress import Progress

from context.access import find_agent
from context.models import Agent
from llm.calls import UnknownPrice
from llm.states import Route
from llm.work import Tally, progress
from reviews.judging.batching import work_batches
from reviews.judging.flags import raise_flags
from reviews.judging.judge import work_reviews
from reviews.judging.planning import NothingToReview, reviews_of, start_run
from reviews.judging.pricing import estimate
from reviews.models import Review


def paid_for(reviews: QuerySet[Review]) -> Decimal:
    """What some reviews have cost so far."""
    return reviews.aggregate(usd=Sum("cost_usd"))["usd"] or Decimal(0)


class Command(BaseCommand):
    """Plan, show the price, review, flag. Run again, it does what is left and nothing twice."""

    help = "Review the conversations that ended on a day with the judge model."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The day is the workspace's; yesterday unless given."""
        parser.add_argument("--agent", required=True)
        parser.add_argument("--date", type=date.fromisoformat, help="YYYY-MM-DD, default yesterday")
        parser.add_argument("--retry", action="store_true", help="also failed and skipped reviews")
        parser.add_argument(
            "--cap", type=Decimal, help="dollars; the agent's cap of a run if empty"
        )
        parser.add_argument("--batch", action="store_true", help="half the price, within a day")
        parser.add_argument("--estimate", action="store_true", help="show the price and stop")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Review the day; exits 1 when a review of it failed."""
        agent = find_agent(options["agent"])
        now = timezone.now()
        day = options["date"] or agent.local_date(now) - timedelta(days=1)
        try:
            price = estimate(agent, day, now)
        except UnknownPrice as error:
            raise CommandError(str(error)) from None
        done: dict[str, Any] = {"agent": agent.slug, "date": day.isoformat()}
        usd = price.by(Route.BATCH if options["batch"] else Route.LIVE)
        done["estimated_usd"] = float(usd)
        if not options["estimate"]:
            done |= self.review(agent, day, usd, options)
        self.show(done, options["json"])
        if done.get("failed"):
            raise SystemExit(1)

    def review(
        self, agent: Agent, day: date, price: Decimal, options: dict[str, Any]
    ) -> dict[str, Any]:
        """Do the work; the counts are of the whole day, by state.

        A batch is sent and looked at; where its results take their time, the tick goes on with it,
        as does the same command when it is called again.
        """
        before = paid_for(reviews_of(agent, day))
        planned, retried = self.start(agent, day, price, options)
        work_batches(agent, timezone.now)
        waiting = progress(reviews_of(agent))["pending"]
        with Progress(console=Console(stderr=True), disable=not self.is_terminal()) as bar:
            task = bar.add_task("Reviewing", total=waiting)

            def show(tally: Tally) -> None:
                bar.update(task, completed=tally.done + tally.failed + tally.skipped)

            work_reviews(agent, timezone.now, show)
        flags = raise_flags(agent, day, timezone.now())
        counts = progress(reviews_of(agent, day))
        paid = paid_for(reviews_of(agent, day)) - before
        cost = {"cost_usd": float(paid), "flags": flags}
        return {"planned": planned, "retried": retried, **counts, **cost}

    def start(
        self, agent: Agent, day: date, price: Decimal, options: dict[str, Any]
    ) -> tuple[int, int]:
        """Start a run where there is something new to do; reviews planned, and tried again."""
        now, cap, retry = timezone.now(), options["cap"], options["retry"]
        route = Route.BATCH if options["batch"] else Route.LIVE
        try:
            started = start_run(agent, day, now, cap=cap, estimated=price, retry=retry, route=route)
        except NothingToReview:
            return 0, 0
        return started.planned, started.retried

    def is_terminal(self) -> bool:
        """Whether a person watches: only then is there a progress bar."""
        return bool(self.stderr.isatty())

    def show(self, done: dict[str, Any], as_json: bool) -> None:
        """Print what was done."""
        if as_json:
            self.stdout.write(json.dumps(done))
            return
        self.stdout.write(", ".join(f"{name} {value}" for name, value in done.items()))
