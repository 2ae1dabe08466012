"""The live release as running agents poll it: how soon the answer is there, and what it costs.

PostgreSQL, Valkey, gunicorn as the Procfile runs it, and a release of so many documents. Agents
ask with the ETag they know (304) and without (the whole release), one and eight at a time; beside
them stands the health check of the same server, which shows what the machine does at that moment.
Exits 1 when an answer is not what it should be; times depend on the machine and are only printed.
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

import aiohttp

from bench.load.asking import ask
from bench.load.desk import Web, web
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
