"""Taking conversations in: over REST in lists of 1,000, and from a file, each of them twice.

PostgreSQL that writes to the disk, gunicorn as the Procfile runs it; conversations with six
messages and 2.1 kB, validated, masked, with outcomes, sources and all counts kept. A live day (all
on one day) and two years of history. Exits 1 when one is missing or there twice, when a count is
wrong, or when the second time writes a row; times depend on the machine and are only printed.
"""

import argparse
import json
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from bench.load.arrivals import conversation
from bench.load.desk import Web, web
from bench.load.processes import children, usage
from bench.load.site import Site, new_site
from bench.load.table import Table
from bench.real.installation import Client, Failed

AT_ONCE = 1000
SPANS = {"one day": 1, "two years": 728}  # in days
SETTLED = 0.5  # seconds in which the database ends what the command began
OUTCOMES = ("created", "updated", "unchanged")
MAKE = """
from accounts.models import ApiKey, Scope, Workspace
from context.models import Agent
workspace, _ = Workspace.objects.get_or_create(slug="bench", defaults={{"name": "Bench"}})
Agent.objects.create(workspace=workspace, slug="{slug}", name="{slug}")
print(ApiKey.issue(workspace, "bench", list(Scope.values), None)[1])
"""
WRITTEN = ("conversations_conversation", "conversations_message", "context_measurement")
WRITTEN += ("context_daytotal", "context_documentuse")
STORED = """
SELECT count(DISTINCT c.id), count(m.id) FROM conversations_conversation c
JOIN context_agent a ON a.id = c.agent_id JOIN conversations_message m ON m.conversation_id = c.id
WHERE a.slug = %s
"""
COUNTED = """
SELECT coalesce(sum(m.n), 0) FROM context_{table} m JOIN context_agent a ON a.id = m.agent_id
WHERE a.slug = %s AND m.figure = 'conversations'
"""
PUBLISHED = """
Elsewhere, as measured for targets.md on another machine, conversations a second: a Django view with
typed validation and pipelined upsert, lists of 1,000: 9,500; the same with DRF serializers 2,100;
Django bulk_create 2,000-2,250; Label Studio import 1,500; Django save() 180-200; MLflow traces
64-140; PostgreSQL COPY of raw rows 13,000-16,000. None of them keeps figures or masks.
"""


@dataclass(frozen=True)
class Took:
    """Seconds, CPU seconds of web and database, and what became of the conversations."""

    seconds: float
    web: float
    database: float
    became: Counter[str]


def sent(site: Site, server: Web, client: Client, lists: list[list[Any]]) -> Took:
    """Post lists one after the other."""
    before = usage(children(server.parent)).cpu, site.database_seconds()
    started, became = time.monotonic(), Counter[str]()
    for payloads in lists:
        became.update(one["status"] for one in client.post("conversations/", payloads)["data"])
    seconds = time.monotonic() - started
    web_cpu = usage(children(server.parent)).cpu - before[0]
    return Took(seconds, web_cpu, site.database_seconds() - before[1], became)


def read(site: Site, agent: str, file: Path) -> Took:
    """Take a file in by the command, which times itself; its CPU time includes Python's start."""
    before = site.database_seconds(), ended_children()
    said = site.answer_of("ingest", str(file), "--agent", agent)
    became = Counter({name: said[name] for name in OUTCOMES if said[name]})
    cpu = ended_children() - before[1]
    time.sleep(SETTLED)
    return Took(said["seconds"], cpu, site.database_seconds() - before[0], became)


def ended_children() -> float:
    """CPU seconds of the processes that we started and that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def state(site: Site) -> list[Any]:
    """What would be another if a row had been written."""
    return [
        site.query(f"SELECT count(*), sum(hashtext(ctid::text || xmin::text)) FROM {table}")
        for table in WRITTEN
    ]


def measure(site: Site, count: int, table: Table) -> None:
    """REST, then a file: on one day, then over two years; each twice."""
    today = datetime.now(UTC).date()
    with web(site) as server:
        for span, days in SPANS.items():
            first = today - timedelta(days=days)
            payloads = [conversation(number, count, first, days) for number in range(count)]
            lists = [payloads[at : at + AT_ONCE] for at in range(0, count, AT_ONCE)]
            slug = f"rest-{days}"
            client = Client(server.address, made(site, slug), slug)
            take = partial(sent, site, server, client, lists)
            twice(site, f"REST, {span}", slug, count, take, "≥ 2,000", table)
            slug = f"file-{days}"
            made(site, slug)
            file = site.folder / f"{days}.jsonl"
            file.write_text("".join(f"{json.dumps(one)}\n" for one in payloads))
            take = partial(read, site, slug, file)
            twice(site, f"file, {span}", slug, count, take, "≥ 3,000", table)


def made(site: Site, slug: str) -> str:
    """A new agent's key."""
    return site.shell(MAKE.format(slug=slug)).split()[-1]


def twice(
    site: Site,
    name: str,
    slug: str,
    count: int,
    take: Callable[[], Took],
    target: str,
    table: Table,
) -> None:
    """A row for the first time, and one for the second, with what was promised of each."""
    took = take()
    table.add(name, *cells(took, count), target)
    table.promise(took.became == Counter(created=count), f"{name}: {took.became}")
    stored = site.query(STORED, slug)[0]
    table.promise(stored == (count, 6 * count), f"{name}: {stored} are stored")
    for counts in ("measurement", "daytotal"):
        each = 1 if counts == "measurement" else 5  # over all, and by each of four properties
        [(counted,)] = site.query(COUNTED.format(table=counts), slug)
        table.promise(counted == each * count, f"{name}: {counted} in {counts}")
    before = state(site)
    again = take()
    table.add(f"{name}, again", *cells(again, count), "0 rows written")
    table.promise(again.became == Counter(unchanged=count), f"{name}, again: {again.became}")
    table.promise(state(site) == before, f"{name}, again: rows were written")


def cells(took: Took, count: int) -> list[str]:
    """Conversations a second, and CPU seconds for 1,000."""
    cpu = [f"{1000 * seconds / count:.2f}" for seconds in (took.web, took.database)]
    return [f"{count:,}", f"{count / took.seconds:,.0f}", *cpu]


def main() -> int:
    """Read the command line, measure, print the table; the exit code."""
    parser = argparse.ArgumentParser(prog="./run bench ingest", description=__doc__)
    parser.add_argument("--conversations", type=int, default=20_000, help="each time")
    options = parser.parse_args()
    head = ("What", "conversations", "a second", "CPU s per 1,000: Python", "database", "target")
    table = Table(*head)
    with tempfile.TemporaryDirectory(prefix="agentops-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL runs as somebody else
        try:
            with new_site(folder, workers=1, concurrency=1) as site:
                measure(site, options.conversations, table)
        except Failed as failure:
            table.broken.append(str(failure))
    print(PUBLISHED)
    return table.close(sys.argv)


if __name__ == "__main__":
    sys.exit(main())
