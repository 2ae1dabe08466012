"""Runs: every trial is a row before anything is asked; work on the rows may stop and go on."""

import hashlib
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from context.models import Release
from llm import work
from llm.calls import BudgetExhausted
from llm.work import Tally
from testing.comparing.claimed import keep_claim
from testing.gate.checks import record_run
from testing.models import Case, Result, Run, Suite
from testing.models.context_tests import asked_cases
from testing.refusals import Refused, RunUnderWay
from testing.runs.estimates import estimate_trial
from testing.runs.rows import write_trials
from testing.runs.sharing import share, shared_cases
from testing.runs.trials import TrialWorker

MOST_TRIALS = 20
SECONDS_BETWEEN_SHARING = 5.0

OnProgress = Callable[[dict[str, int]], None]
Report = Callable[[Tally], None]


def estimate_run(cases: Iterable[Case], releases: Iterable[Release], trials: int) -> Decimal:
    """Dollars the run costs at most, asked once a call; UnknownPrice if a model has no price.

    What the first release asks as the second does is paid once.
    """
    asked, paid, total = list(cases), list(releases), Decimal(0)
    shared = shared_cases(asked, paid)
    for release in paid:
        alone = [case for case in asked if release != paid[0] or case.pk not in shared]
        total += trials * sum((estimate_trial(release, case) for case in alone), Decimal(0))
    return total


def start_run(
    suite: Suite,
    release: Release,
    *,
    at: datetime,
    baseline: Release | None = None,
    trials: int = 3,
    by: User | None = None,
) -> Run:
    """Write the run and a row for every trial, in a seeded order; nothing is asked yet.

    Raises Refused (a draft, a rejected or another agent's release, no approved case, the same run
    under way), UnknownPrice, and BudgetExhausted when the estimate is over the agent's cap for one.
    """
    compared = None if baseline == release else baseline
    releases = [release, *([compared] if compared else [])]
    cases = _askable(suite, releases, trials)
    price = _price_within_cap(suite, cases, releases, trials)
    with transaction.atomic():
        _alone(suite, release, compared)
        run = Run.objects.create(
            suite=suite,
            release=release,
            baseline=compared,
            trials=trials,
            seed=_seed(suite.agent.slug, suite.slug, release.number, at.isoformat()),
            estimated_usd=price,
            created_by=by,
            created_at=at,
        )
        write_trials(run, cases, releases, shared_cases(cases, releases))
    return run


def _askable(suite: Suite, releases: list[Release], trials: int) -> list[Case]:
    """The approved cases, if the releases may be asked them."""
    if not 1 <= trials <= MOST_TRIALS:
        raise Refused(f"Trials must be from 1 to {MOST_TRIALS}, not {trials}.")
    for release in releases:
        if release.agent_id != suite.agent_id:
            raise Refused(f"Release {release.number} is of another agent.")
        if release.unfrozen:
            raise Refused(f"Release {release.number} {release.unfrozen}.")
        if release.status == Release.Status.REJECTED:
            raise Refused(f"Release {release.number} was rejected; submit it again to test it.")
    cases = list(asked_cases(suite, *releases))
    if not cases:
        raise Refused(f"The suite {suite.name} has no approved case.")
    return cases


def _alone(suite: Suite, release: Release, baseline: Release | None) -> None:
    """Refuse a run while the same one is under way, also when both are started at this moment."""
    Suite.objects.select_for_update(no_key=True).get(pk=suite.pk)
    same = suite.runs.filter(release=release, baseline=baseline, state=Run.State.RUNNING)
    if under_way := same.first():
        raise RunUnderWay(under_way.pk)


def _price_within_cap(
    suite: Suite, cases: list[Case], releases: list[Release], trials: int
) -> Decimal:
    """The estimate of the run; BudgetExhausted when it is over the agent's cap for one."""
    price, cap = estimate_run(cases, releases, trials), suite.agent.run_budget_usd
    if price > cap:
        raise BudgetExhausted(f"The run may cost ${price:.2f}; the cap for a run is ${cap:.2f}.")
    return price


def _seed(*parts: object) -> int:
    """A number of 31 bits that depends on the parts alone."""
    digest = hashlib.sha256(":".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 1


def open_trials(run: Run | None) -> QuerySet[Result]:
    """What is asked and graded of one run, or of every one that is running; nothing of a release
    that was rejected meanwhile.
    """
    trials = Result.objects.filter(
        run__state=Run.State.RUNNING, same_answer_as=None, is_shared=False
    ).exclude(run__release__status=Release.Status.REJECTED)
    return trials if run is None else trials.filter(run=run)


def work_results(
    run: Run | None,
    now_fn: Callable[[], datetime],
    on_progress: OnProgress | None = None,
    *,
    on_work: Report | None = None,
    until: datetime | None = None,
) -> None:
    """Work the trials of a run, or of every running one, until none can be claimed.

    Trials whose model cannot be reached wait and are found again by a later call. A run without
    open trials ends, and leaves its check on a candidate; one of a rejected release is cancelled.
    `on_progress` gets the run's progress and
    `on_work` what this call did, each whenever trials were claimed or written; from `until` on none
    is taken.
    """
    running = Run.objects.filter(state=Run.State.RUNNING).select_related("suite__agent__workspace")
    runs = running.filter(pk=run.pk) if run is not None else running.order_by("id")
    for one in runs:
        _work(one, now_fn, _reporter(one, now_fn, on_progress, on_work), until)
    if run is not None:
        run.refresh_from_db()


def _reporter(
    run: Run,
    now_fn: Callable[[], datetime],
    on_progress: OnProgress | None,
    on_work: Report | None,
) -> Report:
    """What is done whenever trials were claimed or written; now and then, what is shared is."""
    shared_at = time.monotonic()

    def report(tally: Tally) -> None:
        nonlocal shared_at
        if time.monotonic() - shared_at > SECONDS_BETWEEN_SHARING:
            share(run, now_fn())
            shared_at = time.monotonic()
        if on_work is not None:
            on_work(tally)
        if on_progress is not None:
            on_progress(run.progress())

    return report


def _work(run: Run, now_fn: Callable[[], datetime], report: Report, until: datetime | None) -> None:
    """Answer and grade until no trial moves any more, then end the run if none is left."""
    worker = TrialWorker(run, now_fn)
    moved = True
    while moved:
        tally = work.run(
            open_trials(run)
            .select_related("case", "release__agent")
            .prefetch_related("steps")
            .order_by("position"),
            worker.prepare,
            worker.finish,
            now_fn=now_fn,
            budget=run.budgets(now_fn()),
            on_progress=report,
            until=until,
        )
        moved = bool(tally.done or tally.failed)
    share(run, now_fn())
    run.cancel_if_rejected(now_fn())
    if run.finish(now_fn()):
        keep_claim(run)
        record_run(run, now_fn())
    report(tally)
