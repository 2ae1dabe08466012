"""A run of a suite by real workers beside bare loops: speed, faults, kill -9.

1,000 cases of one answer and one grade, on a PostgreSQL that writes to the disk (an empty one in
DATABASE_URL, or a server of our own), Valkey, Celery and `manage.py local_model` on a port. Exits 1
if a trial was lost, done twice or mislabelled, or if calls were repeated. Linux only.
"""

import argparse
import sys
import tempfile
from functools import partial
from pathlib import Path

from bench.load import runs
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
from bench.load.runs import TRIALS
from bench.load.site import Json, Site, new_site
from bench.load.table import Table
from bench.real.installation import Failed

COLUMNS = ("What", "wall ÷ ideal", "CPU s per 1,000", "MB a process", "what came of it", "target")
GROWTH = 1.1  # of a worker's memory after the first fifth of a run
TARGETS = {
    "steady": "≤ 1.15; CPU ≤ 10; ≤ 150 MB; start < 2 s",
    "long": "≤ 1.08; memory flat; start < 2 s",
    "faulty": "≤ 1.5; all right",
    "killed": "0 lost; at most the last flush repeated",
}
# Measured by others than this bench, on 2 cores, the same work: see docs/performance.md.
PEERS = (
    (
        "aiohttp loop, every result to PostgreSQL",
        "1.14",
        "1.5",
        "138",
        "0 repeated in 3 of 4 kills",
    ),
    ("Celery, 50 processes, a call a task", "1.84", "23", "2,270", "–"),
    ("promptfoo 0.121 / 0.123", "3.2", "18–20", "377", "with faults 931 right; 23–37 repeated"),
    ("Inspect AI 0.3.285", "5.9", "44", "222", "with faults 995 right; 2–15 repeated"),
    ("Celery, 8 processes", "6.9", "25", "740", "with faults 988 right; 39 of 300 lost"),
    ("Phoenix 20.26, rate limit lifted", "9.6", "91", "863", "with faults 902 right; 26 repeated"),
    ("DeepEval 4.3, cache off", "12.6", "50", "258", "with faults 986 right; 6–7 repeated"),
    ("MLflow 3.17 on PostgreSQL", "15.3", "142", "1,975", "with faults 299 of 300; all repeated"),
)


def main() -> int:
    """Read the command line, measure, print the table; the exit code."""
    parser = argparse.ArgumentParser(prog="./run bench suites", description=__doc__)
    parser.add_argument("--cases", type=int, default=1000, help="cases of a run")
    parser.add_argument("--large", type=int, default=5000, help="cases of the long run, or 0")
    parser.add_argument("--workers", type=int, default=2, help="worker processes")
    parser.add_argument("--concurrency", type=int, default=50, help="calls at once in all")
    parser.add_argument("--only", default="", help="names of runs: steady faulty killed long")
    options = parser.parse_args()
    table = Table(*COLUMNS)
    with tempfile.TemporaryDirectory(prefix="agentops-load-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL runs as another user where we are root
        try:
            with new_site(folder, options.workers, options.concurrency) as site:
                measure(site, options, table)
        except Failed as failure:
            table.broken.append(str(failure))
    for peer in PEERS:
        table.add(*peer, "published figure, not measured here")
    return table.close(sys.argv)


def measure(site: Site, options: argparse.Namespace, table: Table) -> None:
    """Each run by workers, beside bare loops where nothing is killed."""
    sizes = dict.fromkeys(("steady", "faulty", "killed"), options.cases)
    if options.large:
        sizes["long"] = options.large
    for agent in options.only.split() or sizes:
        cases, faulty = sizes[agent], agent in ("faulty", "killed")
        site.manage("create_agent", "bench", agent, "--admin", "admin", "--json")
        start = runs.plan(site, agent, cases)
        warm_model(site, TRIALS, agent)
        kill = Kill(cases // 3, site.workers) if agent == "killed" else None
        for client in () if kill else ("aiohttp", "openai"):
            bare = partial(bare_loop, kind=TRIALS, agent=agent, client=client)
            took, served = press(site, bare, faulty=faulty)
            what = f"{cases:,} cases, {agent} model, bare {client} loop"
            came = f"{sum(served.values())} calls, {took.answered} of {cases} right"
            show(site, what, cases, took, came, "the limit", table)
        work = partial(work_off, kind=TRIALS, agent=agent, kill=kill)
        what = f"{cases:,} cases, {agent} model, workers"
        took, served = press(site, work, faulty=faulty)
        came = f"{asked(served, cases)}, {after(took)}, started in {start:.1f} s"
        show(site, what, cases, took, came, TARGETS[agent], table)
        check(site, what, cases, took, served, table)
        judge_outcomes(site, agent, what, cases, table)


def show(
    site: Site, what: str, cases: int, took: Took, came: str, target: str, table: Table
) -> None:
    """A row of one run; after a kill the waiting for a lease is no speed."""
    ideal = cases * TRIALS.calls * LATENCY / site.concurrency
    ratio = "–" if took.idle else f"{took.seconds / ideal:.2f}"
    cpu = "–" if took.idle else f"{took.cpu * 1000 / cases:.1f}"
    table.add(what, ratio, cpu, f"{took.megabytes:.0f}", came, target)


def asked(served: Json, cases: int) -> str:
    """The calls of a run, and those of them that were repeated."""
    unheard = served.get("unheard", 0)
    lost = f", {unheard} under way at the kill" if unheard else ""
    return (
        f"{sum(served.values())} calls, {repeated(served, cases)} repeated that had come back{lost}"
    )


def repeated(served: Json, cases: int) -> int:
    """Calls that had been answered in full to a client that was there, and were asked again."""
    return int(served["fine"]) - cases * TRIALS.calls


def after(took: Took) -> str:
    """When it began to give results, or how long it took to recover."""
    if took.idle:
        kept = f"{took.asked_again} of {took.stored} stored ones repeated"
        return f"{kept}, all done {took.idle:.0f} s after the kill"
    return f"first result after {took.first:.1f} s, {took.early:.0f} MB at a fifth"


def check(site: Site, what: str, cases: int, took: Took, served: Json, table: Table) -> None:
    """Nothing is asked twice, but for what killed workers had not written: calls that came back
    while the ones before were being written, never more than they may hold; the memory is flat.
    """
    count, most = repeated(served, cases), site.concurrency if took.idle else 0
    table.promise(0 <= count <= most, f"{what}: {count} finished calls were repeated")
    table.promise(not took.asked_again, f"{what}: {took.asked_again} stored calls were repeated")
    flat = not took.early or took.idle or took.megabytes <= GROWTH * took.early
    table.promise(bool(flat), f"{what}: from {took.early:.0f} to {took.megabytes:.0f} MB")


def judge_outcomes(site: Site, agent: str, what: str, cases: int, table: Table) -> None:
    """Every trial is done, once, and says what it said in the run without faults."""
    found = outcomes(site, TRIALS, agent)
    known = {row[:2]: row for row in outcomes(site, TRIALS, "steady")}
    done = sum(row[2] == "done" for row in found)
    wrong = sum(row != known.get(row[:2], row) for row in found)
    passed = sum(row[5] is True for row in found)
    came = f"{done} of {cases} done once, {wrong} mislabelled, {passed} passed"
    table.add(f"{what}: outcome", "", "", "", came, "all, 0")
    table.promise(len(found) == done == cases, f"{what}: {done} of {len(found)} rows are done")
    table.promise(not wrong, f"{what}: {wrong} trials differ from those without faults")


if __name__ == "__main__":
    sys.exit(main())
