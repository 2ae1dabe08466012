"""`manage.py discover_questions`: what customers asked in a week that no case covers."""

import json
import sys
from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.progress import Progress

from context.access import find_agent
from llm.calls import ModelError
from testing.models import Discovery
from testing.questions.discovery import discover, last_whole_week
from testing.questions.rendering import cluster_json
from testing.refusals import Refused


def monday_of(text: str) -> date:
    """The Monday of an ISO week such as 2026-W47."""
    try:
        year, week = text.split("-W")
        return date.fromisocalendar(int(year), int(week), 1)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a week such as 2026-W47") from None


class Command(BaseCommand):
    """Group the week's questions, the costliest first. Run again, it changes nothing."""

    help = "Find the new questions of a week and group them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The week is the workspace's; the last whole one unless given."""
        parser.add_argument("--agent", required=True)
        parser.add_argument("--week", type=monday_of, help="2026-W47, default the last whole week")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Discover and print."""
        agent = find_agent(options["agent"])
        now = timezone.now()
        monday = options["week"] or last_whole_week(agent, now)
        hidden = options["json"] or not sys.stderr.isatty()
        with Progress(console=Console(stderr=True), disable=hidden, transient=True) as bar:
            task = bar.add_task("waiting", total=None)

            def show(row: Discovery) -> None:
                step = row.get_step_display()
                bar.update(task, description=step, completed=row.done, total=row.total or None)

            try:
                clusters = discover(agent, monday, now, show)
            except (ModelError, Refused) as error:
                raise CommandError(f"The questions could not be compared: {error}") from None
        rows = [cluster_json(cluster) for cluster in clusters]
        if options["json"]:
            answer = {"week": f"{monday:%G-W%V}", "clusters": rows}
            self.stdout.write(json.dumps(answer, default=str))
            return
        self.stdout.write(f"{len(rows)} groups of new questions in {monday:%G-W%V}")
        for row in rows:
            self.stdout.write(f"{row['volume']:>5} × {row['failures']:<5} {row['name']}")
