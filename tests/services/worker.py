"""A real Celery worker in a process of its own, on the database and the broker of the test."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlencode

from celery import Celery
from django.db import connection

from agentops.supervisor import die_with_parent
from tests.services.valkey import redis_address

ROOT = Path(__file__).resolve().parents[2]


def database_url() -> str:
    """The address of the test database, as `DATABASE_URL` of another process."""
    settings = connection.settings_dict
    name = str(settings["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    user = f"{quote(settings['USER'])}:{quote(settings['PASSWORD'])}"
    query = urlencode({"host": settings["HOST"]})
    port = f":{settings['PORT']}" if settings["PORT"] else ""
    return f"postgresql://{user}@{port}/{quote(name)}?{query}"


def process_environment(broker_url: str) -> dict[str, str]:
    """The environment of a process that shares the test's database and broker."""
    return os.environ | {
        "DATABASE_URL": database_url(),
        "CELERY_BROKER_URL": broker_url,
        "RATE_LIMIT_REDIS_URL": redis_address(broker_url),
    }


@contextmanager
def running_worker(app: Celery, broker_url: str) -> Iterator[subprocess.Popen[bytes]]:
    """Yield a worker that answers pings; `app` must be connected to the same broker."""
    command = [sys.executable, "-m", "celery", "-A", "agentops", "worker"]
    command += ["-P", "threads", "-c", "2", "--without-gossip", "--without-mingle", "-l", "WARNING"]
    environment = process_environment(broker_url)
    ends_with_us = die_with_parent(os.getpid())
    with subprocess.Popen(command, cwd=ROOT, env=environment, preexec_fn=ends_with_us) as process:
        try:
            wait_until_ready(app, process)
            yield process
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()


def wait_until_ready(app: Celery, process: subprocess.Popen[bytes], seconds: float = 120) -> None:
    """Return once the worker answers a ping; raises RuntimeError when it ended or took too long."""
    deadline = time.monotonic() + seconds
    while not app.control.ping(timeout=0.5):
        if process.poll() is not None:
            raise RuntimeError(f"the worker ended with exit code {process.returncode}")
        if time.monotonic() > deadline:
            raise RuntimeError("the worker does not answer")
