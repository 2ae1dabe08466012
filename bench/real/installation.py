"""An installation of its own for a measurement: a data folder, a database, a real HTTP server."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

ROOT = Path(__file__).resolve().parent.parent.parent
TIMEOUT_SECONDS = 900  # without a broker, a run is worked inside the request that starts it
START_SECONDS = 60
Json = dict[str, Any]


class Failed(Exception):
    """A command ended badly, or the server refused or broke; the message says which and why."""


@dataclass
class Client:
    """A REST client of one agent: `url` is the server's, `key` its bearer key."""

    url: str
    key: str
    agent: str
    server_errors: list[str] = field(default_factory=list)

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Status and JSON of `/api/v1/agents/{agent}/{path}`; 4xx is an answer, 5xx is kept too."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        address = f"{self.url}/api/v1/agents/{self.agent}/{path}"
        request = Request(address, data, headers, method=method)
        try:
            with urlopen(request, timeout=TIMEOUT_SECONDS) as response:
                text = response.read()
                return response.status, json.loads(text) if text else None
        except HTTPError as error:
            text = error.read()
            if error.code >= 500:
                self.server_errors.append(f"{method} {path}: {error.code}")
            return error.code, json.loads(text) if text.startswith(b"{") else text.decode()

    def get(self, path: str, **query: Any) -> Any:
        """The JSON of a GET; raises Failed for anything but 200."""
        return self._expect("GET", f"{path}?{urlencode(query)}" if query else path, None)

    def post(self, path: str, body: Any = None) -> Any:
        """The JSON of a POST; raises Failed for a refusal."""
        return self._expect("POST", path, {} if body is None else body)

    def rows(self, path: str, **query: Any) -> Iterator[Json]:
        """Every row of a list, page by page."""
        cursor = ""
        while cursor is not None:
            given = {"limit": 200, **query} | ({"cursor": cursor} if cursor else {})
            answer = self.get(path, **given)
            yield from answer["data"]
            cursor = answer["next_cursor"]

    def _expect(self, method: str, path: str, body: Any) -> Any:
        status, answer = self.call(method, path, body)
        if not 200 <= status < 300:
            raise Failed(f"{method} {path} answered {status}: {answer}")
        return answer


@dataclass(frozen=True)
class Installation:
    """A data folder and the environment in which every process of it runs."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """The caller's, with this data folder and without a broker: work is done where asked."""
        left_out = {"CELERY_BROKER_URL", "DJANGO_SETTINGS_MODULE", "SECRET_KEY"}
        kept = {name: value for name, value in os.environ.items() if name not in left_out}
        return kept | {"DATA_DIR": str(self.folder), "ALLOWED_HOSTS": "127.0.0.1"}

    @property
    def log(self) -> Path:
        """What the server and the commands said on standard error."""
        return self.folder / "real_data.log"

    def manage(self, *arguments: str) -> str:
        """The standard output of `manage.py …`; raises Failed when it ends with an error."""
        command = [sys.executable, str(ROOT / "manage.py"), *arguments]
        with self.log.open("a") as log:
            done = subprocess.run(
                command, env=self.environment, stdout=subprocess.PIPE, stderr=log, text=True
            )
        if done.returncode:
            end = self.log.read_text().strip().splitlines()[-3:]
            raise Failed("\n".join([f"manage.py {' '.join(arguments)} ended badly:", *end]))
        return done.stdout

    def answer_of(self, *arguments: str) -> Json:
        """The JSON object that `manage.py … --json` prints as its last line."""
        found: Json = json.loads(self.manage(*arguments, "--json").strip().splitlines()[-1])
        return found

    def tracebacks(self) -> int:
        """How often anything crashed, by the log."""
        return self.log.read_text(errors="replace").count("Traceback (most recent call last)")

    @contextmanager
    def serving(self) -> Iterator[str]:
        """Serve on a free port for as long as the block runs; the value is the address."""
        port = free_port()
        with self.log.open("a") as log:
            process = self._start_server(port, log)
            try:
                wait_for(f"http://127.0.0.1:{port}/healthz", process)
                yield f"http://127.0.0.1:{port}"
            finally:
                process.terminate()
                process.wait(30)

    def _start_server(self, port: int, log: IO[str]) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "gunicorn", "agentops.wsgi"]
        command += ["--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--threads", "8"]
        command += ["--timeout", str(TIMEOUT_SECONDS), "--no-control-socket"]
        return subprocess.Popen(
            command, env=self.environment, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT
        )


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(url: str, process: subprocess.Popen[Any]) -> None:
    """Return once the server answers anything; raises Failed when it ends or stays silent."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            with urlopen(url, timeout=5):
                return
        except HTTPError:
            return
        except (URLError, OSError):
            if process.poll() is not None:
                break
            time.sleep(0.2)
    raise Failed(f"The server did not start on {url}.")
