"""Real public chats through the whole loop: load, review, queue, verdicts, suite, gate, figures.

Everything goes through a real HTTP server and through commands, in a data folder of its own; what
it finds stands in docs/real-data.md. Exits 1 if anything crashed, was lost, or was counted as a
pass without a grade. `DATABASE_URL` is honoured (an empty database), and so is `OPENAI_API_KEY`.
"""

import argparse
import os
import sys
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.real import loading, reviewing, sources, trying
from bench.real.installation import ROOT, Client, Failed, Installation
from bench.real.report import Report, stopwatch

WORKSPACE = "real-data"
PEOPLE = {"retail": "ada", "star": "ben", "shop": "cleo"}  # agent, and the admin made with it
Json = dict[str, Any]


def main() -> int:
    """Read the command line, measure, print the table; the exit code."""
    parser = argparse.ArgumentParser(prog="./run bench real_data", description=__doc__)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--keep", type=Path, help="data folder that stays; it must be new")
    parser.add_argument("--trials", type=int, default=2, help="times each case is asked")
    options = parser.parse_args()
    if not (options.shared / "conversations" / sources.RETAIL).is_file():
        print(f"{options.shared} holds no conversations/{sources.RETAIL}", file=sys.stderr)
        return 2
    report = Report()
    if options.keep:
        options.keep.mkdir(parents=True, exist_ok=True)
        walk(Installation(options.keep.resolve()), options.shared, options.trials, report)
    else:
        with tempfile.TemporaryDirectory(prefix="agentops-real-") as folder:
            walk(Installation(Path(folder)), options.shared, options.trials, report)
    print(f"\n{report.markdown()}")
    return 1 if report.faults else 0


def walk(installation: Installation, shared: Path, trials: int, report: Report) -> None:
    """The whole loop; what stops it is a fault of the report."""
    now = datetime.now(UTC)
    try:
        with stopwatch() as seconds:
            work(installation, shared, trials, now, report)
        report.add("all", "everything", f"on {os.cpu_count()} cores", seconds[0])
    except Failed as failure:
        report.faults.append(str(failure))
    report.expect(not installation.tracebacks(), f"something crashed: see {installation.log}")


def work(
    installation: Installation, shared: Path, trials: int, now: datetime, report: Report
) -> None:
    """Every step on one installation, served for as long as it takes."""
    installation.manage("migrate", "--noinput")
    keys = {agent: create_agent(installation, agent) for agent in PEOPLE}
    with installation.serving() as url:
        clients = {agent: Client(url, key, agent) for agent, key in keys.items()}
        load_all(clients, shared, sources.yesterday(now), report)
        retail(installation, clients["retail"], shared, trials, now, report)
        for agent in ("star", "shop"):
            trying.show_weeks(clients[agent], days(clients[agent], "opened_at"), report)
        for client in clients.values():
            report.expect(not client.server_errors, "; ".join(client.server_errors[:5]))


def create_agent(installation: Installation, agent: str) -> str:
    """Make an agent and its admin, who reviews too; the API key."""
    made = installation.answer_of("create_agent", WORKSPACE, agent, "--admin", PEOPLE[agent])
    return str(made["key"])


def load_all(clients: dict[str, Client], shared: Path, day: date, report: Report) -> None:
    """Both policies are pushed, the first goes live, and every conversation is sent."""
    retail = clients["retail"]
    for number, dataset in enumerate(sources.POLICIES, start=1):
        pushed = loading.push_and_submit(retail, sources.policy(shared, dataset), report)
        report.expect(pushed == number, f"release {number} got the number {pushed}")
    loading.publish(retail, 1, "releases", report)
    chats = sources.chats(shared, (sources.RETAIL,))
    for what, count in sources.oddities(chats).items():
        report.add("odd in tau", what, count)
    loading.load(retail, sources.payloads(chats, day, releases=True), "tau chats", report)
    for agent, file in zip(("star", "shop"), sources.PEOPLE, strict=True):
        people = sources.payloads(sources.chats(shared, (file,)), day, releases=False)
        loading.load(clients[agent], people, f"{agent} chats", report)


def retail(
    installation: Installation,
    client: Client,
    shared: Path,
    trials: int,
    now: datetime,
    report: Report,
) -> None:
    """The AI agent's chats: reviewed, queued, decided; its next release tested and measured."""
    truth = sources.succeeded(sources.chats(shared, (sources.RETAIL,)))
    day = sources.yesterday(now)
    reviewing.write_briefs(installation, client, report)
    ended = days(client, "closed_at")
    reviews = reviewing.review(installation, client, ended, len(truth), report)
    reviewing.compare_with_truth(reviews, truth, report)
    people, morning = list(PEOPLE.values()), day + timedelta(days=1)
    reviewing.work_queue(installation, client, morning, people, truth, report)
    reviewing.show_quality(client, day, reviews, truth, report)
    cases = sources.cases(shared)
    suite = trying.add_cases(client, cases, report)
    trying.look_at(trying.run(client, suite, 2, trials, report), cases, report)
    loading.publish(client, 2, "gate", report)
    trying.count_again(installation, client, report)
    trying.show_weeks(client, days(client, "opened_at"), report)
    trying.show_impact(client, 2, report)


def days(client: Client, moment: str) -> list[date]:
    """The days, in UTC, on which the agent's conversations were opened or closed."""
    rows = client.rows("conversations/")
    return sorted({datetime.fromisoformat(row[moment]).date() for row in rows})


if __name__ == "__main__":
    sys.exit(main())
