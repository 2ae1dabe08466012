"""A night of reviews: planned, worked by real workers, and looked at afterwards."""

import os
import signal
import subprocess
import sys
import time
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from bench.load.chats import write_chats
from bench.load.processes import children, peak, usage
from bench.load.site import Site
from bench.real.installation import ROOT, Failed

Json = dict[str, Any]
LATENCY = 0.2
OPEN = "SELECT count(*) FROM reviews_review WHERE state IN ('pending', 'working')"
PLAN = """
from datetime import date
from django.utils import timezone
from context.models import Agent
from reviews.planning import plan_reviews
print(plan_reviews(Agent.objects.get(slug="{agent}"), date.fromisoformat("{day}"), timezone.now()))
"""
WAKE = """
import time
from context.models import Agent
from reviews.tasks import work_reviews
for _ in range(8):  # every process has its imports and connections before the clock starts
    work_reviews.delay(Agent.objects.get(slug="idle").pk)
time.sleep(6)
print(time.time())
work_reviews.delay()
"""
FIRST = """
SELECT extract(epoch FROM min(r.finished_at)) FROM reviews_review r
JOIN context_agent a ON a.id = (SELECT agent_id FROM reviews_scorecard WHERE id = r.scorecard_id)
WHERE a.slug = %s
"""
OUTCOMES = """
SELECT c.external_id, r.state, r.passed, r.grade, r.score, r.severity, count(x.id)
FROM reviews_review r JOIN conversations_conversation c ON c.id = r.conversation_id
JOIN context_agent a ON a.id = c.agent_id
LEFT JOIN reviews_criterionresult x ON x.review_id = r.id
WHERE a.slug = %s GROUP BY c.external_id, r.id
"""


@dataclass(frozen=True)
class Night:
    """Seconds from the wake-up to the last row's end, and what the workers took.

    `idle` are the seconds from a kill to the last row's end, 0 without one; `early` is the memory
    when a fifth was done; `first` the seconds until the first result was written.
    """

    seconds: float
    cpu: float
    megabytes: float
    idle: float = 0.0
    early: float = 0.0
    first: float = 0.0


def plan(site: Site, agent: str, items: int, day: date) -> None:
    """An agent with its chats and a pending review of each."""
    file = site.folder / f"{agent}.jsonl"
    write_chats(file, items, day)
    site.manage("ingest", str(file), "--agent", agent, "--json")
    planned = int(site.shell(PLAN.format(agent=agent, day=day)).strip().splitlines()[-1])
    if planned != items:
        raise Failed(f"{planned} reviews were planned of {items} chats")


def work(site: Site, agent: str, *, kill_after: int | None = None) -> Night:
    """Wake one worker and wait until no review is open; with `kill_after`, kill -9 a worker once so
    many are done. Then beat runs: its tick finds what the dead worker held. Without it no other
    work of the installation is counted as the night's.
    """
    with site.running("celery", "-A", "agentops", "purge", "--force") as left_over:
        left_over.wait(120)  # a wake-up of the night before would start this one too soon
    beat = site.running("celery", "-A", "agentops", "beat", "-l", "ERROR")
    with site.working() as parent, beat if kill_after else nullcontext():
        before = usage(children(parent)).cpu
        started = float(site.shell(WAKE).strip().splitlines()[-1])
        killed, early = wait(site, parent, kill_after)
        ended = time.time()
        took = usage(children(parent))
    return Night(
        ended - started,
        took.cpu - before,
        took.megabytes,
        idle=ended - killed if killed else 0.0,
        early=early,
        first=first_result(site, agent) - started,
    )


def first_result(site: Site, agent: str) -> float:
    """When the first review was written; raises Failed where none was."""
    moment = site.query(FIRST, agent)[0][0]
    if moment is None:
        raise Failed(f"no review of {agent} was ever finished: see {site.log}")
    return float(moment)


def wait(site: Site, parent: int, kill_after: int | None) -> tuple[float, float]:
    """Return when no row is open: the time of the kill or 0, and the memory at a fifth."""
    total, deadline = open_rows(site), time.monotonic() + 900
    killed = early = 0.0
    while (left := open_rows(site)) and time.monotonic() < deadline:
        if not early and left <= 0.8 * total:
            early = peak(children(parent))
        if kill_after is not None and not killed and total - left >= kill_after:
            victim = max(children(parent), key=lambda pid: usage([pid]).cpu)
            os.kill(victim, signal.SIGKILL)
            killed = time.time()
        time.sleep(0.05)
    if left:
        raise Failed(f"{left} reviews never ended: see {site.log}")
    return killed, early


def open_rows(site: Site) -> int:
    """Reviews that wait or are under way."""
    count: int = site.query(OPEN)[0][0]
    return count


def outcomes(site: Site, agent: str) -> list[tuple[Any, ...]]:
    """What became of each review, in the order of the chats' names; two of one chat are two."""
    return sorted(site.query(OUTCOMES, agent))


def bare_loop(site: Site, agent: str) -> Night:
    """The same requests from a bare loop, in a process of its own."""
    command = [sys.executable, "-m", "bench.load.bare", agent, str(site.concurrency)]
    with Path(site.log).open("a") as log:
        said = subprocess.run(
            command, env=site.environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True
        ).stdout
    if not said:
        raise Failed(f"the bare loop ended badly: see {site.log}")
    seconds, cpu, megabytes, _ = map(float, said.strip(" []\n").split(","))
    return Night(seconds, cpu, megabytes)
