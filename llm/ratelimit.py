"""One rate limit for all workers: requests and tokens a minute, and a pause the server asked for.

The generic cell rate algorithm (ITU-T I.371): each limit keeps the time at which what was granted
so far is paid for; a caller books its share at once and is told how long to wait. One round trip a
call, first come first served, and no window of T seconds holds more than rate x (T + 1 s).
"""

import asyncio
import logging
import time
from typing import Protocol

import redis.asyncio as redis
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

_BURST_SECONDS = 1.0
_PAUSE_LOOK_SECONDS = 1.0

# KEYS: requests, tokens, pause. ARGV: seconds per request, seconds this call's tokens take, burst.
_BOOK = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local wait = 0
for i = 1, 2 do
  local cost = tonumber(ARGV[i])
  if cost > 0 then
    local paid = math.max(tonumber(redis.call('GET', KEYS[i]) or '0'), now)
    wait = math.max(wait, paid - now - tonumber(ARGV[3]))
    local paid_then = string.format('%.6f', paid + cost)
    local keep_ms = math.ceil((paid + cost - now) * 1000) + 1000
    redis.call('SET', KEYS[i], paid_then, 'PX', keep_ms)
  end
end
local pause = redis.call('PTTL', KEYS[3])
if pause > 0 then wait = math.max(wait, pause / 1000) end
return tostring(wait)
"""


class RateLimit(Protocol):
    """What the door asks before each request."""

    async def acquire(self, tokens: int) -> None:
        """Wait until a request of about `tokens` tokens may be sent."""

    async def pause(self, seconds: float) -> None:
        """Hold every request of every worker back for `seconds`."""

    async def aclose(self) -> None:
        """Let go of connections."""


class ProcessRateLimit:
    """The limit within one process, for when no Redis is configured."""

    def __init__(self, requests_per_minute: int | None, tokens_per_minute: int | None) -> None:
        self._seconds_per_request = 60 / requests_per_minute if requests_per_minute else 0.0
        self._seconds_per_token = 60 / tokens_per_minute if tokens_per_minute else 0.0
        self._requests_paid = 0.0
        self._tokens_paid = 0.0
        self._paused_until = 0.0

    async def acquire(self, tokens: int) -> None:
        now = time.monotonic()
        requests_paid, tokens_paid = max(self._requests_paid, now), max(self._tokens_paid, now)
        ready = max(requests_paid, tokens_paid) - _BURST_SECONDS
        self._requests_paid = requests_paid + self._seconds_per_request
        self._tokens_paid = tokens_paid + self._seconds_per_token * tokens
        while (wait := max(ready, self._paused_until) - time.monotonic()) > 0:
            await asyncio.sleep(wait)

    async def pause(self, seconds: float) -> None:
        self._paused_until = max(self._paused_until, time.monotonic() + seconds)

    async def aclose(self) -> None:
        return None


class SharedRateLimit:
    """The limit of all workers together, kept in Redis or Valkey by one small script.

    When the server of the limit cannot be reached, each process keeps the limit by itself: calls
    go on, and a provider's 429 is still honoured.
    """

    def __init__(
        self,
        url: str,
        requests_per_minute: int | None,
        tokens_per_minute: int | None,
        prefix: str = "agentops:llm",
    ) -> None:
        self._client = redis.from_url(url, socket_timeout=5, socket_connect_timeout=5)
        self._script = self._client.register_script(_BOOK)
        self._keys = [f"{prefix}:{name}" for name in ("requests", "tokens", "pause")]
        self._seconds_per_request = 60 / requests_per_minute if requests_per_minute else 0.0
        self._seconds_per_token = 60 / tokens_per_minute if tokens_per_minute else 0.0
        self._alone = ProcessRateLimit(requests_per_minute, tokens_per_minute)
        self._looked_at_pause = float("-inf")

    async def acquire(self, tokens: int) -> None:
        try:
            wait = await self._book(tokens)
            while wait > 0:
                await asyncio.sleep(wait)
                wait = await self._pause_left()
        except RedisError as error:
            log.warning(
                "the shared rate limit cannot be reached, this process keeps its own: %s", error
            )
            await self._alone.acquire(tokens)

    async def pause(self, seconds: float) -> None:
        await self._alone.pause(seconds)
        try:
            if await self._pause_left() < seconds:
                await self._client.set(self._keys[2], 1, px=max(1, int(seconds * 1000)))
        except RedisError as error:
            log.warning("the pause of %.1f s could not be shared: %s", seconds, error)

    async def aclose(self) -> None:
        await self._client.aclose()

    async def _book(self, tokens: int) -> float:
        """Book one request; without limits only the shared pause is read, once a second."""
        if not self._seconds_per_request and not self._seconds_per_token:
            if time.monotonic() - self._looked_at_pause < _PAUSE_LOOK_SECONDS:
                await self._alone.acquire(tokens)
                return 0.0
            self._looked_at_pause = time.monotonic()
            return await self._pause_left()
        costs = [self._seconds_per_request, self._seconds_per_token * tokens, _BURST_SECONDS]
        return float(await self._script(keys=self._keys, args=costs))

    async def _pause_left(self) -> float:
        """Return the seconds the shared pause still lasts, 0 when there is none."""
        return max(0, await self._client.pttl(self._keys[2])) / 1000


def rate_limit(
    url: str, requests_per_minute: int | None, tokens_per_minute: int | None
) -> RateLimit:
    """Return the shared limit when a Redis URL is given, else this process's own."""
    if url:
        return SharedRateLimit(url, requests_per_minute, tokens_per_minute)
    return ProcessRateLimit(requests_per_minute, tokens_per_minute)
