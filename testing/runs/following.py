"""Working a run from the command line, with a progress bar where a person watches."""

import sys
from collections.abc import Callable
from datetime import datetime

from rich.console import Console
from rich.progress import Progress

from testing.models import Run
from testing.runs.runner import work_results


def work_with_bar(run: Run, now_fn: Callable[[], datetime], until: datetime | None = None) -> Run:
    """Work a run to its end, to where its model cannot be reached, or to the moment `until`; shows
    trials done of all.
    """
    with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(f"{run.suite.name}", total=None)

        def show(counts: dict[str, int]) -> None:
            ended = counts["done"] + counts["failed"] + counts["skipped"]
            bar.update(task, total=counts["total"], completed=ended)

        work_results(run, now_fn, show, until=until)
    return run
