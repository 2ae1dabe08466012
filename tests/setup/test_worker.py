"""A real worker takes messages from the real broker and works on the test's database."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Workspace
from agentops.celery import app
from context.models import Agent, ScheduledRun


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_one_tick_through_the_broker_starts_what_was_missed(live_worker: str) -> None:
    workspace = Workspace.objects.create(name="Outerwear", slug="outerwear")
    agent = Agent.objects.create(workspace=workspace, name="Robin", slug="robin")
    Agent.objects.filter(pk=agent.pk).update(created_at=timezone.now() - timedelta(days=4))

    app.send_task("agentops.schedule.tick")

    deadline = time.monotonic() + 120
    nights = ScheduledRun.objects.filter(agent=agent, schedule="nightly_review")
    while not nights.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert nights.exists()
