"""The Celery app is configured so that a lost message costs little and a lost worker nothing."""

import subprocess
import sys

import pytest

from agentops.celery import VISIBILITY_TIMEOUT_SECONDS, app, configuration, transport_options


@pytest.mark.parametrize("url", ["redis://host:6379/0", "redis+socket:///tmp/broker.sock"])
def test_messages_of_a_lost_worker_come_back_without_the_extra_wait_of_kombu(url: str) -> None:
    options = transport_options(url)
    assert options["visibility_timeout"] == VISIBILITY_TIMEOUT_SECONDS
    assert (options["unacked_restore_interval"], options["unacked_restore_throttle"]) == (10, 1)


def test_rabbitmq_gets_durable_queues_and_no_redis_options() -> None:
    rabbit = configuration("amqp://host//")
    assert rabbit["task_default_queue_type"] == "quorum"
    assert rabbit["broker_transport_options"] == {}


def test_without_a_broker_tasks_run_at_once() -> None:
    assert configuration("")["task_always_eager"]
    assert not configuration("redis://host:6379/0")["task_always_eager"]


def test_the_only_thing_beat_knows_is_the_tick() -> None:
    assert [(entry["task"], entry["schedule"]) for entry in app.conf.beat_schedule.values()] == [
        ("agentops.schedule.tick", 60.0)
    ]
    app.loader.import_default_modules()
    assert "agentops.schedule.tick" in app.tasks


def test_a_worker_loads_neither_pages_nor_rest() -> None:
    """What it does not use would be memory in every process."""
    code = (
        "import sys; from agentops.celery import app; app.loader.import_default_modules();"
        "print(sorted({'agentops.urls', 'rest_framework.views', 'openai'} & set(sys.modules)))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert loaded.stdout.strip() == "['openai']", loaded.stderr
