"""What a process and its children took, as Linux counts it."""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Usage:
    """CPU seconds of some processes together, and the most memory one of them ever held, in MB."""

    cpu: float
    megabytes: float


def children(pid: int) -> list[int]:
    """The processes that `pid` started and that run."""
    threads = Path(f"/proc/{pid}/task").glob("*/children")
    return sorted(int(child) for file in threads for child in file.read_text().split())


def peak(pids: list[int]) -> float:
    """The most memory one of the processes ever held, in MB; 0 without processes."""
    return max(map(peak_megabytes, pids), default=0.0)


def usage(pids: list[int]) -> Usage:
    """What the processes took since they began."""
    return Usage(sum(map(cpu_seconds, pids)), peak(pids))


def cpu_seconds(pid: int) -> float:
    """User and system time."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def peak_megabytes(pid: int) -> float:
    """The largest resident set so far."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def family_seconds(pid: int) -> float:
    """User and system time of a process, of the children it has, and of those that have ended."""
    seconds = cpu_seconds(pid)
    for child in children(pid):
        with suppress(FileNotFoundError, ProcessLookupError):  # it has just ended
            seconds += cpu_seconds(child)
    ended = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[13:15]
    return seconds + sum(map(int, ended)) / TICKS


def parent(pid: int) -> int:
    """The process that started this one."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
