"""The limit: the very requests of the judge from a bare aiohttp loop that keeps nothing.

Called as `python -m bench.load.bare AGENT CONCURRENCY` in an installation's environment; prints one
JSON object: seconds, CPU seconds, peak memory in MB, answers.
"""

import asyncio
import json
import os
import sys
import time

import aiohttp
import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "agentops.settings")
django.setup()

from django.conf import settings  # noqa: E402  (models need Django to be set up)
from django.utils import timezone  # noqa: E402

from bench.load.processes import usage  # noqa: E402
from llm.client import chat_body  # noqa: E402
from reviews.judge import Judge, loaded  # noqa: E402
from reviews.models import Review  # noqa: E402

TRIES = 6


def bodies(agent: str) -> list[bytes]:
    """What the judge sends for each of the agent's reviews."""
    rows = loaded(Review.objects.filter(scorecard__agent__slug=agent))
    judge = None
    made = []
    for row in rows:
        judge = judge or Judge(row.scorecard.agent, timezone.now)
        made.append(json.dumps(chat_body(judge.prepare(row))).encode())
    return made


async def press(waiting: list[bytes], concurrency: int) -> int:
    """Send every body until it is answered; how many were."""
    connector = aiohttp.TCPConnector(limit=concurrency)
    headers = {"Content-Type": "application/json"}
    async with aiohttp.ClientSession(connector=connector, headers=headers) as session:
        counts = await asyncio.gather(*(send_all(session, waiting) for _ in range(concurrency)))
    return sum(counts)


async def send_all(session: aiohttp.ClientSession, waiting: list[bytes]) -> int:
    """One of the loops: takes the next body until none is left."""
    answered = 0
    while waiting:
        answered += await is_answered(session, waiting.pop())
    return answered


async def is_answered(session: aiohttp.ClientSession, body: bytes) -> bool:
    """Whether a body got an answer that is JSON within the tries."""
    url = f"{settings.OPENAI_BASE_URL}/chat/completions"
    for _ in range(TRIES):
        try:
            async with session.post(url, data=body) as got:
                if got.status == 200:
                    json.loads((await got.json())["choices"][0]["message"]["content"])
                    return True
                await asyncio.sleep(float(got.headers.get("retry-after", 0.5)))
        except (aiohttp.ClientError, ValueError):
            continue
    return False


def main() -> None:
    """Prepare, then measure the sending alone."""
    waiting = bodies(sys.argv[1])
    cpu, started = usage([os.getpid()]).cpu, time.monotonic()
    answers = asyncio.run(press(waiting, int(sys.argv[2])))
    seconds = time.monotonic() - started
    took = usage([os.getpid()])
    print(json.dumps([seconds, took.cpu - cpu, took.megabytes, answers]))


if __name__ == "__main__":
    main()
