"""What 1,000 to 100,000 questions take, in a process of their own: time, memory, agreement."""

import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.discovery.data import Labelled, all_sets, many, texts_of
from bench.discovery.quality import labels_of, scores
from testing.questions.clustering import group
from testing.questions.vectors import LIKENESS_OF_TFIDF, tfidf_vectors

ROWS_AT_ONCE = 5000
MONDAY = date(2026, 11, 16)


def apart(part: str, folder: Path, count: int) -> dict[str, float]:
    """Run one of the parts below in a new process; its figures and peak memory."""
    command = [sys.executable, "-m", "bench.discovery.scale", part, str(folder), str(count)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    figures: dict[str, float] = json.loads(answer.stdout.splitlines()[-1])
    return figures


def compare(rows: Labelled) -> dict[str, float]:
    """Vectors and groups alone."""
    start = time.perf_counter()
    vectors = tfidf_vectors(texts_of(rows))
    middle = time.perf_counter()
    groups = group(vectors, LIKENESS_OF_TFIDF.group)
    end = time.perf_counter()
    found = scores(labels_of(groups, len(rows)), [intent for _, intent in rows])
    times = {"vectors": middle - start, "groups": end - middle}
    return times | {"nmi": found.nmi, "recall": found.recall, "clusters": found.groups}


def whole(rows: Labelled) -> dict[str, float]:
    """The product's discovery on SQLite: conversations read, compared, grouped, written."""
    import django

    with tempfile.TemporaryDirectory() as folder:
        from django.conf import settings

        settings.DATABASES["default"]["NAME"] = f"{folder}/db.sqlite3"
        django.setup()
        return searched(rows)


def searched(rows: Labelled) -> dict[str, float]:
    """Fill an empty database with a conversation a question, then search the week."""
    from django.core.management import call_command

    from accounts.models import Workspace
    from context.models import Agent
    from testing.models import Discovery
    from testing.questions.discovery import discover

    call_command("migrate", verbosity=0)
    workspace = Workspace.objects.create(name="Bench", slug="bench")
    agent = Agent.objects.create(workspace=workspace, name="Bench", slug="bench")
    for start in range(0, len(rows), ROWS_AT_ONCE):
        store(agent, rows[start : start + ROWS_AT_ONCE], start)
    now = datetime.combine(MONDAY + timedelta(days=8), datetime.min.time(), UTC)
    start_time = time.perf_counter()
    clusters = discover(agent, MONDAY, now)
    took = time.perf_counter() - start_time
    assert Discovery.objects.get().questions > 0
    return {"whole": took, "clusters": len(clusters)}


def store(agent: Any, rows: Labelled, first: int) -> None:
    """Write conversations with one message each, as ingest would leave them."""
    from conversations.models import Conversation, Message

    opened = datetime.combine(MONDAY + timedelta(days=1), datetime.min.time(), UTC)
    made = Conversation.objects.bulk_create(
        Conversation(
            agent=agent,
            source="bench",
            external_id=str(first + n),
            opened_at=opened,
            opened_on=opened.date(),
            last_message_at=opened,
            outcome="handed_over",
            digest="",
        )
        for n in range(len(rows))
    )
    Message.objects.bulk_create(
        Message(
            conversation=conversation,
            external_id="1",
            position=0,
            author="customer",
            text=text,
            sent_at=opened,
        )
        for conversation, (text, _) in zip(made, rows, strict=True)
    )


def main(part: str, folder: str, count: str) -> None:
    """Measure one part and print its figures as JSON."""
    rows = many(all_sets(Path(folder)), int(count))
    figures = {"compare": compare, "whole": whole}[part](rows)
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps(figures | {"mb": kilobytes / 1024}))


if __name__ == "__main__":
    main(*sys.argv[1:])
