"""`manage.py push DIR --agent SLUG`: a folder becomes a draft, here or over REST."""

import json
import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from context.access import find_agent
from context.editing.rebase import state_of
from context.files.folders import BadFolder, read_folder
from context.files.pushing import push_release
from context.files.remote import PushFailed, push_to, submit_at
from context.models import Release
from context.refusals import Refused
from context.schema import ReleaseIn


class Command(BaseCommand):
    """Read prompt.md, settings.toml and context/*.md and make a draft of them."""

    help = "Push a folder (prompt.md, settings.toml, context/*.md) as a draft release."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What, where to, and with which key."""
        parser.add_argument("folder", type=Path)
        parser.add_argument("--agent", required=True)
        parser.add_argument("--note", default="", help="why the release is made")
        parser.add_argument(
            "--label", action="append", default=[], help="a label that names it from now on"
        )
        parser.add_argument(
            "--parent",
            type=int,
            help="number of the newest release you know; refused when there is a newer one",
        )
        parser.add_argument("--submit", action="store_true", help="make it a candidate at once")
        parser.add_argument("--url", default="", help="push to this installation over REST")
        parser.add_argument(
            "--key",
            default=os.environ.get("AGENTOPS_KEY", ""),
            help="API key with the scope releases; else taken from AGENTOPS_KEY",
        )
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Push."""
        try:
            read = read_folder(options["folder"], options["note"])
            named = {"labels": options["label"], "parent": options["parent"]}
            release = read.model_copy(update=named)
            push = push_over_rest if options["url"] else push_here
            answer = push(release, options) | {"documents": len(release.documents)}
        except (BadFolder, PushFailed, Refused) as error:
            raise CommandError(str(error)) from None
        if options["json"]:
            self.stdout.write(json.dumps(answer))
        else:
            known = "" if answer["created"] else ": it holds this content already"
            sentence = f"Release {answer['number']} ({answer['status']}){known}"
            self.stdout.write(f"{sentence}, {answer['documents']} documents.")
            if answer["warning"]:
                self.stderr.write(self.style.WARNING(answer["warning"]))


def push_here(release: ReleaseIn, options: dict[str, Any]) -> dict[str, Any]:
    """Push into this installation's database; what became of it."""
    agent, now = find_agent(options["agent"]), timezone.now()
    draft, made = push_release(agent, release, now)
    warning = ""
    if options["submit"] and draft.is_draft:
        warning = state_of(draft, agent).warning
        draft.submit(now)
    plain = {"number": draft.number, "status": str(draft.status), "warning": warning}
    return plain | {"content_hash": draft.content_hash, "created": made}


def push_over_rest(release: ReleaseIn, options: dict[str, Any]) -> dict[str, Any]:
    """Push to the installation at `--url`; what became of it."""
    url, key, agent = options["url"], options["key"], options["agent"]
    if not key:
        raise PushFailed("Give --key or set AGENTOPS_KEY to push over REST.")
    row, made = push_to(url, key, agent, release)
    if options["submit"] and row["status"] == Release.Status.DRAFT:
        row = submit_at(url, key, agent, row["number"])
    kept = {name: row[name] for name in ("number", "status", "content_hash")}
    return kept | {"created": made, "warning": row.get("warning", "")}
