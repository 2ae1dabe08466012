"""What was measured: rows of a Markdown table, and the faults that make the command fail."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Report:
    """Rows (step, what, value, seconds or empty) in order, and faults as sentences."""

    rows: list[tuple[str, str, str, str]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def add(self, step: str, what: str, value: Any, seconds: float | None = None) -> None:
        """Keep one figure, and show it at once."""
        shown = "" if seconds is None else f"{seconds:.1f}"
        self.rows.append((step, what, str(value), shown))
        print(f"{step}: {what}: {value}" + (f" ({shown} s)" if shown else ""), flush=True)

    def expect(self, holds: bool, sentence: str) -> None:
        """Keep the sentence as a fault unless it holds."""
        if not holds:
            self.faults.append(sentence)

    def markdown(self) -> str:
        """The table, then the faults."""
        lines = ["| Step | What | Count | Seconds |", "|---|---|---|---|"]
        lines += [f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in self.rows]
        lines += ["", *(f"- FAULT: {fault}" for fault in self.faults)]
        return "\n".join(lines if self.faults else lines[:-1])


@contextmanager
def stopwatch() -> Iterator[list[float]]:
    """A list that holds the seconds once the block has ended."""
    started, seconds = time.monotonic(), [0.0]
    yield seconds
    seconds[0] = time.monotonic() - started


def percent(value: float | None) -> str:
    """A share as 83.2 %."""
    return "–" if value is None else f"{100 * value:.1f} %"


def with_interval(row: dict[str, Any]) -> str:
    """A figure of REST: its value, its interval (or the reason for none) and n."""
    if row["low"] is None:
        return f"{percent(row['value'])} (no interval: {row['reason']})"
    limits = f"{100 * row['low']:.1f}–{100 * row['high']:.1f} %"
    return f"{percent(row['value'])} ({limits}, n = {row['n']})"
