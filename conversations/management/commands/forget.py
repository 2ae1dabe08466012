"""`manage.py forget`: delete the conversations of a customer, or single ones."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q

from context.access import find_agent
from conversations.merge import pseudonym
from conversations.models import Conversation
from conversations.removal import remove


class Command(BaseCommand):
    """The figures are counted again without them."""

    help = "Delete conversations with everything made of them, and count their days again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """A customer, or ids; `--dry-run` deletes nothing."""
        parser.add_argument("--agent", required=True)
        parser.add_argument("--customer", help="the customer's reference, as it was sent")
        parser.add_argument("--id", action="append", default=[], help="an external id; repeatable")
        parser.add_argument("--dry-run", action="store_true", help="only say how many there are")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Find and delete them."""
        agent, customer, ids = find_agent(options["agent"]), options["customer"], options["id"]
        if not (customer or ids):
            raise CommandError("Name --customer or --id: nothing is deleted without either.")
        named = Q(external_id__in=ids)
        if customer:
            named |= Q(customer_ref__in=[customer, pseudonym(customer, agent)])
        found = Conversation.objects.filter(named, agent=agent)
        count = found.count() if options["dry_run"] else remove(agent, found)
        done = {"agent": agent.slug, "conversations": count, "deleted": not options["dry_run"]}
        said = "would be deleted" if options["dry_run"] else "deleted"
        self.stdout.write(json.dumps(done) if options["json"] else f"{count} conversations {said}")
