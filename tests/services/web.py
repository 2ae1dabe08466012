"""A real web server in a process of its own, on the database of the test."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agentops.supervisor import die_with_parent, is_listening
from tests.services.worker import database_url

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def kill(process: subprocess.Popen[bytes]) -> None:
    """End the server and its workers as a power cut would."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)


@contextmanager
def running_web(port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Yield gunicorn on this port, once it listens."""
    command = [sys.executable, "-m", "gunicorn", "agentops.wsgi", "--threads", "4"]
    command += ["--worker-class", "gthread", "--bind", f"127.0.0.1:{port}", "--no-control-socket"]
    environment = os.environ | {"DATABASE_URL": database_url(), "WEB_CONCURRENCY": "1"}
    ends_with_us = die_with_parent(os.getpid())
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, preexec_fn=ends_with_us, start_new_session=True
    ) as process:
        try:
            deadline = time.monotonic() + 180
            while not is_listening("127.0.0.1", port):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("the web server does not start")
                time.sleep(0.05)
            yield process
        finally:
            if process.poll() is None:
                kill(process)
