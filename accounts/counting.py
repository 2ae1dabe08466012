"""Counts that all web processes share, such as the requests of a key in a minute."""

from functools import cache as once

from django.conf import settings
from django.core.cache import cache
from redis import Redis


def count(name: str, seconds: int) -> int:
    """Count one more under this name; how many they are. They are forgotten so many seconds after
    the first.
    """
    if settings.RATE_LIMIT_REDIS_URL:
        return _count_in_redis(_redis(settings.RATE_LIMIT_REDIS_URL), f"agentops:{name}", seconds)
    try:
        return cache.incr(name)
    except ValueError:  # the first
        cache.add(name, 0, timeout=seconds)
        return cache.incr(name)


def _count_in_redis(client: Redis, name: str, seconds: int) -> int:
    """One round trip; Django's cache takes two, and makes itself a client each time."""
    used = int(client.incr(name))
    if used == 1:
        client.expire(name, seconds)
    return used


@once
def _redis(url: str) -> Redis:
    return Redis.from_url(url)
