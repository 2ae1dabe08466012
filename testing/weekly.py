"""The week's tests: every waiting candidate is tested, and new questions are looked for."""

from datetime import date, datetime, timedelta

from accounts.models import User
from context.models import Agent, Release
from testing.changed import baseline_of
from testing.context_work import draft_context_cases
from testing.discovery import discover
from testing.gate import counting_run, gate, unasked_cases
from testing.models import Run
from testing.runner import start_run

TRIALS = 3


def test_week(agent: Agent, period: str, now: datetime) -> bool:
    """Test every candidate; when their runs have ended, discover last week's new questions.

    `period` is an ISO week such as 2026-W48. Returns whether all is done; call it again until then.
    """
    if not all([try_candidate(release, now) for release in candidates(agent)]):
        return False
    monday = date.fromisocalendar(int(period[:4]), int(period[-2:]), 1)
    discover(agent, monday - timedelta(days=7), now)
    return True


def candidates(agent: Agent) -> list[Release]:
    """The releases that wait for their tests."""
    return list(agent.releases.filter(status=Release.Status.CANDIDATE))


def try_candidate(release: Release, now: datetime) -> bool:
    """Start the runs a candidate lacks and gate it when they have ended; whether they have."""
    draft_context_cases(release, now)
    start_missing_runs(release, now)
    if Run.objects.filter(release=release, state=Run.State.RUNNING).exists():
        return False
    gate(release, now)
    return True


def start_missing_runs(
    release: Release, now: datetime, *, trials: int = TRIALS, by: User | None = None
) -> list[Run]:
    """Start a run of each suite that has no run of this release against what is live now.

    A run to which cases were added since counts as missing, a cancelled one does not: somebody
    meant that. Raises what `start_run` raises.
    """
    baseline = baseline_of(release)
    started = []
    for suite in release.agent.suites.order_by("id"):
        run = counting_run(suite, release, baseline)
        is_due = run is None or (run.state == Run.State.DONE and unasked_cases(suite, run).exists())
        if is_due and suite.approved_cases().exists():
            started.append(
                start_run(suite, release, at=now, baseline=baseline, trials=trials, by=by)
            )
    return started
