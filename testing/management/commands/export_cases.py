"""`manage.py export_cases --suite S`: the cases of a suite as a file."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from context.access import find_agent
from testing.exchange.bringing import exported
from testing.exchange.entries import UnreadableFile
from testing.exchange.formats import FORMATS, format_of, write
from testing.management.commands.import_cases import suite_of_slug
from testing.models import Case


class Command(BaseCommand):
    """Write every case that is not retired, as `import_cases` takes it."""

    help = "Write the cases of a suite as JSON lines, CSV or YAML."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which suite, in which format, whither."""
        parser.add_argument("--agent", required=True)
        parser.add_argument("--suite", required=True, help="slug of the suite")
        parser.add_argument("--format", choices=list(FORMATS), help="jsonl unless --out says it")
        parser.add_argument("--out", type=Path, help="a file; standard output unless given")
        parser.add_argument("--json", action="store_true", help="say what was written as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the cases."""
        suite, out = suite_of_slug(find_agent(options["agent"]), options["suite"]), options["out"]
        try:
            form = options["format"] or (format_of(out.name) if out else "jsonl")
        except UnreadableFile as error:
            raise CommandError(str(error)) from None
        cases = suite.cases.exclude(status=Case.Status.RETIRED).order_by("id")
        lines = write(exported(cases.iterator(500)), form)
        if out is None:
            for line in lines:
                self.stdout.write(line, ending="")
            return
        with out.open("w", encoding="utf-8", newline="") as file:
            file.writelines(lines)
        said = {"cases": cases.count(), "file": str(out), "format": form}
        text = json.dumps(said) if options["json"] else f"{said['cases']} cases in {out}."
        self.stdout.write(text)
