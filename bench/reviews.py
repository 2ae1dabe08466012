"""The night and the desk: reviews by real workers beside a bare loop, the queue over REST.

A PostgreSQL that writes to the disk (an empty one in DATABASE_URL, or a server of our own), Valkey,
Celery, gunicorn and `manage.py local_model` on a port. Exits 1 if a review was lost, done twice or
mislabelled, or an item of the queue was given to two people. Linux only: figures from /proc.
"""

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from importlib.metadata import version
from pathlib import Path

from bench.load import desk, night
from bench.load.night import LATENCY, Night
from bench.load.site import Site, new_site, running_model
from bench.real.installation import Failed

FAULTS = ("--fail-429", "0.05", "--fail-500", "0.03", "--drop", "0.01", "--malformed", "0.01")
CLIENTS = {1: 0.1, 8: 0.3, 32: 0.6}  # reviewers at once, and their share of the queue
FLUSH = 50  # answers a worker keeps at most before it writes them
Work = Callable[[Site], Night]
PACKAGES = ("django", "celery", "openai", "aiohttp", "gunicorn", "psycopg")


class Table:
    """The rows of one Markdown table, shown as they come, and the promises that were broken."""

    def __init__(self, *head: str) -> None:
        self.lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
        self.broken: list[str] = []

    def add(self, *cells: str) -> None:
        """Keep a row, and show it at once."""
        self.lines.append(f"| {' | '.join(cells)} |")
        print(self.lines[-1], flush=True)

    def promise(self, holds: bool, sentence: str) -> None:
        """Keep the sentence unless it holds."""
        if not holds:
            self.broken.append(sentence)


def main() -> int:
    """Read the command line, measure, print the table; the exit code."""
    parser = argparse.ArgumentParser(prog="./run bench reviews", description=__doc__)
    parser.add_argument("--items", type=int, default=1000, help="reviews a night")
    parser.add_argument("--workers", type=int, default=2, help="worker processes")
    parser.add_argument("--concurrency", type=int, default=50, help="calls at once in all")
    options = parser.parse_args()
    table = Table("What", "wall ÷ ideal", "CPU s per 1,000", "MB a process", "what came of it")
    day = datetime.now(UTC).date() - timedelta(days=1)
    with tempfile.TemporaryDirectory(prefix="agentops-load-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL runs as another user where we are root
        try:
            with new_site(folder, options.workers, options.concurrency) as site:
                measure(site, options.items, day, table)
        except Failed as failure:
            table.broken.append(str(failure))
    print("\n".join(["", heading(options), "", *table.lines, ""]))
    print("\n".join(f"- BROKEN: {sentence}" for sentence in table.broken))
    return 1 if table.broken else 0


def heading(options: argparse.Namespace) -> str:
    """The command, the machine and the versions."""
    found = ", ".join(f"{package} {version(package)}" for package in PACKAGES)
    return (
        f"`./run bench reviews --items {options.items} --workers {options.workers} "
        f"--concurrency {options.concurrency}`: {os.cpu_count()} cores, load average "
        f"{os.getloadavg()[0]:.1f}, Python {platform.python_version()}, {found}"
    )


def measure(site: Site, items: int, day: date, table: Table) -> None:
    """The three nights, then the desk on the first one's reviews."""
    site.manage("create_agent", "bench", "idle", "--admin", "admin", "--json")
    for agent in ("steady", "faulty", "killed"):
        site.manage("create_agent", "bench", agent, "--admin", "admin", "--json")
        night.plan(site, agent, items, day)
        if agent != "killed":
            press(site, agent, f"{agent} model, bare loop", items, table, bare(agent))
        kill_after = items // 3 if agent == "killed" else None
        what = "faulty model, a worker killed with -9" if kill_after else f"{agent} model, workers"
        press(site, agent, what, items, table, partial(night.work, kill_after=kill_after))
        judge_outcomes(site, agent, what, items, table)
    decide(site, items, day, table)


def bare(agent: str) -> Work:
    """What runs the bare loop on an agent's calls."""
    return partial(night.bare_loop, agent=agent)


def press(site: Site, agent: str, what: str, items: int, table: Table, work: Work) -> None:
    """Run one piece of work against a new model server, which counts what it was asked."""
    faults = () if agent == "steady" else FAULTS
    with running_model(site, "--latency-ms", str(1000 * LATENCY), *faults) as model:
        took = work(replace(site, model=model.url))
    ideal = items * LATENCY / site.concurrency
    repeated = model.served["fine"] - items
    came = f"{sum(model.served.values())} calls, {repeated} finished ones repeated"
    if took.idle:
        came += f"; all done {took.idle:.0f} s after the kill"
    ratio = "–" if took.idle else f"{took.seconds / ideal:.2f}"
    cpu = "–" if took.idle else f"{took.cpu * 1000 / items:.1f}"
    table.add(what, ratio, cpu, f"{took.megabytes:.0f}", came)
    most = FLUSH + site.concurrency // site.workers if took.idle else 0  # of one dead worker
    table.promise(0 <= repeated <= most, f"{what}: {repeated} finished calls were repeated")


def judge_outcomes(site: Site, agent: str, what: str, items: int, table: Table) -> None:
    """Every review is done, once, and says what it said in the night without faults."""
    found, truth = night.outcomes(site, agent), night.outcomes(site, "steady")
    done = sum(row[1] == "done" for row in found)
    wrong = sum(one != other for one, other in zip(found, truth, strict=False))
    table.add(f"{what}: outcome", "", "", "", f"{done} of {items} done once, {wrong} mislabelled")
    table.promise(len(found) == done == items, f"{what}: {done} of {len(found)} rows are done")
    table.promise(not wrong, f"{what}: {wrong} reviews differ from those without faults")


def decide(site: Site, items: int, day: date, table: Table) -> None:
    """The queue of the morning, decided by 1, 8 and 32 clients, one after the other."""
    key = desk.draw_queue(site, "steady", items, max(CLIENTS), day)
    done: list[int] = []
    with desk.web(site) as address:
        for clients, share in CLIENTS.items():
            shift = desk.take_shift(address, key, clients, round(items * share), day)
            done += shift.decided
            doubles = sum(count - 1 for count in shift.claimed.values())
            came = f"{shift.rate:.0f} items/s, p95 of a call {shift.p95:.0f} ms, {doubles} doubles"
            what = f"queue over REST, {clients} clients, {len(shift.decided)} items"
            table.add(what, "", "", "", came)
            table.promise(not doubles, f"{what}: {doubles} items were given to two people")
            table.promise(not shift.refused, f"{what}: refused with {dict(shift.refused)}")
    kept = desk.stored(site)
    table.add("queue: verdicts stored", "", "", "", f"{len(kept)} of {len(done)} sent")
    table.promise(sorted(kept) == sorted(done), f"{len(done)} verdicts sent, {len(kept)} stored")


if __name__ == "__main__":
    sys.exit(main())
