"""The night and the desk: reviews by real workers beside a bare loop, the queue over REST.

A PostgreSQL that writes to the disk (an empty one in DATABASE_URL, or a server of our own), Valkey,
Celery, gunicorn and `manage.py local_model` on a port. Exits 1 if a review was lost, done twice or
mislabelled, or an item of the queue was given to two people. Linux only: figures from /proc.
"""

import argparse
import sys
import tempfile
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median

from bench.load import desk, night
from bench.load.labour import (
    LATENCY,
    Kill,
    Took,
    bare_loop,
    outcomes,
    press,
    warm_model,
    work_off,
)
from bench.load.night import REVIEWS
from bench.load.site import Json, Site, new_site
from bench.load.table import Table
from bench.real.installation import Failed

CLIENTS = {1: 0.1, 8: 0.2, 32: 0.4}  # reviewers at once, and their share of the queue
ROUNDS, SHARE = 3, 0.1  # 32 clients on the queue and on one four times as long, in turn
FLUSH = 25  # answers a worker keeps at most before it writes them
GROWTH = 1.1  # of a worker's memory after the first fifth of a night
COLUMNS = ("What", "wall ÷ ideal", "CPU s per 1,000", "MB a process", "what came of it", "target")
TARGETS = {
    "steady": "≤ 1.15; CPU ≤ 10; ≤ 150 MB; first result < 2 s",
    "long": "≤ 1.10; memory flat; first result < 2 s",
    "faulty": "≤ 1.5; all right",
    "killed": "0 lost; at most the last flush repeated",
    1: "p95 ≤ 30 ms",
    32: "≥ 200 items/s; p95 ≤ 250 ms; 0 doubles",
    "four": "≤ 1.1 times as long an item",
}


