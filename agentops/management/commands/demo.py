"""`manage.py demo`: the simulated brands, a log-in that sees them, and where to look."""

import os
import secrets
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts.models import Member, Role, User, Workspace
from agentops.report.weekly import tell_week
from context.models import Agent

USERNAME = "demo"
PASSWORD_FILE = "demo-password"


class Command(BaseCommand):
    """Simulate weeks of the loop once, then print the weekly table, the URL and the log-in."""

    help = "Simulate the loop, print the weekly table, the address and the log-in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The options that `simulate` understands and the demo passes on."""
        parser.add_argument("--weeks", type=int, default=8)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--fresh", action="store_true", help="simulate again")
        parser.add_argument("--json", action="store_true", help="one JSON object as the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        """Simulate what is missing and let the demo user in."""
        plan = {name: options[name] for name in ("weeks", "seed", "fresh", "json")}
        user, password = demo_user()
        if options["json"]:  # the object must be the last line
            self.greet(self.stderr, user, password)
        call_command("simulate", **plan, stdout=self.stdout)
        let_in(user)
        tell_last_weeks()
        if not options["json"]:
            self.greet(self.stdout, user, password)

    def greet(self, out: Any, user: User, password: str) -> None:
        """Say where to look and how to get in."""
        out.write(f"\n  ./run serve   then open http://localhost:{os.environ.get('PORT') or 8000}/")
        out.write(f"  Log in as     {user.username}")
        out.write(f"  Password      {password}\n")


def tell_last_weeks() -> None:
    """Write last week's report of every simulated agent, as the schedule would."""
    for agent in Agent.objects.filter(workspace__simulated=True).select_related("workspace"):
        tell_week(agent, timezone.now())


def demo_user() -> tuple[User, str]:
    """The demo user and its password, made once and kept in the data folder."""
    path = Path(settings.DATA_DIR) / PASSWORD_FILE
    if not path.exists():
        with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(9))
    password = path.read_text()
    user, made = User.objects.get_or_create(username=USERNAME)
    if made or not user.check_password(password):
        user.set_password(password)
        user.save(update_fields=["password"])
    return user, password


def let_in(user: User) -> None:
    """Make the demo user an admin of every simulated workspace, and of no other."""
    for workspace in Workspace.objects.filter(simulated=True):
        Member.objects.get_or_create(workspace=workspace, user=user, defaults={"role": Role.ADMIN})
