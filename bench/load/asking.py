"""GET requests to a web server, by one client or several, and what they cost."""

import asyncio
import math
import time
from dataclasses import dataclass, field

import aiohttp

from bench.load.desk import Web
from bench.load.processes import children, usage


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
