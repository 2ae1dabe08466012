"""The live release as running agents poll it: how soon the answer is there, and what it costs.

PostgreSQL, Valkey, gunicorn as the Procfile runs it, and a release of so many documents. Agents
ask with the ETag they know (304) and without (the whole release), one and eight at a time; beside
them stands the health check of the same server, which shows what the machine does at that moment.
Exits 1 when an answer is not what it should be; times depend on the machine and are only printed.
"""

import argparse
import asyncio
import math
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from bench.load.desk import Web, web
from bench.load.processes import children, usage
from bench.load.site import Site, new_site
from bench.load.table import Table
from bench.real.installation import Failed

LIVE = "/api/v1/agents/bench/releases/live/"
PREPARE = """
from django.utils import timezone
from accounts.models import ApiKey, Scope, Workspace
from context.releases.content import Content, DocumentContent
from context.editing.drafts import create_draft
from context.models import Agent
workspace = Workspace.objects.create(name="Bench", slug="bench")
agent = Agent.objects.create(workspace=workspace, slug="bench", name="Bench", required_checks="")
body = "You can return unworn items within 30 days of delivery. " * {sentences}
documents = tuple(
    DocumentContent(f"topic-{{n}}", f"Topic {{n}}", f"{{n}}. {{body}}", "returns")
    for n in range({documents})
)
content, now = Content("Answer only from the documents.", {{}}, documents), timezone.now()
release, _ = create_draft(agent, content, at=now)
release.submit(now)
release.publish(now)
print(ApiKey.issue(workspace, "bench", list(Scope.values), None)[1])
"""


@dataclass
class Asked:
    """What some clients saw: milliseconds of each call, statuses, bytes, CPU of the server."""

    waits: list[float] = field(default_factory=list)
    statuses: set[int] = field(default_factory=set)
    size: int = 0
    cpu: float = 0.0

    def within(self, share: float) -> float:
        """Milliseconds within which this share of the calls were answered."""
        return sorted(self.waits)[math.ceil(share * len(self.waits)) - 1]


async def ask(web: Web, path: str, headers: dict[str, str], clients: int, calls: int) -> Asked:
    """So many calls by so many clients, each on a connection of its own."""
    asked, left = Asked(), iter(range(calls))

    async def client(session: aiohttp.ClientSession) -> None:
        for _ in left:
            begun = time.perf_counter()
            async with session.get(path) as response:
                body = await response.read()
            asked.waits.append(1000 * (time.perf_counter() - begun))
            asked.statuses.add(response.status)
            asked.size = len(body)

    before = usage(children(web.parent)).cpu
    async with aiohttp.ClientSession(web.address, headers=headers) as session:
        await asyncio.gather(*(client(session) for _ in range(clients)))
    asked.cpu = usage(children(web.parent)).cpu - before
    return asked


async def etag(web: Web, headers: dict[str, str]) -> str:
    """The ETag of the live release."""
    async with (
        aiohttp.ClientSession(web.address, headers=headers) as session,
        session.get(LIVE) as response,
    ):
        return response.headers["ETag"]


def measure(site: Site, key: str, calls: int, table: Table) -> None:
    """A row for each way of asking."""
    plain = {"Authorization": f"Bearer {key}"}
    with web(site) as server:
        known = plain | {"If-None-Match": asyncio.run(etag(server, plain))}
        ways = [
            ("health check of the same server", "/healthz", {}, 200, ""),
            ("with the ETag: 304", LIVE, known, 304, "≤ 5 ms"),
            (
                "without: the whole release",
                LIVE,
                plain,
                200,
                "≤ 10 ms",
            ),
        ]
        asyncio.run(ask(server, LIVE, plain, 8, 100))  # every process has read the release once
        for clients in (1, 8):
            for name, path, headers, status, target in ways:
                asked = asyncio.run(ask(server, path, headers, clients, calls))
                cells = [f"{asked.within(share):.1f}" for share in (0.5, 0.95)]
                cpu = 1000 * asked.cpu / calls
                kilobytes = f"{asked.size / 1000:,.0f}"
                table.add(name, str(clients), *cells, f"{cpu:.1f}", kilobytes, target)
                table.promise(asked.statuses == {status}, f"{name}: answered {asked.statuses}")


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=100)
    parser.add_argument("--sentences", type=int, default=35, help="of 56 characters a document")
    parser.add_argument("--calls", type=int, default=1000, help="of each way of asking")
    options = parser.parse_args()
    table = Table("What", "clients", "p50 ms", "p95 ms", "CPU ms a call", "kB", "target (p95)")
    try:
        with tempfile.TemporaryDirectory(prefix="agentops-bench-") as name:
            folder = Path(name)
            folder.chmod(0o755)  # PostgreSQL runs as somebody else
            with new_site(folder, workers=1, concurrency=1) as site:
                code = PREPARE.format(documents=options.documents, sentences=options.sentences)
                key = site.shell(code).strip().splitlines()[-1]
                measure(site, key, options.calls, table)
    except Failed as failed:
        print(failed, file=sys.stderr)
        return 2
    print("Peers on other hardware, p50: Phoenix 7.2 ms without ETag, MLflow 239 ms.")
    return table.close(["live", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
