"""`manage.py create_agent WORKSPACE AGENT`: the first minute of a new installation."""

import json
import secrets
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from accounts.audit import record
from accounts.models import ApiKey, Member, Role, Scope, User, Workspace
from context.models import Agent


class Command(BaseCommand):
    """Make what is missing: workspace, agent, admin, API key. What exists is left as it is."""

    help = "Make a workspace, an agent, its first admin and an API key with all scopes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Slugs are what URLs show; names default to them."""
        parser.add_argument("workspace", help="slug of the workspace, made if it is new")
        parser.add_argument("agent", help="slug of the agent")
        parser.add_argument("--admin", default="admin", help="user name of the first admin")
        parser.add_argument("--time-zone", help="of a new workspace, such as Europe/Berlin")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Create, and show what cannot be read again."""
        try:
            made = create(options)
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from None
        if options["json"]:
            self.stdout.write(json.dumps(made))
            return
        self.stdout.write(f"Agent {made['agent']} is ready.")
        if made["password"]:
            self.stdout.write(f"Log in as {made['admin']} with the password {made['password']}")
        if made["key"]:
            self.stdout.write(f"API key, shown only now: {made['key']}")


@transaction.atomic
def create(options: dict[str, Any]) -> dict[str, str]:
    """The rows of an agent; password and key are empty where nothing new was made.

    Raises ValidationError for a slug or time zone that cannot be.
    """
    workspace = workspace_of(options["workspace"], options["time_zone"])
    user, password = admin_of(workspace, options["admin"])
    agent = Agent.objects.filter(workspace=workspace, slug=options["agent"]).first()
    key = ""
    if agent is None:
        agent = Agent(workspace=workspace, slug=options["agent"], name=options["agent"].title())
        agent.full_clean()
        agent.save()
        record(workspace, "agent.created", agent.slug, at=timezone.now(), user=user)
        _, key = ApiKey.issue(workspace, f"first key of {agent.slug}", list(Scope.values), user)
    return {
        "agent": f"{workspace.slug}/{agent.slug}",
        "admin": user.username,
        "password": password,
        "key": key,
    }


def workspace_of(slug: str, time_zone: str | None) -> Workspace:
    """The workspace, made if it is new; its time zone is changed in its settings alone."""
    workspace = Workspace.objects.filter(slug=slug).first()
    if workspace is None:
        name = slug.replace("-", " ").title()
        workspace = Workspace(slug=slug, name=name, time_zone=time_zone or "UTC")
        workspace.full_clean()
        workspace.save()
    if time_zone and time_zone != workspace.time_zone:
        raise ValidationError(
            f"Workspace {slug} is in {workspace.time_zone}; change that on its settings page."
        )
    return workspace


def admin_of(workspace: Workspace, username: str) -> tuple[User, str]:
    """A user who is a member, with the password if the user is new."""
    user, is_new = User.objects.get_or_create(username=username)
    password = secrets.token_urlsafe(12) if is_new else ""
    if is_new:
        user.set_password(password)
        user.save(update_fields=["password"])
    Member.objects.get_or_create(workspace=workspace, user=user, defaults={"role": Role.ADMIN})
    return user, password
