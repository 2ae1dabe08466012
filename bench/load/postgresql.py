"""A PostgreSQL for a measurement, as it is run in production: what it confirms is on the disk."""

import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from bench.real.installation import Failed

SUPERUSER = "agentops"


def programs() -> Path:
    """The folder with `initdb` and `postgres`; raises Failed where there is none."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if found := shutil.which("initdb"):
        folders.insert(0, Path(found).resolve().parent)
    for folder in folders:
        if (folder / "postgres").exists():
            return folder
    raise Failed("no PostgreSQL: set DATABASE_URL to an empty database, or install postgresql")


def unprivileged() -> dict[str, Any]:
    """Arguments of subprocess that leave root behind: PostgreSQL refuses to run as root."""
    if os.getuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


@contextmanager
def running_postgresql(folder: Path) -> Iterator[str]:
    """The URL of a server of our own in an empty `folder`, or of the one in DATABASE_URL."""
    if given := os.environ.get("DATABASE_URL"):
        yield given
        return
    process = start(programs(), folder)
    try:
        yield wait_until_ready(process, folder)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def start(binaries: Path, folder: Path) -> subprocess.Popen[bytes]:
    """Make a cluster and start it, on a socket in its folder and nowhere else."""
    options, data = unprivileged(), folder / "data"
    data.mkdir(parents=True, mode=0o700)
    if options:
        for path in (folder, data):
            os.chown(path, options["user"], options["group"])
    make = [str(binaries / "initdb"), "-D", str(data), "-U", SUPERUSER, "-A", "trust"]
    make += ["-E", "UTF8", "--no-locale"]
    made = subprocess.run(make, cwd=folder, capture_output=True, text=True, **options)
    if made.returncode:
        raise Failed(f"initdb failed: {made.stderr.strip()}")
    serve = [str(binaries / "postgres"), "-D", str(data), "-k", str(folder)]
    serve += ["-c", "listen_addresses="]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(serve, cwd=folder, stdout=log, stderr=log, **options)


def wait_until_ready(process: subprocess.Popen[bytes], folder: Path, seconds: float = 30) -> str:
    """The server's URL, once it answers; raises Failed with its log when it does not."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            psycopg.connect(host=str(folder), user=SUPERUSER, dbname="postgres").close()
            return f"postgresql://{SUPERUSER}@/postgres?host={folder}"
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                log = (folder / "log").read_text(errors="replace")
                raise Failed(f"PostgreSQL does not start: {log}") from None
            time.sleep(0.05)
