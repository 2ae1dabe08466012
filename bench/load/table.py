"""What every load bench prints: the rows of a table as they come, and the promises that broke."""

import os
import platform
import sys
from collections.abc import Sequence
from importlib.metadata import version

PACKAGES = ("django", "celery", "openai", "aiohttp", "gunicorn", "psycopg")


class Table:
    """The rows of one Markdown table, shown as they come, and the promises that were broken."""

    def __init__(self, *head: str) -> None:
        self.lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
        self.broken: list[str] = []

    def add(self, *cells: str) -> None:
        """Keep a row, and show it at once."""
        self.lines.append(f"| {' | '.join(cells)} |")
        print(self.lines[-1], flush=True)

    def promise(self, holds: bool, sentence: str) -> None:
        """Keep the sentence unless it holds."""
        if not holds:
            self.broken.append(sentence)

    def close(self, arguments: Sequence[str]) -> int:
        """Print the whole table, ready to be pasted, and what broke; the exit code."""
        print("\n".join(["", heading(arguments), "", *self.lines, ""]))
        print("\n".join(f"- BROKEN: {sentence}" for sentence in self.broken))
        return 1 if self.broken else 0


def heading(arguments: Sequence[str]) -> str:
    """The command, the machine and the versions."""
    found = ", ".join(f"{package} {version(package)}" for package in PACKAGES)
    return (
        f"`./run bench {' '.join(arguments)}`: {os.cpu_count()} cores, load average "
        f"{os.getloadavg()[0]:.1f}, {sys.implementation.name} {platform.python_version()}, {found}"
    )
