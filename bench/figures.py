"""Figures and lists of 1 and of 5 million conversations over 104 weeks: what a page of them costs.

PostgreSQL (an empty one in DATABASE_URL, or a server of our own), gunicorn as the Procfile runs it,
and two agents in one database whose counts are kept by the product's own functions. Both are asked
the same in turn. With DATABASE_URL a second call finds the agents of the first. Exits 1 when an
answer is not what it should be, or when five times the conversations cost much more processor time;
times depend on the machine and are only printed. Linux only: figures from /proc.
"""

import argparse
import asyncio
import base64
import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from bench.load.asking import Asked, ask
from bench.load.desk import Web, web
from bench.load.site import Site, new_site
from bench.load.table import Table
from bench.real.installation import Failed

ROUNDS = 5
GROWTH = 1.2  # of the processor time, from one size to the other
TICKS = 3  # ms a call that are lost in the clock's ticks
HALF_WAY = """
SELECT c.opened_at, c.id FROM conversations_conversation c JOIN context_agent a ON a.id = c.agent_id
WHERE a.slug = %s AND c.external_id = %s
"""
SEGMENT = "&topic=topic+0&channel=channel+0&language=language+0"
PUBLISHED = """
Elsewhere, as measured for targets.md on another machine: 104 weeks of figures by a scan of a
covering index 630 and 2,700-3,300 ms at 1 and 5 million, from a roll-up 2.3 and 2.3 ms in the
database alone; a page of 50 by keyset 0.2-0.3 ms, by offset half-way 86-390, count(*) 80-360 ms.
"""


@dataclass(frozen=True)
class Size:
    """One of the two agents: its name, its conversations, and how to ask about it."""

    slug: str
    count: int
    key: str
    session: str
    cursor: str

    @property
    def headers(self) -> dict[str, str]:
        """Those of somebody logged in who also has a key."""
        return {"Authorization": f"Bearer {self.key}", "Cookie": f"sessionid={self.session}"}


@dataclass(frozen=True)
class Way:
    """Something to ask: what it is called, its path, the target, and whether size may not show."""

    name: str
    path: str
    target: str
    is_flat: bool = True


def ways() -> Iterator[Way]:
    """Everything that is asked of both."""
    today = datetime.now(UTC).date()
    page, first = "/bench/{slug}/performance/?weeks=", today - timedelta(weeks=103)
    api, figures = "/api/v1/agents/{slug}/", f"metrics/weekly/?from={first}"
    rest, listed = "conversations/?", "/bench/{slug}/conversations/?"
    for weeks in (12, 104):
        yield Way(f"page, {weeks} weeks", f"{page}{weeks}", "≤ 100 ms")
    yield Way("page, 104 weeks, a topic", f"{page}104&topic=topic+0", "≤ 100 ms")
    yield Way("page, 104 weeks, topic × channel × language", f"{page}104{SEGMENT}", "≤ 100 ms")
    yield Way("weeks as CSV, 104 weeks", page.replace("/?", "/weeks.csv?") + "104", "≤ 100 ms")
    yield Way("REST figures, 12 weeks", f"{api}metrics/weekly/", "≤ 50 ms")
    yield Way("REST figures, 104 weeks", f"{api}{figures}", "≤ 50 ms")
    yield Way("REST figures, 104 weeks, a topic", f"{api}{figures}&topic=topic+0", "≤ 50 ms")
    yield Way("REST figures, topic × channel × language", f"{api}{figures}{SEGMENT}", "≤ 50 ms")
    two = "&channel=channel+2&language=language+3"
    yield Way("REST figures, channel × language", f"{api}{figures}{two}", "≤ 50 ms", False)
    yield Way("list, first page", listed, "≤ 100 ms")
    yield Way("list, half-way by keyset", f"{listed}cursor={{cursor}}", "≤ 100 ms")
    yield Way("list, the rarest topic", f"{listed}topic=topic+14", "≤ 100 ms")
    yield Way("list, found by external id", f"{listed}q=c-77777", "≤ 100 ms")
    yield Way("list, found by customer", f"{listed}q=customer-77777", "≤ 100 ms")
    yield Way("REST list, half-way by keyset", f"{api}{rest}cursor={{cursor}}", "≤ 100 ms")


