"""Working the canary: the judge is asked as it is asked of any conversation, under the same cap."""

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from context.models import Agent
from llm.budget import Budget
from llm.calls import Call, Reply, UnparsableAnswer
from llm.prices import estimate as price_of
from llm.states import WorkState
from llm.work import Tally, write
from llm.work import run as work
from reviews.canary.members import members
from reviews.judging.answers import NothingJudged
from reviews.judging.judge import Judge
from reviews.judging.planning import current_judge
from reviews.judging.prompt import Asked, ConversationReview, review_call
from reviews.judging.scoring import Answer, Score, score
from reviews.judging.versions import judge_in_use
from reviews.models import CanaryResult, Criterion, Grade
from reviews.scorecards import active_scorecard

WRITTEN = ("passed", "grade", "cost_usd", "finished_at")


class AnotherJudge(Exception):
    """The judge the check was planned for is no longer the one that would answer."""


class Canary:
    """One agent's canary during one run."""

    def __init__(self, agent: Agent, now_fn: Callable[[], datetime]) -> None:
        self.now_fn = now_fn
        self.judge = Judge(agent, now_fn)
        self.in_use = judge_in_use(agent)

    def prepare(self, result: CanaryResult) -> Call:
        """The call of a claimed row, from what is stored with its member."""
        check, member = result.check_of, result.member
        if self.in_use != check.judge:
            raise AnotherJudge("the judge changed before it was asked")
        asked = Asked(
            self.judge.rubric(check.scorecard, check.judge), member.given, member.material
        )
        return review_call(
            check.judge.model, asked, frozenset(self.judge.criteria(check.scorecard))
        )

    def finish(self, batch: Sequence[tuple[CanaryResult, Reply | Exception]]) -> None:
        """Write what a batch of answers says."""
        for result, outcome in batch:
            result.finished_at = self.now_fn()
            if isinstance(outcome, Reply | UnparsableAnswer):
                result.cost_usd = outcome.cost_usd
            if isinstance(outcome, Reply):
                answer = outcome.parsed
                assert isinstance(answer, ConversationReview)
                criteria = self.judge.criteria(result.check_of.scorecard)
                found = verdict_of(answer, criteria, handed_over=result.member.handed_over)
                result.passed, result.grade = found.passed, answer.grade
        write([result for result, _ in batch], WRITTEN)


def price(agent: Agent, now: datetime) -> Decimal:
    """What one check of the canary costs at most, in dollars; raises UnknownPrice."""
    judge, scorecard = current_judge(agent, now), active_scorecard(agent, now)
    worker = Judge(agent, lambda: now)
    rubric, keys = worker.rubric(scorecard, judge), frozenset(worker.criteria(scorecard))
    asked = members(agent).values_list("given", "material")
    return sum(
        (
            price_of(review_call(judge.model, Asked(rubric, given, material), keys))
            for given, material in asked
        ),
        Decimal(0),
    )


def verdict_of(
    answer: ConversationReview, criteria: dict[str, Criterion], *, handed_over: bool
) -> Score:
    """The score of an answer, as of a review; NothingJudged where no criterion applied."""
    found = score(
        Answer(
            one.verdict if handed_over or is_asked_always(criteria[one.key]) else Grade.NA.value,
            criteria[one.key].weight,
            criteria[one.key].critical,
        )
        for one in answer.criteria
        if one.key in criteria
    )
    if found is None:
        raise NothingJudged("the judge answered that no criterion applies")
    return found


def is_asked_always(criterion: Criterion) -> bool:
    """Whether a criterion is asked of every conversation, handed over or not."""
    return criterion.applies == Criterion.Applies.ALWAYS


def work_canary(
    agent: Agent | None, now_fn: Callable[[], datetime], *, until: datetime | None = None
) -> Tally:
    """Work the canary's rows that wait, of one agent or of all, under the agent's daily cap.

    Rows beyond the cap end as skipped, and the check says so. No row is taken from `until` on.
    """
    total = Tally()
    for one in agents_with_canary_work(agent):
        canary, today = Canary(one, now_fn), one.local_date(now_fn())
        total = total + work(
            loaded(CanaryResult.objects.filter(check_of__agent=one)),
            canary.prepare,
            canary.finish,
            now_fn=now_fn,
            budget=[Budget(one.budget_scope, today, one.daily_budget_usd)],
            until=until,
        )
    return total


def loaded(rows: QuerySet[CanaryResult]) -> QuerySet[CanaryResult]:
    """Results with all that a call is made of."""
    return rows.select_related("check_of__judge", "check_of__scorecard", "member").order_by("pk")


def agents_with_canary_work(agent: Agent | None) -> list[Agent]:
    """Agents whose canary waits, or this one if its does."""
    open_states = [WorkState.PENDING, WorkState.WORKING]
    waiting: Any = CanaryResult.objects.filter(state__in=open_states).values("check_of__agent")
    found = Agent.objects.filter(pk__in=waiting).select_related("workspace").order_by("pk")
    return list(found.filter(pk=agent.pk) if agent else found)
