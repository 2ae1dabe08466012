"""Steps 3 and 4: the judge reviews every conversation, people decide on the queue of the day.

A verdict is the benchmark's own: done is a pass on everything; not done fails *resolved*,
*grounded* and *right action*, because the benchmark compares the final data and the facts told, and
does not say which of them was wrong. The last two are critical, so the conversation fails.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

from bench.real.installation import Client, Installation
from bench.real.loading import counted
from bench.real.report import Report, percent, stopwatch, with_interval
from bench.real.truth import cross_table, replay

Json = dict[str, Any]
Truth = Mapping[str, bool]
FAILED_CRITERIA = ("resolved", "grounded", "action")
WRITE_BRIEFS = "from conversations.tasks import work_briefs; work_briefs()"
DRAWS = 500


def write_briefs(installation: Installation, client: Client, report: Report) -> None:
    """The briefs of what was handed over, as a worker writes them."""
    with stopwatch() as seconds:
        installation.manage("shell", "--no-imports", "-c", WRITE_BRIEFS)
    states: Counter[str] = Counter()
    for row in client.rows("conversations/"):
        if row["outcome"] == "handed_over":
            status, brief = client.call("GET", f"briefs/{row['id']}/")
            states[brief["state"] if status == 200 else "none: handed over long ago"] += 1
    report.add("review", "handover briefs", counted(states) or "none", seconds[0])
    report.expect(not states["pending"] + states["working"], "briefs were left unwritten")


def review(
    installation: Installation, client: Client, days: list[date], total: int, report: Report
) -> list[Json]:
    """Review every day; the reviews as REST gives them."""
    states: Counter[str] = Counter()
    with stopwatch() as seconds:
        for day in days:
            done = installation.answer_of(
                "review_day", "--agent", client.agent, "--date", day.isoformat()
            )
            report.expect(done["planned"] > 0, f"nothing to review on {day}")
    rows = list(client.rows("reviews/"))
    states.update(row["state"] for row in rows)
    report.add("review", f"reviews by {judges(rows)}", counted(states), seconds[0])
    report.add("review", "reviews a second", f"{total / max(seconds[0], 0.001):.1f}")
    report.expect(len(rows) == total, f"{len(rows)} reviews of {total} conversations")
    invented = [row for row in rows if row["state"] != "done" and row["passed"] is not None]
    report.expect(not invented, f"{len(invented)} reviews passed or failed without an answer")
    describe(rows, report)
    return [row for row in rows if row["state"] == "done"]


def judges(rows: list[Json]) -> str:
    """The models that judged."""
    return ", ".join(sorted({row["model"] for row in rows if row["model"]})) or "nobody"


def describe(rows: list[Json], report: Report) -> None:
    """Grades, quotes that are not there, transcripts that were cut, and errors."""
    done = [row for row in rows if row["state"] == "done"]
    results = [result for row in done for result in row["results"]]
    unverified = [one for one in results if not one["verified"] and one["verdict"] != "na"]
    grades = Counter(f"grade {row['grade']}" for row in done)
    report.add("review", "judge's grades", ", ".join(f"{k}: {grades[k]}" for k in sorted(grades)))
    report.add("review", "answers with a quote to verify", len(results))
    report.add("review", "unverified quotes", len(unverified))
    report.add("review", "partial views (cut transcripts)", sum(r["partial_view"] for r in done))
    errors = Counter(row["error"] for row in rows if row["error"])
    report.add("review", "errors", counted(errors) or "none")


def compare_with_truth(reviews: list[Json], truth: Truth, report: Report) -> None:
    """The judge beside the benchmark's own check."""
    judged = {r["external_id"]: r["passed"] for r in reviews if r["passed"] is not None}
    table = cross_table(judged, truth)
    report.add("judge", "truly failed: judge failed, passed", table_row(table, truly=False))
    report.add("judge", "truly done: judge failed, passed", table_row(table, truly=True))
    for name, found in (("sensitivity", table.sensitivity), ("specificity", table.specificity)):
        row = {"value": found.estimate, "low": found.low, "high": found.high, "n": found.n}
        report.add("judge", name, with_interval(row | {"reason": found.reason}))