def prepared(site: Site, slug: str, count: int) -> Size:
    """The agent of this size, made if it is missing; says what there is."""
    code = f"from bench.load.volume import prepare\nprepare({slug!r}, {count})"
    found = json.loads(site.shell(code).strip().splitlines()[-1])
    rows = ", ".join(f"{number:,} {name}" for name, number in found["rows"].items())
    took = f"; counted in {found['seconds']:.0f} s" if found["seconds"] else ""
    print(f"{slug}: {rows}{took}", flush=True)
    if found["rows"]["conversations"] != count:
        raise Failed(f"{slug} has {found['rows']['conversations']} conversations, not {count}")
    [(at, key)] = site.query(HALF_WAY, slug, f"c-{count // 2}")
    cursor = json.dumps(["n", at.isoformat(), key]).encode()
    half_way = base64.urlsafe_b64encode(cursor).decode().rstrip("=")
    return Size(slug, count, found["key"], found["session"], half_way)


@dataclass
class Cost:
    """What one way of asking took of one size: all calls, and the CPU seconds a call of each turn,
    in the web server and in the database.
    """

    calls: Asked = field(default_factory=Asked)
    turns: list[tuple[float, float]] = field(default_factory=list)

    @property
    def least(self) -> float:
        """Processor time a call, in the turn that was disturbed least."""
        return min(map(sum, self.turns))

    def add(self, more: Asked, database: float) -> None:
        """Keep another turn."""
        calls = len(more.waits)
        self.calls.waits += more.waits
        self.calls.statuses |= more.statuses
        self.calls.size = more.size
        self.turns.append((more.cpu / calls, database / calls))


def measure(site: Site, sizes: list[Size], calls: int, table: Table) -> None:
    """A row for each size of each way of asking."""
    with web(site) as server:
        for way in ways():
            costs = in_turn(site, server, way, sizes, calls)
            for size, cost in zip(sizes, costs, strict=True):
                table.add(*cells(way, size, cost))
                statuses = cost.calls.statuses
                table.promise(statuses == {200}, f"{way.name}: answered {statuses}")
            if way.is_flat:
                least = [1000 * cost.least for cost in costs]
                held = least[-1] <= GROWTH * least[0] + TICKS
                table.promise(held, f"{way.name}: from {least[0]:.0f} to {least[-1]:.0f} ms of CPU")


def cells(way: Way, size: Size, cost: Cost) -> list[str]:
    """A row of the table."""
    times = [f"{cost.calls.within(share):.0f}" for share in (0.5, 0.95)]
    cpu = [f"{1000 * median(seconds):.0f}" for seconds in zip(*cost.turns, strict=True)]
    size_of = f"{cost.calls.size / 1000:,.0f}"
    return [way.name, f"{size.count / 1e6:g} M", *times, *cpu, size_of, way.target]


def in_turn(site: Site, server: Web, way: Way, sizes: list[Size], calls: int) -> list[Cost]:
    """Ask each size a few times, then the next, and again."""
    costs = [Cost() for _ in sizes]
    for turn in range(ROUNDS + 1):  # the first one warms up and is not counted
        for size, cost in zip(sizes, costs, strict=True):
            path = way.path.format(slug=size.slug, cursor=size.cursor)
            before = site.database_seconds()
            more = asyncio.run(ask(server, path, size.headers, 1, max(2, calls // ROUNDS)))
            if turn:
                cost.add(more, site.database_seconds() - before)
    return costs


def main() -> int:
    """Read the command line, measure, print the table; the exit code."""
    parser = argparse.ArgumentParser(prog="./run bench figures", description=__doc__)
    parser.add_argument("--small", type=int, default=1_000_000, help="conversations")
    parser.add_argument("--large", type=int, default=5_000_000, help="conversations")
    parser.add_argument("--calls", type=int, default=50, help="of each way of asking")
    options = parser.parse_args()
    head = ("What", "conversations", "p50 ms", "p95 ms", "CPU ms web", "database", "kB", "target")
    table = Table(*head)
    with tempfile.TemporaryDirectory(prefix="agentops-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL runs as somebody else
        try:
            with new_site(folder, workers=1, concurrency=1) as site:
                sizes = [
                    prepared(site, f"of-{count}", count) for count in (options.small, options.large)
                ]
                measure(site, sizes, options.calls, table)
        except Failed as failure:
            table.broken.append(str(failure))
    print(PUBLISHED)
    return table.close(sys.argv)


if __name__ == "__main__":
    sys.exit(main())
