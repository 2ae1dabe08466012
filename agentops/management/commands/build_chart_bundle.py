"""Write the offline chart library (Vega, Vega-Lite, Vega-Embed) as one file, from the wheel."""

import gzip
from importlib.metadata import version
from pathlib import Path
from typing import Any

import vl_convert
from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

BUNDLE = "vega.js"
SNIPPET = "window.vegaEmbed = vegaEmbed;"


def bundle_folder() -> Path:
    """Where the file is written; static files are served and collected from there."""
    return Path(settings.DATA_DIR) / "bundle"


class Command(BaseCommand):
    """Idempotent: the file names the version it was made of and is made again for another."""

    help = "Build the offline chart library for the pages (once, at set-up)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """`--force` makes the file again."""
        parser.add_argument("--force", action="store_true", help="build even if it is there")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write `<DATA_DIR>/bundle/vega.js` and its gzip, each whole or not at all."""
        target = bundle_folder() / BUNDLE
        packed = target.with_name(f"{BUNDLE}.gz")
        mark = f"/* vl-convert {version('vl-convert-python')} */\n"
        there = target.exists() and packed.exists() and target.read_text().startswith(mark)
        if there and not options["force"]:
            self.stdout.write(f"{target} is up to date.")
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        script = (mark + vl_convert.javascript_bundle(SNIPPET)).encode()
        write_whole(packed, gzip.compress(script, mtime=0))
        write_whole(target, script)
        self.stdout.write(f"{target} written, {len(script) // 1024} KB.")


def write_whole(target: Path, content: bytes) -> None:
    """Write a file so that nobody ever reads half of it."""
    draft = target.with_name(f"{target.name}.part")
    draft.write_bytes(content)
    draft.replace(target)
