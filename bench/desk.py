"""The desk by keyboard: 30 conversations in a real browser, and how soon each next one is there.

An installation of its own on the embedded default (SQLite, one gunicorn process, the local model),
a headless Chromium, and a keyboard that answers every criterion of every conversation. Exits 1 if a
verdict was lost or recorded twice; the times depend on the machine and are only printed.
"""

import argparse
import json
import math
import os
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from bench.load.chats import write_chats
from bench.real.installation import Failed, Installation
from tests.services.browser import open_page
from tests.services.missing import ServiceMissing

if TYPE_CHECKING:
    from playwright.sync_api import Page

DESK = "/bench/desk/desk/"
PASSWORD = "a long enough password"
PREPARE = f"""
from accounts.models import User
from context.models import Agent
user = User.objects.get(username="admin")
user.set_password("{PASSWORD}")
user.save()
Agent.objects.update(queue_capacity={{items}})
"""
OUTCOME = """
import json
from reviews.models import QueueItem, Verdict
standing = Verdict.objects.filter(withdrawn_at=None)
print(json.dumps({
    "verdicts": standing.count(),
    "items": standing.values("item").distinct().count(),
    "causes": standing.exclude(root_cause="").count(),
    "notes": standing.exclude(note="").count(),
    "left": QueueItem.objects.exclude(state="done").count(),
    "answers": sum(verdict.results.count() for verdict in standing),
}))
"""
# From the key that saves to the frame after the one in which another conversation is shown.
WATCH = """
window.waits = [];
addEventListener("keydown", function (event) {
  if (!event.ctrlKey || event.key !== "Enter") return;
  const shown = () => document.querySelector("#desk")?.dataset.item;
  const before = shown();
  const look = () => requestAnimationFrame(() => {
    if (shown() === before) look();
    else requestAnimationFrame(() => window.waits.push(performance.now() - event.timeStamp));
  });
  look();
}, true);
"""


@dataclass
class Sitting:
    """What one person did: waits in milliseconds, seconds without the pauses, what was typed."""

    waits: list[float] = field(default_factory=list)
    seconds: float = 0.0
    decided: int = 0
    answers: int = 0
    causes: int = 0
    notes: int = 0
    faults: list[str] = field(default_factory=list)

    def within(self, share: float) -> float:
        """Milliseconds within which this share of the conversations were there."""
        return sorted(self.waits)[math.ceil(share * len(self.waits)) - 1]


def main() -> int:
    """Read the command line, measure, print the table; the exit code."""
    parser = argparse.ArgumentParser(prog="./run bench desk", description=__doc__)
    parser.add_argument("--items", type=int, default=30, help="conversations to decide")
    parser.add_argument("--pause", type=float, default=1.0, help="seconds of reading each")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="agentops-desk-") as name:
        try:
            site = drawn(Installation(Path(name)), options.items)
            with site.serving() as address:
                sitting = work(address, options.pause)
            outcome = json.loads(shell(site, OUTCOME).strip().splitlines()[-1])
        except (Failed, ServiceMissing) as failure:
            print(f"BROKEN: {failure}")
            return 1
    report(options, sitting)
    broken = list(promises(options.items, sitting, outcome))
    print("\n".join(f"- BROKEN: {sentence}" for sentence in broken))
    return 1 if broken else 0


def shell(site: Installation, code: str) -> str:
    """What lines of Python print in the installation."""
    return site.manage("shell", "--no-imports", "-c", code)


def drawn(site: Installation, items: int) -> Installation:
    """Conversations of yesterday, reviewed by the local model, and a queue of so many of them."""
    day = datetime.now(UTC).date() - timedelta(days=1)
    site.manage("migrate", "--noinput", "--verbosity", "0")
    site.manage("create_agent", "bench", "desk", "--admin", "admin", "--json")
    shell(site, PREPARE.format(items=items))
    write_chats(site.folder / "chats.jsonl", 3 * items, day)
    site.manage("ingest", str(site.folder / "chats.jsonl"), "--agent", "desk", "--json")
    site.manage("review_day", "--agent", "desk", "--date", day.isoformat(), "--json")
    today = (day + timedelta(days=1)).isoformat()
    site.manage("build_queue", "--agent", "desk", "--date", today, "--json")
    return site


def work(address: str, pause: float) -> Sitting:
    """Decide everything with keys alone."""
    sitting = Sitting()
    with open_page(address, sitting.faults) as page:
        page.add_init_script(WATCH)
        page.goto("/login/")
        page.keyboard.type("admin")
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        with page.expect_navigation():
            page.keyboard.press("Enter")
        page.goto(DESK)
        while page.locator("#desk").count():
            page.wait_for_timeout(1000 * pause)  # a person reads; the next one is fetched meanwhile
            started = time.perf_counter()
            decide(page, sitting)
            sitting.seconds += time.perf_counter() - started
    return sitting


def decide(page: "Page", sitting: Sitting) -> None:
    """Answer every criterion of the conversation shown, and go on to the next."""
    criteria = page.locator(".criterion").count()
    fails = sitting.decided % 3 == 0
    page.keyboard.type(("f" if fails else "p") + "p" * (criteria - 1))
    if fails:
        page.keyboard.type("rmis")
        page.keyboard.press("Enter")
        page.keyboard.press("Escape")
        page.keyboard.type("wThe customer asked for something else.")
    before = page.locator("#desk").get_attribute("data-item")
    page.keyboard.press("Control+Enter")
    page.wait_for_function(
        "before => document.querySelector('#desk')?.dataset.item !== before", arg=before
    )
    sitting.waits += page.evaluate(
        "() => new Promise(done => setTimeout(() => done(window.waits.splice(0)), 50))"
    )
    sitting.decided += 1
    sitting.answers += criteria
    sitting.causes += fails
    sitting.notes += fails


def report(options: argparse.Namespace, sitting: Sitting) -> None:
    """The table."""
    print(
        f"\n`./run bench desk --items {options.items} --pause {options.pause}`: "
        f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}\n\n"
        "| What | |\n|---|---|\n"
        f"| conversations decided by keys | {sitting.decided} |\n"
        f"| from Ctrl Enter to the next one shown, p50 | {sitting.within(0.5):.0f} ms |\n"
        f"| p95 | {sitting.within(0.95):.0f} ms |\n"
        f"| slowest | {sitting.within(1):.0f} ms |\n"
        f"| seconds at the keyboard, without reading | {sitting.seconds:.1f} |\n"
    )


def promises(items: int, sitting: Sitting, outcome: dict[str, int]) -> list[str]:
    """What was promised and did not hold."""
    held = {
        f"{sitting.decided} of {items} conversations were shown": sitting.decided == items,
        f"{outcome['verdicts']} verdicts are stored": outcome["verdicts"] == items,
        f"they are on {outcome['items']} items": outcome["items"] == items,
        f"{outcome['left']} items are left": outcome["left"] == 0,
        f"{outcome['answers']} of {sitting.answers} answers": outcome["answers"] == sitting.answers,
        f"{outcome['causes']} of {sitting.causes} causes": outcome["causes"] == sitting.causes,
        f"{outcome['notes']} of {sitting.notes} notes": outcome["notes"] == sitting.notes,
        f"the browser found fault: {sitting.faults[:3]}": not sitting.faults,
    }
    return [sentence for sentence, holds in held.items() if not holds]


if __name__ == "__main__":
    sys.exit(main())