def main() -> int:
    """Read the command line, measure, print the table; the exit code."""
    parser = argparse.ArgumentParser(prog="./run bench reviews", description=__doc__)
    parser.add_argument("--items", type=int, default=1000, help="reviews a night")
    parser.add_argument("--large", type=int, default=10_000, help="reviews of the long night, or 0")
    parser.add_argument("--workers", type=int, default=2, help="worker processes")
    parser.add_argument("--concurrency", type=int, default=50, help="calls at once in all")
    options = parser.parse_args()
    table = Table(*COLUMNS)
    day = datetime.now(UTC).date() - timedelta(days=1)
    with tempfile.TemporaryDirectory(prefix="agentops-load-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL runs as another user where we are root
        try:
            with new_site(folder, options.workers, options.concurrency) as site:
                measure(site, options, day, table)
        except Failed as failure:
            table.broken.append(str(failure))
    return table.close(sys.argv)


def measure(site: Site, options: argparse.Namespace, day: date, table: Table) -> None:
    """The nights, then the desk on the reviews of the steady and of the long one."""
    site.manage("create_agent", "bench", "idle", "--admin", "admin", "--json")
    nights = {agent: options.items for agent in ("steady", "faulty", "killed")}
    if options.large:
        nights["long"] = options.large
    for agent, items in nights.items():
        site.manage("create_agent", "bench", agent, "--admin", "admin", "--json")
        night.plan(site, agent, items, day)
        warm_model(site, REVIEWS, agent)
        kill = Kill(items // 3) if agent == "killed" else None
        faulty = agent in ("faulty", "killed")
        if kill is None:
            bare = partial(bare_loop, kind=REVIEWS, agent=agent)
            what = f"{agent} model, bare loop"
            show_night(what, "the limit", items, site, *press(site, bare, faulty=faulty), table)
        what = "faulty model, a worker killed with -9" if kill else f"{agent} model, workers"
        work = partial(work_off, kind=REVIEWS, agent=agent, kill=kill)
        target = TARGETS[agent]
        show_night(what, target, items, site, *press(site, work, faulty=faulty), table)
        judge_outcomes(site, agent, what, items, table)
    decide(site, options, day, table)


def show_night(
    what: str, target: str, items: int, site: Site, took: Took, served: Json, table: Table
) -> None:
    """A row of one night, and its promises: nothing is asked twice, the memory is flat."""
    ideal = items * LATENCY / site.concurrency
    repeated = served["fine"] - items
    came = f"{sum(served.values())} calls, {repeated} finished ones repeated"
    if took.idle:
        came += f"; all done {took.idle:.0f} s after the kill"
    elif took.first:
        came += f"; first result after {took.first:.1f} s; {took.early:.0f} MB at a fifth"
        flat = not took.early or took.megabytes <= GROWTH * took.early
        table.promise(flat, f"{what}: from {took.early:.0f} to {took.megabytes:.0f} MB")
    ratio = "–" if took.idle else f"{took.seconds / ideal:.2f}"
    cpu = "–" if took.idle else f"{took.cpu * 1000 / items:.1f}"
    table.add(what, ratio, cpu, f"{took.megabytes:.0f}", came, target)
    most = FLUSH + site.concurrency // site.workers if took.idle else 0  # of one dead worker
    table.promise(0 <= repeated <= most, f"{what}: {repeated} finished calls were repeated")


def judge_outcomes(site: Site, agent: str, what: str, items: int, table: Table) -> None:
    """Every review is done, once, and says what it said in the night without faults."""
    found, truth = outcomes(site, REVIEWS, agent), outcomes(site, REVIEWS, "steady")
    done = sum(row[1] == "done" for row in found)
    known = {row[0]: row for row in truth}
    wrong = sum(row != known.get(row[0], row) for row in found)
    came = f"{done} of {items} done once, {wrong} mislabelled"
    table.add(f"{what}: outcome", "", "", "", came, "all, 0")
    table.promise(len(found) == done == items, f"{what}: {done} of {len(found)} rows are done")
    table.promise(not wrong, f"{what}: {wrong} reviews differ from those without faults")


def decide(site: Site, options: argparse.Namespace, day: date, table: Table) -> None:
    """The queue of the morning, decided by 1, 8 and 32 clients, one after the other; then by 32 in
    turn with a queue four times as long.
    """
    most, items = max(CLIENTS), options.items
    key = desk.draw_queue(site, "steady", items, most, day)
    done: list[int] = []
    with desk.web(site) as server:
        for clients, share in CLIENTS.items():
            shift = desk.take_shift(server, key, "steady", clients, round(items * share), day)
            done += shift.decided
            show(shift, f"queue over REST, {clients} clients", table)
            check(shift, f"queue over REST, {clients} clients", table)
        if options.large >= 4 * items:
            key = desk.draw_queue(site, "long", 4 * items, most, day)
            done += compare_lengths(server, key, items, day, table)
    kept = desk.stored(site)
    table.add("queue: verdicts stored", "", "", "", f"{len(kept)} of {len(done)} sent", "all")
    table.promise(sorted(kept) == sorted(done), f"{len(done)} verdicts sent, {len(kept)} stored")


def check(shift: desk.Shift, what: str, table: Table) -> None:
    """Nobody was given another's item, nothing was refused."""
    table.promise(not shift.doubles, f"{what}: {shift.doubles} items were given to two people")
    table.promise(not shift.refused, f"{what}: refused with {dict(shift.refused)}")


def show(shift: desk.Shift, what: str, table: Table) -> None:
    """A row of what some clients did."""
    count = len(shift.decided)
    came = f"{count} items, {shift.rate:.0f} a second, p95 of a call {shift.p95:.0f} ms, "
    cpu = f"{1000 * shift.cpu / count:.1f}" if count else "–"
    target = TARGETS.get(shift.clients, "")
    table.add(what, "", cpu, "", came + f"{shift.doubles} doubles", target)


def compare_lengths(server: desk.Web, key: str, items: int, day: date, table: Table) -> list[int]:
    """32 clients on the queue and on the longer one, in turn; the items decided."""
    took: dict[str, list[float]] = {"steady": [], "long": []}
    done: list[int] = []
    for _ in range(ROUNDS):
        for agent, seconds in took.items():
            shift = desk.take_shift(server, key, agent, max(CLIENTS), round(items * SHARE), day)
            check(shift, f"queue of {agent}", table)
            done += shift.decided
            seconds.append(shift.seconds / max(1, len(shift.decided)))
    ratio = median(took["long"]) / median(took["steady"])
    came = f"{ratio:.2f} times as long an item, median of {ROUNDS} in turn"
    table.add("queue of four times the size, 32 clients", "", "", "", came, TARGETS["four"])
    return done


if __name__ == "__main__":
    sys.exit(main())
