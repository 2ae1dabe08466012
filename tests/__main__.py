"""Run the whole suite on SQLite and on a real PostgreSQL, both at once (`./run test`).

Arguments go to pytest. Pages in a browser, and what the database makes no difference to, run on
SQLite only: PostgreSQL takes longer for each test, so both end at about the same time. The two
share nothing but the code: each makes a data folder, a database, a broker on a socket and a cache
of its own, and listens on ports that the system chooses.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from typing import IO

from tests.services.missing import ServiceMissing
from tests.services.postgresql import running_postgresql

PASSED, NOTHING_COLLECTED = 0, 5
ONLY_ON_SQLITE = "browser or any_database"


def start_pytest(
    arguments: list[str], database_url: str, said: IO[bytes] | None = None
) -> subprocess.Popen[bytes]:
    """Start pytest on one database; what it says is shown at once, or kept in `said`."""
    environment = os.environ | {"DATABASE_URL": database_url}
    command = [sys.executable, "-m", "pytest", *arguments]
    return subprocess.Popen(command, env=environment, stdout=said, stderr=said)


def for_postgresql(arguments: list[str]) -> list[str]:
    """What the run on PostgreSQL is asked."""
    asked = ["-o", "cache_dir=.pytest_cache/postgresql", *arguments]
    if any(argument.startswith("-m") for argument in arguments):
        return asked
    return ["-m", f"not ({ONLY_ON_SQLITE})", *asked]


def run_both(arguments: list[str], url: str) -> int:
    """Run both, show one after the other, and answer with the first code that is no success."""
    print("\n### SQLite", flush=True)
    with start_pytest(arguments, "") as first, tempfile.TemporaryFile() as said:
        if "TEST_REDIS_URL" in os.environ:
            first.wait()  # each run empties this one broker
        with start_pytest(for_postgresql(arguments), url, said) as second:
            codes = first.wait(), second.wait()
        print("\n### PostgreSQL", flush=True)
        said.seek(0)
        shutil.copyfileobj(said, sys.stdout.buffer)
        sys.stdout.flush()
    wrong = [code for code in codes if code not in (PASSED, NOTHING_COLLECTED)]
    return wrong[0] if wrong else min(codes)


def main(arguments: list[str]) -> int:
    """Without a PostgreSQL that run is left out with the reason, or fails if it is required."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--require-services", action="store_true")
    required = parser.parse_known_args(arguments)[0].require_services
    try:
        with running_postgresql() as url:
            return run_both(arguments, url)
    except ServiceMissing as error:
        print(f"PostgreSQL run {'FAILED' if required else 'skipped'}: {error}", file=sys.stderr)
        with start_pytest(arguments, "") as alone:
            return alone.wait() or int(required)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
