"""The week's tests: new questions are looked for, and every waiting candidate is tested."""

from datetime import date, datetime, timedelta

from context.models import Agent, Release
from testing.discovery import discover
from testing.gate import gate
from testing.models import Case, Run
from testing.runner import start_run

TRIALS = 3


def test_week(agent: Agent, period: str, now: datetime) -> bool:
    """Discover last week's new questions, start what is to be run, write checks of what is done.

    Returns whether every run of every candidate has ended; call it again until it has.
    """
    monday = date.fromisocalendar(int(period[:4]), int(period[-2:]), 1)
    discover(agent, monday - timedelta(days=7), now)
    finished = [try_candidate(release, now) for release in candidates(agent)]
    return all(finished)


def candidates(agent: Agent) -> list[Release]:
    """The releases that wait for their tests."""
    return list(agent.releases.filter(status=Release.Status.CANDIDATE))


def try_candidate(release: Release, now: datetime) -> bool:
    """Start the runs a candidate lacks and gate it when they have ended; whether they have."""
    agent = release.agent
    baseline = agent.live_release()
    for suite in agent.suites.filter(cases__status=Case.Status.APPROVED).distinct():
        if not Run.objects.filter(suite=suite, release=release).exists():
            start_run(suite, release, at=now, baseline=baseline, trials=TRIALS)
    if Run.objects.filter(release=release, state=Run.State.RUNNING).exists():
        return False
    gate(release, now)
    return True
