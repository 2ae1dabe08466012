"""Many reviewers at one queue over HTTP: nobody is given another's item, no verdict is lost."""

import json
from collections import Counter
from datetime import timedelta
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from context.models import Agent
from reviews.models import QueueItem, Verdict
from reviews.queue.sampling import build_queue
from tests.make import make_agent, make_key
from tests.reviews.material import in_parallel, make_reviewer, make_reviews

ITEMS = 64
DOUBLES = 0.25


class Reviewer:
    """One person's client, which keeps its connection; it is open when the work begins, for the
    test's server takes only a few new ones at once.
    """

    def __init__(self, url: str, key: str, name: str) -> None:
        self.name = name
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self._http = HTTPConnection(urlsplit(url).netloc, timeout=120)
        self._http.request("GET", "/healthz")
        self._http.getresponse().read()

    def post(self, path: str, **body: Any) -> tuple[int, Any]:
        """Status and JSON of a POST below the agent's queue."""
        sent = json.dumps(body | {"reviewer": self.name})
        self._http.request("POST", f"/api/v1/agents/bot/queue/{path}", sent, self._headers)
        response = self._http.getresponse()
        text = response.read()
        return response.status, json.loads(text) if text else None

    def work(self) -> list[dict[str, Any]]:
        """Decide what there is to decide; the items as they were claimed."""
        decided = []
        while (claimed := self.post("next/"))[0] == 200:
            item = claimed[1]
            answers = {one["key"]: {"verdict": "pass"} for one in item["criteria"]}
            assert self.post(f"{item['id']}/verdict/", answers=answers)[0] == 201
            decided.append(item)
        assert claimed[0] == 204
        self._http.close()
        return decided


def draw_today(agent: Agent) -> None:
    """Today's queue; a quarter of its conversations are read by two people."""
    today = agent.local_date(timezone.now())
    make_reviews(agent, [5] * ITEMS, today - timedelta(days=1))
    build_queue(agent, today, timezone.now())


@pytest.mark.django_db(transaction=True)
def test_reviewers_over_http_share_a_queue_without_doubles_or_losses(
    live_server: LiveServer,
) -> None:
    agent = make_agent(queue_capacity=ITEMS, double_review_share=DOUBLES)
    # SQLite lets one writer in at a time; more people only wait for each other.
    people = 32 if connection.vendor == "postgresql" else 8
    names = [f"reviewer-{number}" for number in range(people)]
    for name in names:
        make_reviewer(agent, name)
    draw_today(agent)
    key = make_key(agent.workspace)
    shifts = in_parallel(
        people, lambda number: Reviewer(live_server.url, key, names[number]).work()
    )

    given = Counter(item["id"] for shift in shifts for item in shift)
    assert set(given) == set(QueueItem.objects.values_list("pk", flat=True))
    assert QueueItem.objects.filter(slot=2).exists()
    assert set(given.values()) == {1}
    for shift in shifts:
        read = [item["conversation"] for item in shift]
        assert len(read) == len(set(read))
    kept = Verdict.objects.filter(withdrawn_at=None)
    by = {(item["id"], names[number]) for number, shift in enumerate(shifts) for item in shift}
    assert set(kept.values_list("item", "reviewer__username")) == by
    assert set(QueueItem.objects.values_list("state", flat=True)) == {QueueItem.State.DONE}
