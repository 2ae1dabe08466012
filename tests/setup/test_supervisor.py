"""The supervisor brings back what ends, refuses what cannot work, and leaves nothing behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agentops import broker
from agentops.supervisor import Child, stop_order

ROOT = Path(__file__).resolve().parents[2]
PARTS = {
    "web": "-m gunicorn",
    "worker": "agentops worker",
    "beat": "agentops beat",
}

needs_broker = pytest.mark.skipif(broker.server_binary() is None, reason="no broker to start")
needs_proc = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def running_parts(data_dir: Path) -> dict[str, set[int]]:
    """The process ids of each part that was started for this data folder."""
    # The broker writes its title over its environment; its socket is as good a mark.
    broker_mark = str(broker.socket_path(data_dir))
    found: dict[str, set[int]] = {name: set() for name in ("broker", *PARTS)}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes().split(b"\0")
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if broker_mark in command:
            found["broker"].add(int(process.name))
        if f"DATA_DIR={data_dir}".encode() in environment:
            for name in (name for name, mark in PARTS.items() if mark in command):
                found[name].add(int(process.name))
    return found


def wait_for(condition: Callable[[], bool], what: str, seconds: float = 180) -> None:
    """Return once the condition holds; fails the test when it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds:g} s in vain: {what}"
        time.sleep(0.1)


def command(port: int) -> list[str]:
    """The command line of the supervisor."""
    return [sys.executable, "-m", "agentops.supervisor", "--port", str(port)]


def environment(data_dir: Path) -> dict[str, str]:
    """An environment with a data folder of its own and nothing configured."""
    unset = {"DATABASE_URL", "CELERY_BROKER_URL", "RATE_LIMIT_REDIS_URL"}
    return {k: v for k, v in os.environ.items() if k not in unset} | {"DATA_DIR": str(data_dir)}


@contextmanager
def supervisor(data_dir: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    """A running supervisor; all its parts are up."""
    process = subprocess.Popen(
        command(port), cwd=ROOT, env=environment(data_dir), stdout=subprocess.PIPE, text=True
    )
    try:
        wait_for(lambda: all(running_parts(data_dir).values()), "all parts run")
        wait_for(lambda: is_serving(port), "the web server listens")
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=60)


def is_serving(port: int) -> bool:
    """Whether somebody listens on the port."""
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def refusal(data_dir: Path, port: int) -> str:
    """What a supervisor says that does not start."""
    done = subprocess.run(
        command(port), cwd=ROOT, env=environment(data_dir), capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    return done.stderr


def kill_and_see_it_come_back(data_dir: Path, name: str) -> None:
    """Kill a part; return once a new one runs and nothing is left of the old one."""
    before = running_parts(data_dir)[name]
    os.kill(min(before), signal.SIGKILL)

    def is_replaced() -> bool:
        after = running_parts(data_dir)[name]
        return bool(after) and not after & before

    wait_for(is_replaced, f"{name} comes back")


@needs_broker
@needs_proc
@pytest.mark.services
def test_killed_children_come_back_and_a_stop_leaves_nothing(tmp_path: Path) -> None:
    port = free_port()
    with supervisor(tmp_path, port) as process:
        for name in ("broker", *PARTS):
            kill_and_see_it_come_back(tmp_path, name)
        wait_for(lambda: is_serving(port), "the web server listens again")
        process.terminate()
        assert process.wait(60) == 0
        assert not any(running_parts(tmp_path).values())


@needs_broker
@needs_proc
@pytest.mark.services
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
def test_a_killed_supervisor_leaves_nothing(tmp_path: Path) -> None:
    with supervisor(tmp_path, free_port()) as process:
        process.kill()
        process.wait()
        wait_for(lambda: not any(running_parts(tmp_path).values()), "all parts are gone")


@needs_broker
@needs_proc
@pytest.mark.services
def test_a_second_supervisor_on_the_same_data_is_refused(tmp_path: Path) -> None:
    with supervisor(tmp_path, free_port()) as process:
        said = refusal(tmp_path, free_port())
        assert f"already running on {tmp_path} (process {process.pid})" in said
        assert all(running_parts(tmp_path).values())


def test_a_taken_port_is_named_with_a_way_out(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        said = refusal(tmp_path, port)
    assert f"port {port} on 127.0.0.1 cannot be used" in said
    assert f"PORT={port + 1} ./run serve" in said


def test_a_child_that_keeps_ending_is_started_ever_more_rarely() -> None:
    child = Child("web", [sys.executable, "-c", "raise SystemExit(3)"])
    waits, now = [], 1000.0
    for _ in range(9):
        child.keep_running(now)
        assert child.process is not None
        child.process.wait()
        child.keep_running(now)
        waits.append(child.start_at - now)
        now = child.start_at
    assert waits == [1, 2, 4, 8, 16, 30, 30, 30, 30]


def test_a_child_that_ran_for_long_is_started_again_at_once() -> None:
    child = Child("web", [sys.executable, "-c", ""], failures=4)
    child.keep_running(1000.0)
    assert child.process is not None
    child.process.wait()
    child.keep_running(2000.0)
    assert child.start_at == 2000.5


def test_who_sends_work_stops_before_who_does_it() -> None:
    children = [Child(name, []) for name in ("broker", "web", "worker", "beat")]
    assert [child.name for child in stop_order(children)] == ["web", "beat", "worker", "broker"]
