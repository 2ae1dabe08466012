"""What a check of the canary says: whether the judge still judges as it did.

Each side is compared apart, because a judge can grow blind to failures and strict on the rest at
once: among conversations people failed, and among those they passed, the verdicts that flipped are
put to McNemar's exact test, and the judge has drifted when either is beyond chance.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from context.models import Agent
from llm.states import WorkState
from reviews.canary.members import LEAST, LEAST_FAILED
from reviews.models import CanaryCheck, CanaryMember, CanaryResult
from stats.intervals import Interval, wilson_interval
from stats.matched import mcnemar_exact

DRIFT_P = 0.05 / 2  # two sides are tested (Bonferroni)


class State(StrEnum):
    """How a check ended."""

    HOLDS = "holds"
    DRIFTED = "drifted"
    NOT_ENOUGH = "not enough"


@dataclass(frozen=True)
class Side:
    """The conversations people failed, or those they passed, in two checks."""

    compared: int
    to_fail: int
    to_pass: int

    @property
    def p(self) -> float:
        """How often chance alone flips at least as one-sidedly."""
        return mcnemar_exact(self.to_fail, self.to_pass).p

    @property
    def has_moved(self) -> bool:
        """Whether the flips are beyond chance."""
        return self.p < DRIFT_P


@dataclass(frozen=True)
class Flip:
    """A conversation on which the judge changed its mind."""

    member: CanaryMember
    before: bool
    now: bool

    @property
    def verdicts(self) -> tuple[bool, bool, bool]:
        """Whether the person, the judge before, and the judge now passed it."""
        return self.member.passed, self.before, self.now


@dataclass(frozen=True)
class Comparison:
    """A check, against people, and against an earlier check of the canary if there is one."""

    check: CanaryCheck
    reference: CanaryCheck | None
    states: Mapping[str, int]
    said: Mapping[int, bool]
    before: Mapping[int, bool]
    members: Mapping[int, CanaryMember]

    @property
    def same_judge(self) -> bool:
        """Whether both checks asked the same judge; else the first shows what a change did."""
        return self.reference is not None and self.reference.judge_id == self.check.judge_id

    @property
    def running(self) -> int:
        """Answers that are still to come."""
        return self.states[WorkState.PENDING] + self.states[WorkState.WORKING]

    @property
    def total(self) -> int:
        """Members that were put to the judge."""
        return sum(self.states.values())

    @property
    def ended(self) -> int:
        """Members whose answer came, or will not come."""
        return self.total - self.running

    @property
    def errors(self) -> int:
        """Members without an answer."""
        return self.states[WorkState.FAILED] + self.states[WorkState.SKIPPED]

    @property
    def missing(self) -> str:
        """Why the check says nothing; empty when it says something."""
        if self.running:
            return f"{self.running} answers are still to come"
        if len(self.said) < LEAST:
            return f"{len(self.said)} of {LEAST} answers"
        failed = sum(not self.members[key].passed for key in self.said)
        if failed < LEAST_FAILED:
            return f"{failed} of {LEAST_FAILED} answers on conversations people failed"
        return ""

    @property
    def state(self) -> State:
        """Holds, drifted, or not enough to say."""
        if self.missing:
            return State.NOT_ENOUGH
        moved = self.failures.has_moved or self.passes.has_moved
        return State.DRIFTED if moved else State.HOLDS

    @property
    def failures(self) -> Side:
        """Among the conversations people failed."""
        return self._side(passed=False)

    @property
    def passes(self) -> Side:
        """Among the conversations people passed."""
        return self._side(passed=True)

    def _side(self, *, passed: bool) -> Side:
        both = [key for key in self.said if key in self.before]
        both = [key for key in both if self.members[key].passed == passed]
        to_fail = sum(self.before[key] and not self.said[key] for key in both)
        to_pass = sum(self.said[key] and not self.before[key] for key in both)
        return Side(len(both), to_fail, to_pass)

    @cached_property
    def flips(self) -> list[Flip]:
        """The conversations on which the verdict flipped."""
        return [
            Flip(self.members[key], self.before[key], now)
            for key, now in self.said.items()
            if key in self.before and self.before[key] != now
        ]

    @property
    def finds(self) -> Interval:
        """Of what people failed, the share the judge fails; plain, the canary is no sample."""
        return self._agreement(passed=False)

    @property
    def lets_pass(self) -> Interval:
        """Of what people passed, the share the judge passes."""
        return self._agreement(passed=True)

    def _agreement(self, *, passed: bool) -> Interval:
        asked = [now for key, now in self.said.items() if self.members[key].passed == passed]
        if not asked:
            return Interval.refused("no such conversation", 0, "Wilson")
        return wilson_interval(asked.count(passed), len(asked))


def compared(check: CanaryCheck) -> Comparison:
    """A check beside its reference."""
    return _compare(check.agent, [check])[0]


def history(agent: Agent, limit: int) -> list[Comparison]:
    """The newest checks, newest first, each beside its reference."""
    return _compare(agent, list(agent.canary_checks.select_related("judge", "scorecard")[:limit]))


def newest_check(agent: Agent) -> Comparison | None:
    """The newest check of the canary beside its reference; None before the first."""
    return next(iter(history(agent, 1)), None)


def _compare(agent: Agent, checks: Sequence[CanaryCheck]) -> list[Comparison]:
    """Checks beside their references, in as many queries for many as for one."""
    if not checks:
        return []
    every = list(agent.canary_checks.select_related("judge", "scorecard"))
    running = _running(agent)
    references = {check.pk: reference_of(check, every, running) for check in checks}
    wanted = [*checks, *filter(None, references.values())]
    rows = list(
        CanaryResult.objects.filter(check_of__in=[one.pk for one in wanted])
        .order_by("pk")
        .values_list("check_of", "member", "state", "passed")
    )
    keys = {member for _, member, _, _ in rows}
    members = CanaryMember.objects.select_related("conversation").in_bulk(keys)
    said: dict[int, dict[int, bool]] = defaultdict(dict)
    states: dict[int, Counter[str]] = defaultdict(Counter)
    for check, member, state, passed in rows:
        states[check][state] += 1
        if state == WorkState.DONE and passed is not None:
            said[check][member] = passed
    return [
        Comparison(
            check=check,
            reference=reference,
            states=states[check.pk],
            said=said[check.pk],
            before=said[reference.pk] if reference else {},
            members=members,
        )
        for check in checks
        for reference in [references[check.pk]]
    ]


def _running(agent: Agent) -> set[int]:
    """The checks that still wait for answers."""
    rows = CanaryResult.objects.filter(
        check_of__agent=agent, state__in=[WorkState.PENDING, WorkState.WORKING]
    )
    return set(rows.order_by().values_list("check_of", flat=True))


def reference_of(
    check: CanaryCheck, every: Sequence[CanaryCheck], running: Collection[int]
) -> CanaryCheck | None:
    """What a check is compared with: the first of the same judge and scorecard, or, where it is the
    first itself, the last one of another judge with this scorecard. `every` is newest first; checks
    that wait for answers are left out.
    """
    earlier = [
        one
        for one in every
        if one.pk not in running
        and one.scorecard_id == check.scorecard_id
        and (one.created_at, one.pk) < (check.created_at, check.pk)
    ]
    same = [one for one in earlier if one.judge_id == check.judge_id]
    others = [one for one in earlier if one.judge_id != check.judge_id]
    return same[-1] if same else next(iter(others), None)


def guard(newest: Comparison | None) -> str:
    """Why the judge may not be trusted to be unchanged, by its newest check; empty when it may."""
    if newest is None:
        return "the canary has not been put to this judge yet"
    if newest.state == State.NOT_ENOUGH:
        return f"the canary cannot tell yet: {newest.missing}"
    if newest.state == State.DRIFTED and newest.same_judge:
        day = newest.check.day
        return f"the canary of {day.day} {day:%B} says that the judge has drifted"
    return ""
