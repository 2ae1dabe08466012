"""`manage.py import_cases FILE --suite S`: bring the cases of a file into a suite."""

import gzip
import json
from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from context.access import find_agent
from context.models import Agent
from testing.cases.batches import bring_file, keep_file, planned_file
from testing.cases.suites import standard_suites
from testing.exchange.entries import Entry, UnreadableFile
from testing.exchange.formats import READABLE, format_of, read
from testing.exchange.tau import read_tau
from testing.models import Suite
from testing.refusals import Refused
from testing.rendering import brought_json


class Command(BaseCommand):
    """Say what became of each case; the same file twice changes nothing."""

    help = "Bring the cases of a JSON lines, CSV, YAML, promptfoo or tau-bench file into a suite."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which file into which suite."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--agent", required=True)
        parser.add_argument("--suite", required=True, help="slug of the suite")
        formats = [*READABLE, "tau"]
        parser.add_argument("--format", choices=formats, help="unless the file's name says it")
        tau = parser.add_argument_group("with --format tau")
        tau.add_argument("--conversations", type=Path, help="agents who worked the tasks")
        tau.add_argument("--records", type=Path, help="what the shop's reading tools read")
        tau.add_argument("--approve", action="store_true", help="add them as approved cases")
        tau.add_argument("--writes", nargs="+", default=[], help="tools that change something")
        parser.add_argument("--dry-run", action="store_true", help="show it and change nothing")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Bring in what can be; exits 1 when an entry could not be."""
        agent, path, now = find_agent(options["agent"]), options["file"], timezone.now()
        standard_suites(agent, now)
        suite = suite_of_slug(agent, options["suite"])
        try:
            entries = entries_of(path, options)
            batch = keep_file(suite, path.name, entries, now, None)
            if options["dry_run"]:
                brought = planned_file(batch)
                batch.delete()
            else:
                brought = bring_file(batch, now, None)
        except (OSError, UnreadableFile, Refused) as error:
            raise CommandError(str(error)) from None
        rows = [brought_json(number, one) for number, one in enumerate(brought)]
        counts = Counter(row["status"] for row in rows)
        if options["json"]:
            self.stdout.write(json.dumps({"counts": counts, "data": rows}, default=str))
        else:
            self.show(rows)
            self.stdout.write(", ".join(f"{n} {status}" for status, n in counts.items()))
        if counts["error"]:
            raise SystemExit(1)

    def show(self, rows: list[dict[str, Any]]) -> None:
        """Name what was not brought in, and what of a case was left out."""
        for row in rows:
            for fault in row["errors"]:
                self.stderr.write(f"{row['place']}: {fault['field']}: {fault['message']}")
            for words in row["left_out"]:
                self.stderr.write(f"{row['place']}: left out: {words}")


def entries_of(path: Path, options: dict[str, Any]) -> list[Entry]:
    """The cases of the file, in the format that is named or that its name says."""
    if options["format"] != "tau":
        return read(path.read_bytes(), options["format"] or format_of(path.name))
    beside = (options["conversations"], options["records"])
    texts = [text_of(file) if file else "" for file in (path, *beside)]
    status = "approved" if options["approve"] else "draft"
    return read_tau(*texts, writes=options["writes"], status=status)


def text_of(path: Path) -> str:
    """The text of a file, unpacked where it is packed."""
    data = path.read_bytes()
    try:
        return (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
    except (gzip.BadGzipFile, EOFError, UnicodeDecodeError) as error:
        raise UnreadableFile(f"{path} cannot be read: {error}.") from None


def suite_of_slug(agent: Agent, slug: str) -> Suite:
    """The agent's suite of this slug; CommandError that lists those there are."""
    suite = agent.suites.filter(slug=slug).first()
    if suite is None:
        known = ", ".join(agent.suites.values_list("slug", flat=True)) or "none yet"
        raise CommandError(f"There is no suite {slug!r}. Suites: {known}.")
    suite.agent = agent
    return suite
