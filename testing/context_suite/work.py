"""Working a context test: search, draft, judge, as rows that may stop and go on.

The search (guards, suspected contradictions) needs embeddings and no other model; drafts and
judgements are one call each, under the caps of the test.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from context.models import Release
from llm import claims, work
from llm.calls import Call, ModelError, ModelUnavailable, Reply
from llm.outcomes import Outcome
from llm.states import WorkState
from testing.cases.content import Expectation
from testing.cases.suites import suite_of
from testing.context_suite.cases import changes_of, plan_context_test
from testing.context_suite.changed import Change, baseline_of
from testing.context_suite.contradictions import judge, search
from testing.context_suite.drafting import CaseDrafts, draft_call, expectation_of, usable
from testing.context_suite.guards import choose_guards
from testing.gate.checks import decide_again
from testing.models import Case, ContextChange, ContextTest, Suite
from testing.questions.drafting import one_line

SEARCH_LEASE = timedelta(minutes=10)
WAIT = timedelta(minutes=2)
_WRITTEN = ["model", "cost_usd", "finished_at"]

NowFn = Callable[[], datetime]


def draft_context_cases(release: Release, at: datetime) -> list[Case]:
    """Plan a release's context test, work it, and return the cases that wait for a person.

    Doing it again for the same content adds nothing. What the model could not be reached for stays
    a row and is worked by a later call.
    """
    test = plan_context_test(release, baseline_of(release), at)
    work_context_test(test, lambda: at)
    return draft_cases(test)


def draft_cases(test: ContextTest) -> list[Case]:
    """The drafts of a test: those of its changes, then those that guard, in the order made."""
    suite = suite_of(test.release.agent, Suite.Kind.CONTEXT, test.created_at)
    keys = [change.case_key for change in test.changes.all()]
    guards = set(
        test.changes.filter(guards__isnull=False).values_list("guards__case__key", flat=True)
    )
    drafts = suite.cases.filter(status=Case.Status.DRAFT).order_by("id")
    ours = [case for case in drafts if case.key.startswith(tuple(keys))] if keys else []
    return ours + [case for case in drafts if case.key in guards and case not in ours]


def work_context_tests(now_fn: NowFn) -> None:
    """Work every context test with something left to search, draft or judge."""
    tests = ContextTest.objects.unfinished().select_related("release__agent__workspace", "baseline")
    for test in tests.order_by("id"):
        work_context_test(test, now_fn)


def work_context_test(test: ContextTest, now_fn: NowFn) -> None:
    """Search, draft and judge until nothing of this test can be claimed."""
    _search(test, now_fn)
    changes = changes_of(test.release, test.baseline)
    by_name = {(change.kind, change.name): change for change in changes}
    work.run(
        ContextChange.objects.filter(test=test),
        partial(_draft_call, by_name),
        partial(_write_drafts, test, by_name, now_fn),
        now_fn=now_fn,
        budget=test.budgets(now_fn()),
    )
    judge(test, now_fn)
    test.refresh_from_db()
    decide_again(test.release.agent, now_fn(), "guards and contradictions were looked for")


def _search(test: ContextTest, now_fn: NowFn) -> None:
    """Choose the guards and write the suspected contradictions, if nobody else does so now."""
    worker = claims.new_worker()
    rows = ContextTest.objects.filter(pk=test.pk)
    held = claims.claim(rows, now=now_fn(), lease=SEARCH_LEASE, limit=1, worker=worker)
    if not held:
        return
    try:
        choose_guards(test, now_fn())
        search(test, now_fn())
    except ModelUnavailable as error:
        claims.put_back(worker, test, str(error), now_fn() + WAIT)
    except ModelError as error:
        claims.end_with_error(worker, test, WorkState.FAILED, str(error))
    else:
        claims.end(worker, [test], WorkState.DONE)


def _draft_call(by_name: dict[tuple[str, str], Change], row: ContextChange) -> Call:
    return draft_call(by_name[row.kind, row.name])


def _write_drafts(
    test: ContextTest,
    by_name: dict[tuple[str, str], Change],
    now_fn: NowFn,
    batch: list[tuple[ContextChange, Outcome]],
) -> None:
    """Add the usable drafts to the suite; a row whose drafts quote nothing new fails."""
    at, agent = now_fn(), test.release.agent
    suite = suite_of(agent, Suite.Kind.CONTEXT, at)
    answered = [(row, reply) for row, reply in batch if isinstance(reply, Reply)]
    for row, reply in answered:
        assert isinstance(reply.parsed, CaseDrafts)
        change = by_name[row.kind, row.name]
        old = change.replaced(agent.language)
        for place, draft in enumerate(usable(change, reply.parsed)):
            source = f"drafted by {reply.model} for release {test.release.number}"
            expectation = expectation_of(change, draft, old)
            _add(suite, change, place, draft.question, source, expectation, at)
        row.model, row.cost_usd, row.finished_at = reply.model, reply.cost_usd, at
    work.write([row for row, _ in answered], _WRITTEN)


def _add(
    suite: Suite,
    change: Change,
    place: int,
    question: str,
    source: str,
    expectation: Expectation,
    at: datetime,
) -> Case:
    """Add one draft under the key of its change; the first has the key itself."""
    return suite.add_case(
        question=one_line(question),
        at=at,
        key=change.key if place == 0 else f"{change.key}-{place + 1}",
        source=source,
        **(expectation | change.place),
    )
