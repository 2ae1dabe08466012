"""Steps 5 and 6: a suite of the benchmark's tasks, the next release against live, the weeks."""

import time
from collections import Counter
from datetime import date
from typing import Any

from bench.real.installation import Client, Installation
from bench.real.loading import counted
from bench.real.report import Report, percent, stopwatch, with_interval

Json = dict[str, Any]
WEEKLY = ("ai_answered", "ai_handover", "ai_close", "ai_resolved")


def add_cases(client: Client, cases: list[Json], report: Report) -> int:
    """A regression suite of the cases, brought twice; the key of the suite."""
    body = {"kind": "regression", "name": "tau-bench retail tasks"}
    suite: int = client.post("suites/", body)["id"]
    for again, label in ((False, "cases from tasks"), (True, "the same cases again")):
        with stopwatch() as seconds:
            answer = client.post(f"suites/{suite}/cases/", cases)["data"]
        counts = Counter(row["status"] for row in answer)
        report.add("suite", label, counted(counts), seconds[0])
        wanted = "unchanged" if again else "created"
        odd = [row for row in answer if row["status"] != wanted]
        report.expect(not odd, f"{label}: {len(odd)} are not {wanted}, such as {odd[:2]}")
    actions = Counter(case["expected_action"] for case in cases)
    report.add("suite", "expected actions", counted(actions))
    facts = sum(bool(case["expected_facts"]) for case in cases)
    report.add("suite", "cases with expected facts", facts)
    return suite


def run(client: Client, suite: int, release: int, trials: int, report: Report) -> list[Json]:
    """Ask the suite of the candidate and of the live release; the trials."""
    with stopwatch() as seconds:
        started = client.post(f"suites/{suite}/runs/", {"release": release, "trials": trials})
        found = client.get(f"runs/{started['id']}/")
        while found["state"] == "running":
            time.sleep(1)
            found = client.get(f"runs/{started['id']}/")
    said = ", ".join(f"{state} {count}" for state, count in found["progress"].items())
    report.add("run", f"release {release} against {found['baseline']}", said, seconds[0])
    compared = found["comparison"]
    report.add("run", f"release {release} passes", with_interval(compared["candidate_rate"]))
    if compared["baseline_rate"]:
        passes = with_interval(compared["baseline_rate"])
        report.add("run", f"release {found['baseline']} passes", passes)
    report.add("run", "paired difference", compared["sentence"])
    for name in ("fixed", "regressed", "lost", "flaky", "ungraded"):
        report.add("run", f"cases {name}", len(compared[name]))
    results = list(client.rows(f"runs/{found['id']}/results/"))
    report.expect(len(results) == found["progress"]["total"], "trials are missing")
    return results


def look_at(results: list[Json], cases: list[Json], report: Report) -> None:
    """What the releases did; a pass without its grade is a fault."""
    invented = passes_without_grade(results, {one["key"] for one in cases if one["expected_facts"]})
    report.expect(not invented, f"{len(invented)} trials passed without a grade")
    numbers = sorted({row["release"] for row in results})
    for number in numbers:
        own = [row for row in results if row["release"] == number]
        actions = Counter(row["action"] or "no answer" for row in own)
        report.add("run", f"actions of release {number}", counted(actions))
        share = sum(bool(row["sources"]) for row in own) / len(own)
        report.add("run", f"answers of release {number} with a source", percent(share))
    errors = Counter(row["error"] for row in results if row["error"])
    report.add("run", "errors", counted(errors) or "none")


def passes_without_grade(results: list[Json], with_facts: set[str]) -> list[Json]:
    """Trials that passed though they failed, are not done, or have facts that nobody graded."""
    return [
        row
        for row in results
        if row["passed"]
        and (
            row["state"] != "done"
            or row["failures"]
            or (row["key"] in with_facts and not row["grade_model"])
        )
    ]


def count_again(installation: Installation, client: Client, report: Report) -> None:
    """Count every day of an agent again from its conversations."""
    with stopwatch() as seconds:
        done = installation.answer_of("measure", "--agent", client.agent)
    report.add("measure", f"days of {client.agent} counted again", done["days"], seconds[0])


def show_weeks(client: Client, days: list[date], report: Report) -> None:
    """Read the weeks over REST: every conversation of a week is in its n."""
    counted_in = 0
    for week in weeks_of(days):
        with stopwatch() as seconds:
            [row] = client.get("metrics/weekly/", **{"from": week, "to": week})["data"]
        counted_in += row["n"]
        figures = ", ".join(f"{key} {percent(row['figures'][key]['value'])}" for key in WEEKLY)
        said = f"n {row['n']}{', provisional' if row['provisional'] else ''}: {figures}"
        report.add("measure", f"{client.agent} {week}", said, seconds[0])
    stored = sum(1 for _ in client.rows("conversations/"))
    report.expect(counted_in == stored, f"the weeks hold {counted_in} of {stored} conversations")


def weeks_of(days: list[date]) -> list[str]:
    """The ISO weeks of the days, as REST names them."""
    return sorted({f"{day.isocalendar().year}-W{day.isocalendar().week:02d}" for day in days})


def show_impact(client: Client, number: int, report: Report) -> None:
    """What is known of a release that has just gone live: nothing yet, and it must say so."""
    rows = client.get(f"releases/{number}/impact/")["data"]
    early = [row for row in rows if row["verdict"] != "cannot_tell_yet"]
    report.expect(not early, f"{len(early)} impacts are claimed on the first day")
    said = counted(Counter(row["verdict"] for row in rows)) or "none yet: seven days are needed"
    report.add("measure", f"impact of release {number}", said)
