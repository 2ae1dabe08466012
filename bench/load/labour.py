"""Work of one kind, done by real workers or by a bare loop, against a model server that counts."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg

from bench.load.processes import children, peak, usage
from bench.load.site import Json, Site, running_model
from bench.real.installation import ROOT, Failed

LATENCY = 0.2
FAULTS = ("--fail-429", "0.05", "--fail-500", "0.03", "--drop", "0.01", "--malformed", "0.01")
WARM_SECONDS = 6
WAKE = """
import time
{warm}
time.sleep({seconds})
print(time.time())
{wake}
"""


@dataclass(frozen=True)
class Kind:
    """A kind of work: its noun, the calls of an item, and how an installation is asked about it.

    `open_rows` counts what waits or is under way; `first` (of an agent's slug) is when the first
    row was written, and `outcomes` are its rows. `stored` are the calls whose answers stand in the
    database: the row's key, and a value for each that asking again would change. `warm` and `wake`
    are lines of Python: what has each process of a worker load its imports and open its
    connections, and what starts the work.
    """

    noun: str
    calls: int
    open_rows: str
    first: str
    outcomes: str
    stored: str
    warm: str
    wake: str


@dataclass(frozen=True)
class Took:
    """Seconds from the wake-up to the last row's end, and what the workers took.

    `idle` are the seconds from a kill to the last row's end, 0 without one; `early` is the memory
    when a fifth was done; `first` the seconds until the first result was written; `answered` the
    items that a bare loop had answers for; `stored` the calls whose answers stood in the database
    at the kill, and `asked_again` those of them that were repeated.
    """

    seconds: float
    cpu: float
    megabytes: float
    idle: float = 0.0
    early: float = 0.0
    first: float = 0.0
    answered: int = 0
    stored: int = 0
    asked_again: int = 0


def work_off(site: Site, kind: Kind, agent: str, kill: "Kill | None" = None) -> Took:
    """Wake one worker and wait until no row is open; with `kill`, it strikes on the way. Then beat
    runs: its tick finds what the dead workers held. Without it no other work of the installation
    is counted.
    """
    with site.running("celery", "-A", "agentops", "purge", "--force") as left_over:
        left_over.wait(120)  # a wake-up of the work before would start this one too soon
    beat = site.running("celery", "-A", "agentops", "beat", "-l", "ERROR")
    wake = WAKE.format(warm=kind.warm, seconds=WARM_SECONDS, wake=kind.wake.format(agent=agent))
    with site.working() as parent, beat if kill else nullcontext():
        before = usage(children(parent)).cpu
        started = float(site.shell(wake).strip().splitlines()[-1])
        killed, early, stood = _wait(site, kind, agent, parent, kill)
        ended = time.time()
        took = usage(children(parent))
    return Took(
        ended - started,
        took.cpu - before,
        took.megabytes,
        idle=ended - killed if killed else 0.0,
        early=early,
        first=_first_result(site, kind, agent) - started,
        stored=len(stood),
        asked_again=len(stood - set(site.query(kind.stored, agent))),
    )


@dataclass(frozen=True)
class Kill:
    """SIGKILL to the busiest processes of a worker, once `after` rows are done."""

    after: int
    processes: int = 1

    def strike(self, parent: int) -> None:
        """Kill them."""
        busiest = sorted(children(parent), key=lambda pid: usage([pid]).cpu, reverse=True)
        for pid in busiest[: self.processes]:
            os.kill(pid, signal.SIGKILL)


def _first_result(site: Site, kind: Kind, agent: str) -> float:
    """When the first row was written; raises Failed where none was."""
    moment = site.query(kind.first, agent)[0][0]
    if moment is None:
        raise Failed(f"no {kind.noun} of {agent} was ever finished: see {site.log}")
    return float(moment)


def _wait(
    site: Site, kind: Kind, agent: str, parent: int, kill: Kill | None
) -> tuple[float, float, set[Any]]:
    """Return when no row is open: the time of the kill or 0, the memory at a fifth, and the calls
    whose answers stood at the kill.
    """
    deadline = time.monotonic() + 900
    killed = early = 0.0
    stood: set[Any] = set()
    with psycopg.connect(site.database, autocommit=True) as connection:

        def open_rows() -> int:
            row: Any = connection.execute(kind.open_rows).fetchone()
            return int(row[0])

        total = open_rows()
        while (left := open_rows()) and time.monotonic() < deadline:
            if not early and left <= 0.8 * total:
                early = peak(children(parent))
            if kill and not killed and total - left >= kill.after:
                kill.strike(parent)
                killed = time.time()
                stood = set(site.query(kind.stored, agent))
            time.sleep(0.05)
    if left:
        raise Failed(f"{left} {kind.noun}s never ended: see {site.log}")
    return killed, early, stood


def outcomes(site: Site, kind: Kind, agent: str) -> list[tuple[Any, ...]]:
    """What became of each item, in the order of their names; two of one name are two."""
    return sorted(site.query(kind.outcomes, agent), key=repr)


def bare_loop(site: Site, kind: Kind, agent: str, client: str = "aiohttp") -> Took:
    """The same requests from a bare loop, in a process of its own."""
    command = [sys.executable, "-m", "bench.load.bare"]
    command += [kind.noun, agent, str(site.concurrency), client]
    with Path(site.log).open("a") as log:
        said = subprocess.run(
            command, env=site.environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True
        ).stdout
    if not said:
        raise Failed(f"the bare loop ended badly: see {site.log}")
    seconds, cpu, megabytes, answered = json.loads(said)
    return Took(seconds, cpu, megabytes, answered=answered)


def warm_model(site: Site, kind: Kind, agent: str) -> None:
    """Have every question of an agent asked once, so that the model server knows the answers."""
    with running_model(site, "--remember", str(_answers_of(site))) as model:
        bare_loop(replace(site, model=model.url), kind, agent)


def press(site: Site, work: Callable[[Site], Took], *, faulty: bool) -> tuple[Took, Json]:
    """Do one piece of work against a new model server: what it took, and what was asked of it."""
    options = ("--latency-ms", str(1000 * LATENCY), "--remember", str(_answers_of(site)))
    with running_model(site, *options, *(FAULTS if faulty else ())) as model:
        took = work(replace(site, model=model.url))
    return took, model.served


def _answers_of(site: Site) -> Path:
    """Where the model server keeps what it answered."""
    return site.folder / "answers.json"
