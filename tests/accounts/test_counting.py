"""Counts that all web processes share."""

import pytest
import redis
from django.conf import LazySettings
from django.core.cache import cache

from accounts.counting import count
from tests.services.valkey import redis_address


def test_without_a_server_a_process_counts_for_itself(settings: LazySettings) -> None:
    settings.RATE_LIMIT_REDIS_URL = ""
    cache.delete("hits")
    assert [count("hits", 60), count("hits", 60), count("others", 60)] == [1, 2, 1]


@pytest.mark.services
def test_a_server_counts_for_all_and_forgets_in_time(
    valkey_url: str, settings: LazySettings
) -> None:
    settings.RATE_LIMIT_REDIS_URL = redis_address(valkey_url)
    assert [count("hits", 60), count("hits", 60), count("others", 60)] == [1, 2, 1]
    with redis.Redis.from_url(redis_address(valkey_url)) as client:
        assert 0 < client.ttl("agentops:hits") <= 60
