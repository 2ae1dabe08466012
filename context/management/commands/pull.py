"""`manage.py pull DIR --agent SLUG`: a release becomes a folder, from here or over REST."""

import json
import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from context.access import find_agent
from context.files.folders import BadFolder
from context.files.pulling import Drift, LocalChanges, OwnReleases, Releases, drift, pull
from context.files.remote import PushFailed, RemoteReleases

WORDS = {"changed": "differs", "missing": "is missing here", "added": "is only here"}


class Command(BaseCommand):
    """Write prompt.md, settings.toml and context/*.md of a release, or say what differs."""

    help = (
        "Pull a release into a folder (prompt.md, settings.toml, context/*.md). With --check "
        "nothing is written: exit code 0 when the folder is the release, 1 when it differs, 2 when "
        "that could not be found out."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to, what, where from, and with which key."""
        parser.add_argument("folder", type=Path)
        parser.add_argument("--agent", required=True)
        parser.add_argument(
            "--release", default="live", help="live (default), newest, a number or a label"
        )
        parser.add_argument("--check", action="store_true", help="only say what differs")
        parser.add_argument(
            "--force", action="store_true", help="overwrite changes that stand in no release"
        )
        parser.add_argument("--url", default="", help="pull from this installation over REST")
        parser.add_argument(
            "--key",
            default=os.environ.get("AGENTOPS_KEY", ""),
            help="API key with the scope read; else taken from AGENTOPS_KEY",
        )
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Pull, or check."""
        folder, name = options["folder"], options["release"]
        try:
            if options["check"]:
                found = drift(folder, releases(options), name)
            else:
                found = pull(folder, releases(options), name, force=options["force"])
        except (BadFolder, LocalChanges, PushFailed) as error:
            raise CommandError(str(error), returncode=2) from None
        if options["json"]:
            self.stdout.write(json.dumps({"number": found.number, "differences": found.paths}))
        else:
            self.say(found, options["check"])
        if options["check"] and found.paths:
            raise SystemExit(1)

    def say(self, found: Drift, checked: bool) -> None:
        """Name what differs or was written."""
        for path, kind in found.paths.items():
            self.stdout.write(f"{path} {WORDS[kind]}" if checked else path)
        count = len(found.paths)
        if not count:
            self.stdout.write(f"The folder is release {found.number} already.")
        elif checked:
            files = "1 file differs" if count == 1 else f"{count} files differ"
            self.stdout.write(f"{files} from release {found.number}.")
        else:
            self.stdout.write(f"The folder is release {found.number} now.")


def releases(options: dict[str, Any]) -> Releases:
    """Where to pull from."""
    if not options["url"]:
        return OwnReleases(find_agent(options["agent"]))
    if not options["key"]:
        raise PushFailed("Give --key or set AGENTOPS_KEY to pull over REST.")
    return RemoteReleases(options["url"], options["key"], options["agent"])
