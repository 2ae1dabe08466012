"""Reviewers over REST: each claims the next item, decides it and goes on, many at a time."""

import asyncio
import math
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import aiohttp

from bench.load.processes import children, usage
from bench.load.site import Site
from bench.real.installation import free_port, wait_for

Json = dict[str, Any]
PEOPLE = """
from accounts.models import ApiKey, Member, Role, Scope, User
from context.models import Agent
agent = Agent.objects.get(slug="{agent}")
Agent.objects.filter(pk=agent.pk).update(queue_capacity={items})
for number in range({people}):
    user, _ = User.objects.get_or_create(username=f"{prefix}{{number}}")
    Member.objects.get_or_create(
        workspace=agent.workspace, user=user, defaults={{"role": Role.REVIEWER}}
    )
print(ApiKey.issue(agent.workspace, "bench", list(Scope.values), None)[1])
"""
PREFIX = "reviewer-"
DONE = """
SELECT i.id FROM reviews_queueitem i JOIN reviews_verdict v ON v.item_id = i.id
WHERE i.state = 'done' AND v.withdrawn_at IS NULL
"""


@dataclass
class Shift:
    """What some clients did: items claimed and decided, seconds per call, answers not asked for,
    CPU seconds of the web server.
    """

    agent: str
    clients: int
    claimed: Counter[int] = field(default_factory=Counter)
    decided: list[int] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    refused: Counter[int] = field(default_factory=Counter)
    seconds: float = 0.0
    cpu: float = 0.0

    @property
    def doubles(self) -> int:
        """Times an item was given to one more person."""
        return sum(count - 1 for count in self.claimed.values())

    @property
    def rate(self) -> float:
        """Items decided a second."""
        return len(self.decided) / self.seconds

    @property
    def p95(self) -> float:
        """Milliseconds within which 95 % of the calls were answered."""
        return 1000 * sorted(self.waits)[math.ceil(0.95 * len(self.waits)) - 1]


def draw_queue(site: Site, agent: str, items: int, people: int, day: date) -> str:
    """Reviewers, and a queue of (about) so many items for the day after; the API key."""
    code = PEOPLE.format(agent=agent, items=items, people=people, prefix=PREFIX)
    key = site.shell(code).strip().splitlines()[-1]
    morning = (day + timedelta(days=1)).isoformat()
    site.manage("build_queue", "--agent", agent, "--date", morning, "--json")
    return key


@dataclass(frozen=True)
class Web:
    """A web server: its address and the process that started its workers."""

    address: str
    parent: int


@contextmanager
def web(site: Site) -> Iterator[Web]:
    """The web server as the Procfile runs it, with a process a core."""
    port = free_port()
    arguments = ["gunicorn", "agentops.wsgi", "--bind", f"127.0.0.1:{port}"]
    arguments += ["--worker-class", "gthread", "--threads", "8", "--no-control-socket"]
    with site.running(*arguments) as process:
        wait_for(f"http://127.0.0.1:{port}/healthz", process)
        yield Web(f"http://127.0.0.1:{port}", process.pid)


def take_shift(web: Web, key: str, agent: str, clients: int, items: int, day: date) -> Shift:
    """Have so many clients decide so many items of the day's queue."""
    before = usage(children(web.parent)).cpu
    shift = asyncio.run(_shift(web.address, key, Shift(agent, clients), items, day))
    shift.cpu = usage(children(web.parent)).cpu - before
    return shift


async def _shift(address: str, key: str, shift: Shift, items: int, day: date) -> Shift:
    morning = (day + timedelta(days=1)).isoformat()
    headers = {"Authorization": f"Bearer {key}"}
    left = iter(range(items))
    async with aiohttp.ClientSession(address, headers=headers) as session:
        started = time.monotonic()
        await asyncio.gather(
            *(
                _review(session, shift, {"reviewer": f"{PREFIX}{number}"}, morning, left)
                for number in range(shift.clients)
            )
        )
        shift.seconds = time.monotonic() - started
    return shift


async def _review(
    session: aiohttp.ClientSession, shift: Shift, who: Json, morning: str, left: Iterator[int]
) -> None:
    """One reviewer at work, until the shift's items are taken or nothing is left."""
    queue = f"/api/v1/agents/{shift.agent}/queue/"
    for _ in left:
        status, item = await _call(session, shift, f"{queue}next/", who | {"date": morning})
        if status != 200:
            return
        shift.claimed[item["id"]] += 1
        answers = {one["key"]: {"verdict": "pass"} for one in item["criteria"]}
        path = f"{queue}{item['id']}/verdict/"
        if (await _call(session, shift, path, who | {"answers": answers}))[0] == 201:
            shift.decided.append(item["id"])


async def _call(
    session: aiohttp.ClientSession, shift: Shift, path: str, body: Json
) -> tuple[int, Any]:
    """Status and JSON of a POST, its time noted."""
    started = time.monotonic()
    async with session.post(path, json=body) as got:
        answer = await got.json() if got.status in (200, 201) else None
    shift.waits.append(time.monotonic() - started)
    if got.status not in (200, 201, 204):
        shift.refused[got.status] += 1
    return got.status, answer


def stored(site: Site) -> list[int]:
    """The items that are done, one for each verdict on them."""
    return [row[0] for row in site.query(DONE)]
