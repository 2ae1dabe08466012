"""`manage.py discover_questions`: what customers asked in a week that no case covers."""

import json
from argparse import ArgumentParser, ArgumentTypeError
from datetime import date, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from context.access import find_agent
from llm.calls import ModelError
from testing.discovery import discover


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
        today = agent.local_date(now)
        monday = options["week"] or today - timedelta(days=today.weekday() + 7)
        try:
            clusters = discover(agent, monday, now)
        except ModelError as error:
            raise CommandError(f"The questions could not be compared: {error}") from None
        rows = [
            {
                "name": cluster.name,
                "topic": cluster.topic,
                "volume": cluster.volume,
                "failures": cluster.failures,
            }
            for cluster in clusters
        ]
        if options["json"]:
            self.stdout.write(json.dumps({"week": f"{monday:%G-W%V}", "clusters": rows}))
            return
        self.stdout.write(f"{len(rows)} groups of new questions in {monday:%G-W%V}")
        for row in rows:
            self.stdout.write(f"{row['volume']:>5} × {row['failures']:<5} {row['name']}")
