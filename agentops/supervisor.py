"""The processes of one machine under one roof: broker, web, worker and beat.

`python -m agentops.supervisor` starts them, brings back whichever ends, and stops them in order on
SIGTERM or Ctrl-C. Production runs the same processes from the Procfile.
"""

import argparse
import ctypes
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

from agentops import broker

STEADY_SECONDS = 30.0
LONGEST_WAIT_SECONDS = 30.0
PR_SET_PDEATHSIG = 1


class CannotStart(Exception):
    """Something outside stands in the way; the message says what to do about it."""


def die_with_parent(parent: int) -> Callable[[], None]:
    """A function for the child: on Linux the kernel then ends it when this process dies, however.

    The library is loaded here, because between fork and exec nothing may take a lock.
    """
    if not sys.platform.startswith("linux"):
        return lambda: None
    prctl = ctypes.CDLL(None).prctl

    def ask_kernel() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

    return ask_kernel


@dataclass
class Child:
    """One process that has to run; times are seconds of a monotonic clock."""

    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_at: float = 0.0
    failures: int = 0

    def start(self, now: float) -> None:
        """Start the process in a session of its own: Ctrl-C reaches the supervisor alone."""
        self.process = subprocess.Popen(
            self.command,
            env=os.environ | self.environment,
            start_new_session=True,
            preexec_fn=die_with_parent(os.getpid()),
        )
        self.started_at = now

    def keep_running(self, now: float) -> None:
        """Start the process again if it ended: at once the first time, later if it keeps ending."""
        if self.process is not None and self.process.poll() is not None:
            self.failures = 0 if now - self.started_at > STEADY_SECONDS else self.failures + 1
            wait = min(LONGEST_WAIT_SECONDS, 0.5 * 2**self.failures)
            say(f"{self.name} ended ({self.process.returncode}), starts again in {wait:g} s")
            self.end_group()
            self.process, self.start_at = None, now + wait
        if self.process is None and now >= self.start_at:
            self.start(now)

    def stop(self, seconds: float) -> None:
        """Ask the process to end, and end what is left of its group after `seconds`."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            say(f"{self.name} did not stop in {seconds:g} s and is killed")
        self.end_group()
        self.process.wait()

    def end_group(self) -> None:
        """Kill what the process left behind, such as the web server's own children."""
        if self.process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)


def say(text: str) -> None:
    """One line for the person at the terminal."""
    print(f"agentops: {text}", flush=True)


@contextmanager
def only_supervisor(data_dir: Path) -> Iterator[None]:
    """Hold the pid file of the data folder; raises CannotStart when another supervisor holds it."""
    path = data_dir / "supervisor.pid"
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise CannotStart(
                f"agentops is already running on {data_dir} (process {file.read().strip()}); "
                "stop it first, or set DATA_DIR to another folder"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
        file.truncate(0)


def check_port(host: str, port: int) -> None:
    """Raise CannotStart when the web server could not listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CannotStart(
                f"port {port} on {host} cannot be used ({error.strerror}); "
                f"choose another: PORT={port + 1} ./run serve"
            ) from error


def python(*arguments: str) -> list[str]:
    """A command line that runs a module with this Python."""
    return [sys.executable, "-m", *arguments]


def broker_child(data_dir: Path) -> tuple[Child, Path]:
    """The embedded broker and its socket; raises CannotStart when no server program is found."""
    binary = broker.server_binary()
    if binary is None:
        raise CannotStart(
            "no broker found. Install one (apt-get install valkey-server, or redis-server; "
            "brew install valkey), or set CELERY_BROKER_URL"
        )
    messages = data_dir / "broker"
    messages.mkdir(mode=0o700, exist_ok=True)
    socket_file = broker.socket_path(data_dir)
    return Child("broker", broker.server_command(binary, socket_file, messages)), socket_file


def product_children(host: str, port: int, urls: dict[str, str]) -> list[Child]:
    """Web, worker and beat, in the order in which they start."""
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    web = python("gunicorn", "agentops.wsgi", "--bind", address, "--worker-class", "gthread")
    web += ["--threads", "8", "--no-control-socket", "--log-level", "warning"]
    worker = python("celery", "--quiet", "-A", "agentops", "worker", "--pool", "threads")
    worker += ["--concurrency", "4", "--without-gossip", "--without-mingle"]
    worker += ["--loglevel", "WARNING"]
    beat = python("celery", "--quiet", "-A", "agentops", "beat", "--pidfile", "")
    beat += ["--loglevel", "WARNING"]
    # Celery warns root of pickled messages; ours are JSON, and nothing else is accepted.
    worker[1:1] = ["-W", "ignore:You're running the worker"]
    commands = {"web": web, "worker": worker, "beat": beat}
    return [Child(name, command, urls) for name, command in commands.items()]


def start_broker(data_dir: Path) -> tuple[list[Child], dict[str, str]]:
    """Start the embedded broker unless one is configured: its child, and the others' settings."""
    if settings.CELERY_BROKER_URL:
        return [], {}
    child, socket_file = broker_child(data_dir)
    child.start(time.monotonic())
    deadline = time.monotonic() + 10
    while not broker.is_answering(socket_file):
        if time.monotonic() > deadline:
            child.stop(1)
            raise CannotStart(f"the broker {child.command[0]} does not answer on {socket_file}")
        time.sleep(0.05)
    urls = {"CELERY_BROKER_URL": broker.broker_url(socket_file)}
    if not settings.RATE_LIMIT_REDIS_URL:
        urls["RATE_LIMIT_REDIS_URL"] = broker.redis_url(socket_file)
    return [child], urls


def is_listening(host: str, port: int) -> bool:
    """Whether the web server takes connections."""
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


def supervise(host: str, port: int, data_dir: Path) -> None:
    """Run everything until a signal asks to stop; raises CannotStart."""
    stopping: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda received, _: stopping.append(received))
    with only_supervisor(data_dir):
        check_port(host, port)
        children, urls = start_broker(data_dir)
        children += product_children(host, port, urls)
        announced = False
        try:
            while not stopping:
                for child in children:
                    child.keep_running(time.monotonic())
                if not announced and is_listening(host, port):
                    say(f"serving on http://{host}:{port}/  (Ctrl-C stops)")
                    announced = True
                time.sleep(0.2)
        finally:
            say("stopping")
            for child in stop_order(children):
                # Asked a second time, nobody wants to wait for work under way.
                child.stop(1 if len(stopping) > 1 else 20)


def stop_order(children: list[Child]) -> list[Child]:
    """Who sends work stops before who does it, and the broker last."""
    order = ["web", "beat", "worker", "broker"]
    return sorted(children, key=lambda child: order.index(child.name))


def main(arguments: list[str] | None = None) -> int:
    """Read the command line, run, and answer with an exit code."""
    parser = argparse.ArgumentParser(prog="./run serve", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000))
    options = parser.parse_args(arguments)
    try:
        supervise(options.host, options.port, settings.DATA_DIR)
    except CannotStart as error:
        print(f"agentops cannot start: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