def table_row(table: Any, *, truly: bool) -> str:
    """One row of the cross table as text."""
    if truly:
        return f"{table.passed_as_failed}, {table.passed_as_passed}"
    return f"{table.failed_as_failed}, {table.failed_as_passed}"


def work_queue(
    installation: Installation,
    client: Client,
    queue_date: date,
    people: list[str],
    truth: Truth,
    report: Report,
) -> None:
    """Draw the queue of a date and have people work it over REST until nothing is left."""
    with stopwatch() as seconds:
        built = installation.answer_of(
            "build_queue", "--agent", client.agent, "--date", queue_date.isoformat()
        )
    strata = ", ".join("{stratum} {drawn} of {size}".format(**one) for one in built["strata"])
    drawn = f"{built['items']} items from {built['population']} conversations: {strata}"
    report.add("queue", f"queue of {queue_date}", drawn, seconds[0])
    with stopwatch() as seconds:
        recorded = take_turns(client, queue_date, people, truth, report)
    decided = list(client.rows("verdicts/"))
    doubled = len(decided) - len({row["conversation"] for row in decided})
    report.add("queue", f"verdicts of {len(people)} people over REST", recorded, seconds[0])
    report.add("queue", "conversations read by two people", doubled)
    report.expect(recorded == built["items"] == len(decided), "verdicts are missing")
    wrong = [row for row in decided if row["passed"] != truth[row["external_id"]]]
    report.expect(not wrong, f"{len(wrong)} verdicts are not what was sent")


def take_turns(
    client: Client, queue_date: date, people: list[str], truth: Truth, report: Report
) -> int:
    """Each person claims and decides in turn; returns the verdicts recorded."""
    waiting, recorded = list(people), 0
    while waiting:
        person = waiting.pop(0)
        claim = {"reviewer": person, "date": queue_date.isoformat()}
        status, item = client.call("POST", "queue/next/", claim)
        if status == 204:
            continue
        body = verdict(item, person, truth[item["external_id"]])
        status, said = client.call("POST", f"queue/{item['id']}/verdict/", body)
        report.expect(status == 201, f"verdict on {item['external_id']}: {status} {said}")
        if status == 201:
            recorded += 1
            waiting.append(person)
    return recorded


def verdict(item: Json, person: str, is_done: bool) -> Json:
    """The benchmark's finding as this person's verdict."""
    failed = () if is_done else FAILED_CRITERIA
    answers = {
        one["key"]: {"verdict": "fail" if one["key"] in failed else "pass"}
        for one in item["criteria"]
    }
    cause = "no_fault" if is_done else "wrong_action"
    return {"reviewer": person, "answers": answers, "root_cause": cause}


def show_quality(
    client: Client, day: date, reviews: list[Json], truth: Truth, report: Report
) -> None:
    """The quality figure of the day beside the true share, once as it is and drawn many times."""
    own = [row for row in reviews if row["day"] == day.isoformat()]
    share = sum(truth[row["external_id"]] for row in own) / max(1, len(own))
    figure = client.get("quality/", **{"from": day.isoformat(), "to": day.isoformat()})
    report.add("quality", f"quality of {day} from the queue", with_interval(figure))
    report.add("quality", f"true share of {day}", f"{percent(share)} of {len(own)}")
    grades = {row["external_id"]: row["grade"] for row in own if row["grade"] is not None}
    if len(grades) < figure["judged"] or not grades:
        return
    again = replay(grades, truth, figure["judged"], DRAWS)
    said = (
        f"mean {percent(again.mean)}, truth {percent(again.truth)}, "
        f"{percent(again.coverage)} of the 95 % intervals hold it, ± {percent(again.half_width)}"
    )
    report.add("quality", f"the same day drawn {again.draws} times", said)
