"""The rate limit: within a process, and shared by workers through a real Redis."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest

from llm.ratelimit import ProcessRateLimit, SharedRateLimit, rate_limit
from tests.services.valkey import redis_address


def seconds_for(work: Callable[[], Awaitable[object]]) -> float:
    """How long a piece of asynchronous work takes."""
    started = time.monotonic()
    asyncio.run(_awaited(work))
    return time.monotonic() - started


async def _awaited(work: Callable[[], Awaitable[object]]) -> None:
    await work()


def test_no_limit_waits_for_nothing() -> None:
    limit = rate_limit("", None, None)

    async def work() -> None:
        await asyncio.gather(*(limit.acquire(10_000) for _ in range(200)))

    assert seconds_for(work) < 60


def test_requests_beyond_the_first_second_come_at_the_rate() -> None:
    limit = ProcessRateLimit(600, None)  # 10 a second

    async def work() -> None:
        await asyncio.gather(*(limit.acquire(1) for _ in range(16)))

    # a second's worth at once, then the sixteenth at (15 - 10) / 10 s
    assert 0.45 <= seconds_for(work) < 60


def test_tokens_are_limited_like_requests() -> None:
    limit = ProcessRateLimit(None, 60_000)  # 1,000 a second

    async def work() -> None:
        for _ in range(4):
            await limit.acquire(500)

    assert 0.45 <= seconds_for(work) < 60


def test_a_pause_holds_everybody_back() -> None:
    limit = ProcessRateLimit(None, None)

    async def work() -> None:
        await limit.pause(0.3)
        await asyncio.gather(*(limit.acquire(1) for _ in range(5)))

    assert 0.3 <= seconds_for(work) < 60


@pytest.mark.services
def test_two_workers_share_one_rate(valkey_url: str) -> None:
    async def worker() -> None:
        limit = SharedRateLimit(redis_address(valkey_url), 600, None)
        await asyncio.gather(*(limit.acquire(1) for _ in range(8)))
        await limit.aclose()

    async def work() -> None:
        await asyncio.gather(worker(), worker())

    assert 0.45 <= seconds_for(work) < 60


@pytest.mark.services
@pytest.mark.parametrize("per_minute", [None, 6000])
def test_a_pause_reaches_the_other_worker(valkey_url: str, per_minute: int | None) -> None:
    async def work() -> None:
        one = SharedRateLimit(redis_address(valkey_url), per_minute, None)
        other = SharedRateLimit(redis_address(valkey_url), per_minute, None)
        await one.pause(0.4)
        await other.acquire(1)
        await one.aclose()
        await other.aclose()

    assert 0.35 <= seconds_for(work) < 60


def test_an_unreachable_limit_leaves_each_process_its_own(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def work() -> None:
        limit = SharedRateLimit("unix:///nowhere/at/all.sock", 600, None)
        await asyncio.gather(*(limit.acquire(1) for _ in range(16)))
        await limit.pause(0.0)
        await limit.aclose()

    assert 0.45 <= seconds_for(work) < 60
    assert "the shared rate limit cannot be reached" in caplog.text
