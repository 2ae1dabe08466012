"""`manage.py measure`: count days again."""

import json
from argparse import ArgumentParser
from datetime import date, timedelta
from typing import Any

from django.core.management.base import BaseCommand
from rich.console import Console
from rich.progress import Progress

from context.access import find_agent
from conversations.measure import DAYS_AT_ONCE, measured_days, recount
from conversations.weeks import parse_week


class Command(BaseCommand):
    """The daily counts are kept by ingest; this makes them again from the conversations."""

    help = "Count the figures of every day again, or of one week."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """A week, or all history."""
        parser.add_argument("--agent", required=True)
        parser.add_argument("--week", type=parse_week, help="2026-W47, or a day in it")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Count week by week, each in its own transaction."""
        agent = find_agent(options["agent"])
        monday: date | None = options["week"]
        week = [monday + timedelta(days=number) for number in range(7)] if monday else None
        days = week or measured_days(agent)
        hidden = not self.stderr.isatty()
        with Progress(console=Console(stderr=True), disable=hidden) as bar:
            for start in bar.track(range(0, len(days), DAYS_AT_ONCE), description="Counting"):
                recount(agent, set(days[start : start + DAYS_AT_ONCE]))
        done = {"agent": agent.slug, "days": len(days)}
        self.stdout.write(json.dumps(done) if options["json"] else f"{len(days)} days counted")
