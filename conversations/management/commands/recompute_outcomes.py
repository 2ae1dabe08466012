"""`manage.py recompute_outcomes`: derive outcomes again."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from context.access import find_agent
from conversations.recompute import recompute_outcomes


class Command(BaseCommand):
    """All history, unless only what time moves on is asked for."""

    help = "Derive the outcome of every conversation again, and the counts of what changed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--waiting` is what the nightly schedule does."""
        parser.add_argument("--agent", required=True)
        parser.add_argument("--waiting", action="store_true", help="only snoozes that still wait")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Derive and count."""
        agent = find_agent(options["agent"])
        changed = recompute_outcomes(agent, timezone.now(), everything=not options["waiting"])
        done = {"agent": agent.slug, "changed": changed}
        text = json.dumps(done) if options["json"] else f"{changed} conversations changed"
        self.stdout.write(text)
