"""When tests run: every candidate as soon as it is submitted, and all that wait once a week.

Polled by the minute tick (`agentops.schedule`), which makes a row for each week and for each
candidate against each live release: what has a row that is done is not tested again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db import transaction

from accounts.models import User
from context.models import Agent, Release, ScheduledRun
from llm.calls import BudgetExhausted, UnknownPrice
from testing.context_suite.cases import plan_context_test
from testing.context_suite.changed import baseline_of
from testing.context_suite.under_way import is_searched
from testing.gate.checks import ON_THEIR_WAY, gate
from testing.gate.suite_decision import counting_run, unasked_cases
from testing.models import ContextTest, GateRules, Run, Suite
from testing.models.context_tests import asked_cases
from testing.questions.discovery import discovered
from testing.refusals import Refused
from testing.runs.runner import estimate_run, start_run

CANDIDATE_TESTS = "candidate_tests"
WEEKLY_TESTS = "weekly_tests"
ROWS_SHOWN = 6


@dataclass(frozen=True)
class Started:
    """The runs that were started, and by suite why one was not."""

    runs: list[Run]
    refused: dict[int, str]


@dataclass(frozen=True)
class Tested:
    """One row of the schedule for people: a week, or a candidate against what was live."""

    words: str
    row: ScheduledRun


@dataclass(frozen=True)
class Times:
    """When tests run next, what waits for them, and when they ran last."""

    next: datetime
    waiting: list[Release]
    last: list[Tested]


def test_week(agent: Agent, period: str, now: datetime) -> bool:
    """Test every candidate; when their runs have ended, last week's new questions are looked for.

    `period` is an ISO week such as 2026-W48. Returns whether all is done; call it again until then.
    """
    if not all([try_candidate(release, now) for release in candidates(agent)]):
        return False
    monday = date.fromisocalendar(int(period[:4]), int(period[-2:]), 1)
    return discovered(agent, monday - timedelta(days=7), now)


def test_candidate(agent: Agent, period: str, now: datetime) -> bool:
    """Test the candidate that a period of `untested_candidates` names; a period that has passed,
    because the release or what is live was decided meanwhile, is done.
    """
    return all([try_candidate(one, now) for one in candidates(agent) if _period(one) == period])


def untested_candidates(agent: Agent, _now: datetime) -> Iterator[str]:
    """A period for each candidate that was not tested against what is live now: 14/13; and those
    that were begun.

    A new live release makes new periods, so that every candidate is tested against it.
    """
    now_due = [_period(release) for release in candidates(agent)]
    rows = ScheduledRun.objects.filter(agent=agent, schedule=CANDIDATE_TESTS)
    begun = rows.exclude(state=ScheduledRun.State.DONE).values_list("period", flat=True)
    periods = dict.fromkeys([*begun, *now_due])
    done = rows.filter(period__in=now_due, state=ScheduledRun.State.DONE)
    tested = set(done.values_list("period", flat=True)) if now_due else set()
    yield from (period for period in periods if period not in tested)


def _period(release: Release) -> str:
    """The candidate and what it is tested against."""
    live = release.agent.live_release()
    return f"{release.number}/{live.number if live else 0}"


def schedule_of(agent: Agent, now: datetime) -> Times:
    """What the tests page says about the schedule."""
    rows = ScheduledRun.objects.filter(agent=agent, schedule__in=[WEEKLY_TESTS, CANDIDATE_TESTS])
    last = [Tested(_words(row), row) for row in rows.order_by("-started_at", "-id")[:ROWS_SHOWN]]
    return Times(next_weekly(agent, now), candidates(agent), last)


def next_weekly(agent: Agent, now: datetime) -> datetime:
    """When the weekly tests are due next: this week's hour, or the next week's once that came."""
    zone = agent.workspace.zone
    today = now.astimezone(zone).date()
    day = today - timedelta(days=today.weekday()) + timedelta(days=agent.test_weekday)
    due = datetime.combine(day, time(agent.test_hour), zone)
    return due if due > now else datetime.combine(day + timedelta(days=7), due.timetz())


def _words(row: ScheduledRun) -> str:
    """A week, or which release was tested against which."""
    if row.schedule == WEEKLY_TESTS:
        return f"Week {row.period}"
    number, live = row.period.split("/")
    return f"Release {number}" + (f" against {live}" if live != "0" else "")


def candidates(agent: Agent) -> list[Release]:
    """The releases on their way, approved ones too, the oldest first."""
    found = list(agent.releases.filter(status__in=ON_THEIR_WAY).order_by("number"))
    for release in found:
        release.agent = agent
    return found


def try_candidate(release: Release, now: datetime) -> bool:
    """Start the runs a candidate lacks and write its checks; whether its runs have ended.

    While they have not, its checks are pending: what was found against an older live release no
    longer counts.
    """
    started = start_missing_runs(release, now)
    gate(release, now, started.refused)
    if waits_for_search(release):
        return False
    return not Run.objects.filter(release=release, state=Run.State.RUNNING).exists()


def plan_search(release: Release, now: datetime) -> ContextTest | None:
    """Plan the context test of a release on its way. None for another, and where a price is
    unknown: the runs are refused for the same, and their checks say so.
    """
    if release.status not in ON_THEIR_WAY:
        return None
    try:
        return plan_context_test(release, baseline_of(release), now)
    except UnknownPrice:
        return None


def waits_for_search(release: Release) -> bool:
    """Whether cases of a context suite are not run yet because guards are still looked for."""
    suites = release.agent.suites.filter(kind=Suite.Kind.CONTEXT)
    is_asked = any(suite.approved_cases().exists() for suite in suites)
    return is_asked and not is_searched(release, baseline_of(release))


def start_missing_runs(
    release: Release, now: datetime, *, trials: int | None = None, by: User | None = None
) -> Started:
    """Start a run of each suite that has no run of this release against what is live now.

    A run that asked too seldom, or to which cases were added since, counts as missing; a cancelled
    one does not: somebody meant that. Nothing is started twice, however many ask at once: they wait
    for each other. What a cap, a missing price or the suite's state forbids is said in `refused`.
    The context suites wait until the cases near the changes have been looked for.
    """
    started = Started([], {})
    plan_search(release, now)
    with transaction.atomic():
        release.agent.hold()
        baseline, rules = baseline_of(release), GateRules.of(release.agent)
        for suite in missing_suites(release, baseline, rules):
            try:
                run = start_run(
                    suite,
                    release,
                    at=now,
                    baseline=baseline,
                    trials=trials_asked(rules, trials),
                    by=by,
                )
            except (Refused, BudgetExhausted, UnknownPrice) as refused:
                started.refused[suite.pk] = str(refused)
            else:
                started.runs.append(run)
    return started


def price_of_missing(release: Release, trials: int | None = None) -> Decimal:
    """Dollars the missing runs of a release may cost together; raises UnknownPrice."""
    baseline, rules = baseline_of(release), GateRules.of(release.agent)
    releases = [release, *([baseline] if baseline else [])]
    each = trials_asked(rules, trials)
    missing = missing_suites(release, baseline, rules)
    prices = (estimate_run(asked_cases(suite, *releases), releases, each) for suite in missing)
    return sum(prices, Decimal(0))


def trials_asked(rules: GateRules, given: int | None) -> int:
    """How often a case is asked: as given, but so often that the run counts."""
    return max(given or rules.trials, rules.least_trials)


def missing_suites(release: Release, baseline: Release | None, rules: GateRules) -> list[Suite]:
    """The suites with cases whose newest run does not count, and which may be run now."""
    missing, searched = [], is_searched(release, baseline)
    for suite in release.agent.suites.order_by("id"):
        if suite.kind == Suite.Kind.CONTEXT and not searched:
            continue
        suite.agent = release.agent
        run = counting_run(suite, release, baseline)
        is_due = run is None or (
            run.state == Run.State.DONE
            and (run.trials < rules.least_trials or unasked_cases(suite, run).exists())
        )
        if is_due and suite.approved_cases().exists():
            missing.append(suite)
    return missing
