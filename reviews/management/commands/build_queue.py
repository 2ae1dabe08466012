"""`manage.py build_queue`: draw the queue people work on a date."""

import json
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from context.access import find_agent
from reviews.queue.sampling import build_queue


class Command(BaseCommand):
    """Draw the queue, or show the one that stands."""

    help = "Draw the queue of a date from the conversations that ended the day before."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The date is the workspace's; today unless given."""
        parser.add_argument("--agent", required=True)
        parser.add_argument("--date", type=date.fromisoformat, help="YYYY-MM-DD, default today")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Draw and show N and n of every stratum."""
        agent = find_agent(options["agent"])
        now = timezone.now()
        queue = build_queue(agent, options["date"] or agent.local_date(now), now)
        strata = [
            {"stratum": stratum.name, "size": stratum.size, "drawn": stratum.drawn}
            for stratum in queue.strata.all()
        ]
        done = {"agent": agent.slug, "date": queue.date.isoformat()}
        numbers = {"population": queue.population, "items": queue.items.count(), "strata": strata}
        if options["json"]:
            self.stdout.write(json.dumps(done | numbers))
            return
        self.stdout.write(
            f"Queue of {queue.date}: {numbers['items']} items from {queue.population} conversations"
        )
        for stratum in strata:
            self.stdout.write("  {stratum}: {drawn} of {size}".format(**stratum))
