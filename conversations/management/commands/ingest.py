"""`manage.py ingest FILE…`: conversations from files."""

import json
import sys
import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.progress import Progress, TaskID

from accounts.faults import FieldErrors
from context.access import find_agent
from context.models import Agent
from conversations.files import FORMATS, Line, UnknownColumns
from conversations.ingest import ingest

AT_ONCE = 4000  # counting the days once for so many makes a file a tenth faster


class Command(BaseCommand):
    """Store, merge or pass over every conversation, and name every line that is refused."""

    help = "Take in conversations from files of our schema; run twice, the second changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Files, or `-` for the standard input."""
        parser.add_argument("files", nargs="+", metavar="FILE", help="a file, or - for stdin")
        parser.add_argument("--agent", required=True)
        parser.add_argument("--format", choices=sorted(FORMATS), default="jsonl")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Take the files in, one after the other; exits 1 when a line was refused."""
        agent = find_agent(options["agent"])
        self.counts: Counter[str] = Counter()
        self.refused: list[dict[str, Any]] = []
        started = time.monotonic()
        hidden = not self.stderr.isatty()
        with Progress(console=Console(stderr=True), disable=hidden) as bar:
            for name in options["files"]:
                self.take_in(agent, name, options["format"], bar)
        self.show(time.monotonic() - started, options["json"])
        if self.refused:
            sys.exit(1)

    def take_in(self, agent: Agent, name: str, form: str, bar: Progress) -> None:
        """One file, a few thousand conversations at a time."""
        with opened(name) as file:
            size = None if name == "-" else Path(name).stat().st_size
            task = bar.add_task(name, total=size)
            lines = FORMATS[form](file)
            try:
                while chunk := list(islice(lines, AT_ONCE)):
                    self.store(agent, name, chunk)
                    self.move(bar, task, file)
            except UnknownColumns as error:
                raise CommandError(f"{name}: {error}") from None

    def move(self, bar: Progress, task: TaskID, file: BinaryIO) -> None:
        """Show how much of the file is read."""
        if file.seekable():
            bar.update(task, completed=file.tell())

    def store(self, agent: Agent, name: str, chunk: list[Line]) -> None:
        """Take in a chunk and name what was refused, in the order of the file."""
        results = iter(
            ingest(
                agent,
                [line.payload for line in chunk if not line.fault],
                now=timezone.now(),
                at_once=AT_ONCE,
            )
        )
        for line in chunk:
            if line.fault:
                self.refuse(name, line, "", [{"field": "line", "message": line.fault}])
                continue
            result = next(results)
            if result.status == "error":
                self.refuse(name, line, result.external_id, result.errors)
            else:
                self.counts[result.status] += 1

    def refuse(self, name: str, line: Line, external_id: str, errors: FieldErrors) -> None:
        """Name a line and its faults at once."""
        for error in errors:
            self.stderr.write(f"{name}:{line.number}: {error['field']}: {error['message']}")
        refused = {"file": name, "line": line.number, "external_id": external_id, "errors": errors}
        self.refused.append(refused)

    def show(self, seconds: float, as_json: bool) -> None:
        """Print what was done."""
        counts = {name: self.counts[name] for name in ("created", "updated", "unchanged")}
        counts["refused"] = len(self.refused)
        if as_json:
            done = counts | {"seconds": round(seconds, 3), "errors": self.refused}
            self.stdout.write(json.dumps(done))
            return
        told = ", ".join(f"{number} {name}" for name, number in counts.items())
        self.stdout.write(f"{told} in {seconds:.1f} s")


@contextmanager
def opened(name: str) -> Iterator[BinaryIO]:
    """The file for reading; CommandError when that cannot be done."""
    if name == "-":
        yield sys.stdin.buffer
        return
    try:
        with Path(name).open("rb") as file:
            yield file
    except OSError as error:
        raise CommandError(f"{name} cannot be read: {error.strerror}") from None
