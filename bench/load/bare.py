"""The limit: the very requests of a kind of work from a bare loop that keeps nothing.

Called as `python -m bench.load.bare KIND AGENT CONCURRENCY CLIENT` (review or trial; aiohttp or
openai) in an installation's environment; prints one JSON object: seconds, CPU seconds, peak memory
in MB, items that were answered to the end.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable, Coroutine, Generator
from typing import Any

import aiohttp
import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "agentops.settings")
django.setup()

import openai  # noqa: E402  (models need Django to be set up)
from django.conf import settings  # noqa: E402
from django.utils import timezone  # noqa: E402

from bench.load.processes import usage  # noqa: E402
from context.answers.answering import AgentAnswer, answer_call  # noqa: E402
from llm.client import chat_body  # noqa: E402
from reviews.judging.judge import Judge, loaded  # noqa: E402
from reviews.models import Review  # noqa: E402
from testing.models import Result  # noqa: E402
from testing.runs.grader import grade_call  # noqa: E402
from testing.runs.trials import seed_of  # noqa: E402

TRIES = 6
Body = dict[str, Any]
Steps = Generator[Body, str, None]  # gives the requests of an item, is sent the answer to each
Item = tuple[Steps, Body]  # with its first request, built beforehand
Send = Callable[[Body], Coroutine[Any, Any, str | None]]


def reviews(agent: str) -> list[Steps]:
    """What the judge sends for each of the agent's reviews."""

    def steps(row: Review, judge: Judge) -> Steps:
        yield chat_body(judge.prepare(row))

    rows = list(loaded(Review.objects.filter(scorecard__agent__slug=agent)))
    judge = Judge(rows[0].scorecard.agent, timezone.now)
    return [steps(row, judge) for row in rows]


def trials(agent: str) -> list[Steps]:
    """What a run sends for each of the agent's trials: the answer, then the grade of it."""

    def steps(row: Result) -> Steps:
        seed = seed_of(row.run.seed, row.trial)
        said = yield chat_body(answer_call(row.release, row.case.messages, seed=seed))
        yield chat_body(grade_call(row.case, AgentAnswer.model_validate_json(said)))

    rows = Result.objects.filter(run__suite__agent__slug=agent).order_by("position")
    return [steps(row) for row in rows.select_related("run", "case", "release__agent")]


KINDS: dict[str, Callable[[str], list[Steps]]] = {"review": reviews, "trial": trials}


async def press(items: list[Item], concurrency: int, client: str) -> int:
    """Send every request of every item; how many items were answered to the end."""
    if client == "openai":
        async with openai.AsyncOpenAI() as sdk:
            return await send_all(items, concurrency, lambda body: ask_sdk(sdk, body))
    connector = aiohttp.TCPConnector(limit=concurrency)
    async with aiohttp.ClientSession(connector=connector) as session:
        return await send_all(items, concurrency, lambda body: ask(session, body))


async def send_all(items: list[Item], concurrency: int, send: Send) -> int:
    """So many loops, each taking the next item until none is left."""

    async def one_after_the_other() -> int:
        answered = 0
        while items:
            answered += await is_answered(items.pop(), send)
        return answered

    return sum(await asyncio.gather(*(one_after_the_other() for _ in range(concurrency))))


async def is_answered(item: Item, send: Send) -> bool:
    """Whether every request of an item got an answer that is JSON within the tries."""
    steps, body = item
    while (said := await send(body)) is not None:
        try:
            body = steps.send(said)
        except StopIteration:
            return True
    return False


async def ask(session: aiohttp.ClientSession, body: Body) -> str | None:
    """The answer to a request, tried as often as is sensible."""
    url = f"{settings.OPENAI_BASE_URL}/chat/completions"
    for _ in range(TRIES):
        try:
            async with session.post(url, json=body) as got:
                if got.status == 200:
                    return read((await got.json())["choices"][0]["message"]["content"])
                await asyncio.sleep(float(got.headers.get("retry-after", 0.5)))
        except (aiohttp.ClientError, ValueError):
            continue
    return None


async def ask_sdk(sdk: openai.AsyncOpenAI, body: Body) -> str | None:
    """The same through the SDK as it is, with its own retries."""
    for _ in range(TRIES):
        try:
            found = await sdk.chat.completions.create(**body)
            return read(found.choices[0].message.content or "")
        except ValueError:
            continue
        except openai.APIError:
            return None
    return None


def read(text: str) -> str:
    """The text of an answer that is whole JSON."""
    json.loads(text)
    return text


def main() -> None:
    """Prepare, then measure the sending alone."""
    kind, agent, concurrency, client = sys.argv[1:]
    items = [(steps, next(steps)) for steps in KINDS[kind](agent)]
    cpu, started = usage([os.getpid()]).cpu, time.monotonic()
    answered = asyncio.run(press(items, int(concurrency), client))
    seconds = time.monotonic() - started
    took = usage([os.getpid()])
    print(json.dumps([seconds, took.cpu - cpu, took.megabytes, answered]))


if __name__ == "__main__":
    main()
