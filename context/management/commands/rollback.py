"""`manage.py rollback --agent SLUG`: the release before, or the one named, is live again."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from context.access import find_agent
from context.management.commands.publish import release_of, user_named
from context.refusals import Refused
from context.releases.lifecycle import rollback


class Command(BaseCommand):
    """Go back one release, or to the one named."""

    help = (
        "Make the release live again that was live before the live one, or the one named by --to."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to, why, and in whose name."""
        parser.add_argument("--agent", required=True)
        parser.add_argument("--to", type=int, help="number of the release; else the one before")
        parser.add_argument("--reason", default="")
        parser.add_argument("--by", default="", help="user name to act for")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Roll back."""
        agent = find_agent(options["agent"])
        to = release_of(agent, options["to"]) if options["to"] else None
        by = user_named(options["by"])
        try:
            release = rollback(agent, timezone.now(), by, options["reason"], to=to)
        except Refused as refused:
            raise CommandError(str(refused)) from None
        if options["json"]:
            row = {"number": release.number, "status": str(release.status)}
            self.stdout.write(json.dumps(row))
        else:
            self.stdout.write(f"Release {release.number} of {agent.name} is live again.")
