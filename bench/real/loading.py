"""Steps 1 and 2: the releases go live through their checks, and the conversations come in."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from bench.real.installation import Client
from bench.real.report import Report, stopwatch

Json = dict[str, Any]
AT_ONCE = 1000


def push_and_submit(client: Client, release: Json, report: Report) -> int:
    """Push a release as draft and freeze it; its number."""
    number: int = client.post("releases/", release)["number"]
    client.post(f"releases/{number}/submit/")
    again, answer = client.call("POST", "releases/", release)
    report.expect(again == 200 and answer["number"] == number, "pushed twice is two releases")
    report.add("releases", f"documents of release {number}", len(release["documents"]))
    return number


def publish(client: Client, number: int, step: str, report: Report) -> bool:
    """Let the gate look, then publish; whether the release is live. No check is overridden."""
    answer = client.post(f"releases/{number}/gate/")
    for check in answer["checks"]:
        sentence = f"{check['status']}. {check['summary']}"
        report.add(step, f"check “{check['name']}” of release {number}", sentence)
    status, said = client.call("POST", f"releases/{number}/publish/", {})
    is_live = status == 200 and client.get("releases/live/")["number"] == number
    report.expect(is_live == answer["passed"], f"release {number}: publish answered {status}")
    outcome = "live" if is_live else f"refused ({status}): {said.get('detail', '')}"
    report.add(step, f"publish release {number}", outcome)
    return is_live


def load(client: Client, payloads: list[Json], what: str, report: Report) -> None:
    """Send all in lists of 1,000, twice, and find all of them again as they were sent."""
    for again, wanted in ((False, "created"), (True, "unchanged")):
        with stopwatch() as seconds:
            counts, errors = send(client, payloads)
        label = f"{what}, sent again" if again else what
        said = ", ".join(f"{status} {count}" for status, count in sorted(counts.items()))
        report.add("load", label, said, seconds[0])
        report.expect(counts == {wanted: len(payloads)}, f"{label}: {said}; {errors[:3]}")
    stored = {row["external_id"]: row for row in client.rows("conversations/")}
    report.expect(len(stored) == len(payloads), f"{what}: {len(stored)} are stored")
    names = [one["external_id"] for one in payloads]
    other = [
        name
        for name, one in zip(names, payloads, strict=True)
        if name not in stored or not same(one, stored[name])
    ]
    report.expect(not other, f"{what}: {len(other)} are not what was sent, such as {other[:3]}")
    describe(list(stored.values()), what, report)


def same(payload: Json, row: Json) -> bool:
    """Whether a stored conversation has the messages, the release and the handover it was sent
    with.
    """
    handed_over = "ai_handover" in payload.get("tags", [])
    return bool(
        row["message_count"] == len(payload["messages"])
        and row["release"] == payload.get("release")
        and (row["outcome"] == "handed_over") == handed_over
    )


def send(client: Client, payloads: list[Json]) -> tuple[Counter[str], list[Json]]:
    """POST in lists; how many ended how, and the answers that are errors."""
    counts: Counter[str] = Counter()
    errors: list[Json] = []
    for part in parts(payloads):
        answer = client.post("conversations/", part)
        counts.update(row["status"] for row in answer["data"])
        errors += [row for row in answer["data"] if row["status"] == "error"]
    return counts, errors


def parts(payloads: list[Json]) -> Iterator[list[Json]]:
    """The payloads in lists of at most 1,000."""
    for start in range(0, len(payloads), AT_ONCE):
        yield payloads[start : start + AT_ONCE]


def describe(stored: list[Json], what: str, report: Report) -> None:
    """Messages, outcomes and warnings of what is stored."""
    report.add("load", f"{what}: messages", sum(row["message_count"] for row in stored))
    outcomes = Counter(row["outcome"] for row in stored)
    report.add("load", f"{what}: outcomes", counted(outcomes))
    warned = Counter(re.sub(r"\d+", "n", one) for row in stored for one in row["warnings"])
    report.add("load", f"{what}: warnings", counted(warned) or "none")


def counted(counts: Counter[str]) -> str:
    """Names with their counts, the most frequent first."""
    return ", ".join(f"{name} {count}" for name, count in counts.most_common(8))
