"""`manage.py publish N --agent SLUG`: make a release live."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import User
from context.access import find_agent
from context.models import Agent, Release
from context.refusals import Refused


def release_of(agent: Agent, number: int) -> Release:
    """The release of this number; CommandError when there is none."""
    release = agent.releases.filter(number=number).first()
    if release is None:
        raise CommandError(f"{agent.name} has no release {number}.")
    release.agent = agent
    return release


def user_named(username: str) -> User | None:
    """The person in whose name a command acts; CommandError for an unknown one."""
    if not username:
        return None
    user = User.objects.filter(username=username).first()
    if user is None:
        raise CommandError(f"There is no user {username!r}.")
    return user


class Command(BaseCommand):
    """Publish a candidate or approved release whose required checks have passed."""

    help = "Make a candidate or approved release live; its required checks must have passed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which release, in whose name, and an admin's reason to do without its checks."""
        parser.add_argument("number", type=int)
        parser.add_argument("--agent", required=True)
        parser.add_argument("--by", default="", help="user name to act for")
        parser.add_argument(
            "--override-reason", default="", help="publish without its checks; --by an admin"
        )
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Publish; a release that is live already stays so."""
        agent = find_agent(options["agent"])
        release, by = release_of(agent, options["number"]), user_named(options["by"])
        now = timezone.now()
        try:
            if release.status != Release.Status.LIVE:
                release.publish(now, by, override_reason=options["override_reason"])
        except Refused as refused:
            raise CommandError(str(refused)) from None
        if options["json"]:
            row = {"number": release.number, "status": str(release.status)}
            self.stdout.write(json.dumps(row))
        else:
            self.stdout.write(f"Release {release.number} of {agent.name} is live.")
