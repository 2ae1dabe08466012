"""Run the whole suite twice: on SQLite, then on a real PostgreSQL (`./run test`).

Arguments go to pytest. Tests to which the database makes no difference run once, as do the pages in
a browser.
"""

import argparse
import os
import subprocess
import sys

from tests.services.missing import ServiceMissing
from tests.services.postgresql import running_postgresql

PASSED, NOTHING_COLLECTED = 0, 5


def run_pytest(title: str, arguments: list[str], database_url: str) -> int:
    """Run pytest on one database and answer with its exit code."""
    print(f"\n### {title}", flush=True)
    environment = os.environ | {"DATABASE_URL": database_url}
    command = [sys.executable, "-m", "pytest", *arguments]
    return subprocess.run(command, env=environment, check=False).returncode


def on_postgresql(arguments: list[str], required: bool) -> int:
    """The second run; without a server it is left out with the reason, or fails if required."""
    if not any(argument.startswith("-m") for argument in arguments):
        arguments = ["-m", "not browser and not any_database", *arguments]
    try:
        with running_postgresql() as url:
            return run_pytest("PostgreSQL", arguments, url)
    except ServiceMissing as error:
        print(f"PostgreSQL run {'FAILED' if required else 'skipped'}: {error}", file=sys.stderr)
        return 1 if required else NOTHING_COLLECTED


def main(arguments: list[str]) -> int:
    """Run both and answer with one exit code: the first that is not a success."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--require-services", action="store_true")
    required = parser.parse_known_args(arguments)[0].require_services
    first = run_pytest("SQLite", arguments, "")
    if first not in (PASSED, NOTHING_COLLECTED):
        return first
    second = on_postgresql(arguments, required)
    return first if second == NOTHING_COLLECTED else second


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
