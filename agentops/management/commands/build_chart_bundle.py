"""Write the offline chart library (Vega, Vega-Lite, Vega-Embed) as one file, from the wheel."""

from pathlib import Path
from typing import Any

import vl_convert
from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

BUNDLE = "vega.js"


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
        """Write `<DATA_DIR>/bundle/vega.js` whole or not at all."""
        target = bundle_folder() / BUNDLE
        mark = f"/* vl-convert {vl_convert.__version__} */\n"
        if target.exists() and not options["force"] and target.read_text().startswith(mark):
            self.stdout.write(f"{target} is up to date.")
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_suffix(".part")
        draft.write_text(mark + vl_convert.javascript_bundle())
        draft.replace(target)
        self.stdout.write(f"{target} written, {target.stat().st_size // 1024} KB.")
