"""How far one version of the judge agrees with people, and people with each other.

Conversations are drawn with unequal probabilities, so every verdict counts N / n times. Labels of
two versions are never put together: each is an instrument of its own.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from context.models import Agent
from reviews.agreement.pairs import (
    OVERALL,
    Label,
    Pair,
    criterion_pairs,
    doubles,
    first_readings,
    labels_by_version,
    labels_of,
    overall_pairs,
)
from reviews.models import Criterion, Grade, JudgeVersion
from stats.agreement import Confusion, JudgeError, cohen_kappa, gwet_ac1, judge_error
from stats.intervals import Interval
from stats.krippendorff import LEAST_ALPHA, alpha_of_doubles
from stats.strata import Stratum as Sampled

PERIOD = timedelta(weeks=13)
Weights = Mapping[str, float]


@dataclass(frozen=True)
class CriterionAgreement:
    """One question: the judge against people, and people against each other on blind doubles.

    `read` counts the verdicts in the cells of the table, `judge.confusion` the conversations they
    stand for. `unverified` of the judge's answers rest on a quote that was not found.
    """

    key: str
    name: str
    critical: bool
    read: Confusion
    unverified: int
    judge: JudgeError
    kappa: Interval
    ac1: Interval
    doubles: int
    same: int
    alpha: Interval

    @property
    def compared(self) -> int:
        """Verdicts with an answer of both."""
        return round(sum(self.read))

    @property
    def is_overall(self) -> bool:
        """Whether this is the verdict on the whole conversation."""
        return self.key == OVERALL

    @property
    def rubric_is_the_finding(self) -> bool:
        """Whether people surely agree too little for anybody to be measured by them."""
        return self.alpha.high is not None and self.alpha.high < LEAST_ALPHA

    @property
    def rubric_is_doubtful(self) -> bool:
        """Whether people seem to agree too little, but too few were read twice to be sure."""
        estimate = self.alpha.estimate
        doubtful = estimate is not None and estimate < LEAST_ALPHA
        return doubtful and not self.rubric_is_the_finding


@dataclass(frozen=True)
class Agreement:
    """One version of the judge over a period: the overall verdict first, then the criteria.

    `labels` counts the conversations people judged in the period by version of the judge.
    """

    judge: JudgeVersion | None
    rows: list[CriterionAgreement]
    labels: Counter[int]

    @property
    def of_other_versions(self) -> list[tuple[int, int]]:
        """(version, labels) of the other versions that have any in the period, newest first."""
        own = self.judge.number if self.judge else None
        return sorted(((v, n) for v, n in self.labels.items() if v != own), reverse=True)


def agreement(
    agent: Agent, first_day: date, last_day: date, judge: JudgeVersion | None
) -> Agreement:
    """Agreement over the verdicts on what ended on the days, in the order of the scorecard.

    Pairs with "not applicable" on either side are left out.
    """
    pairs: dict[str, list[Pair]] = defaultdict(list)
    weights: Weights = {}
    if judge is not None:
        labels = labels_of(agent, first_day, last_day, judge)
        weights = weights_of(labels.values())
        verdicts = first_readings(agent, first_day, last_day, judge)
        for pair in (*overall_pairs(labels), *criterion_pairs(labels, verdicts)):
            pairs[pair.key].append(pair)
    read_twice = doubles(agent, first_day, last_day)
    criteria = Criterion.objects.filter(scorecard__agent=agent, scorecard__active=True)
    asked = [(OVERALL, "Overall verdict", True)]
    asked += [(one.key, one.name, one.critical) for one in criteria]
    rows = [
        _row(key, name, critical, pairs[key], weights, read_twice[key])
        for key, name, critical in asked
        if pairs[key] or read_twice[key]
    ]
    return Agreement(judge, rows, labels_by_version(agent, first_day, last_day))


def overall_error(
    agent: Agent, first_day: date, last_day: date, judge: JudgeVersion
) -> tuple[int, JudgeError]:
    """How many labels measure one version on the overall verdict, and its error; one query."""
    labels = labels_of(agent, first_day, last_day, judge)
    pairs = overall_pairs(labels)
    return len(pairs), judge_error(*_strata(pairs, weights_of(labels.values())))


def _row(
    key: str,
    name: str,
    critical: bool,
    pairs: list[Pair],
    weights: Weights,
    both: list[tuple[str, str]],
) -> CriterionAgreement:
    error = judge_error(*_strata(pairs, weights))
    table = _scaled(error.confusion.table, len(pairs))
    cells = Counter((pair.judge, pair.person) for pair in pairs)
    fail, ok = Grade.FAIL.value, Grade.PASS.value
    read = Confusion(cells[fail, fail], cells[fail, ok], cells[ok, fail], cells[ok, ok])
    return CriterionAgreement(
        key=key,
        name=name,
        critical=critical,
        read=read,
        unverified=sum(not pair.verified for pair in pairs),
        judge=error,
        kappa=cohen_kappa(table),
        ac1=gwet_ac1(table),
        doubles=len(both),
        same=sum(one == other for one, other in both),
        alpha=alpha_of_doubles(both),
    )


def _scaled(table: list[list[float]], n: int) -> list[list[float]]:
    """The weighted table brought down to the verdicts it rests on, so that its doubt is theirs."""
    volume = sum(map(sum, table))
    return [[value * n / volume if volume else 0.0 for value in row] for row in table]


def weights_of(labels: Iterable[Label]) -> Weights:
    """How many conversations a verdict stands for, by stratum: N / n, its days taken together."""
    read: Counter[str] = Counter()
    sizes: dict[str, dict[date, int]] = defaultdict(dict)
    for label in labels:
        read[label.stratum] += 1
        sizes[label.stratum][label.day] = label.size
    return {stratum: sum(sizes[stratum].values()) / n for stratum, n in read.items()}


def _strata(pairs: Iterable[Pair], weights: Weights) -> tuple[list[Sampled], list[Sampled]]:
    """The reviewed conversations as strata the judge failed and passed, each weighted N / n.

    Within a stratum, conversations the judge failed on this question, and those it does not apply
    to, are taken to be as frequent among the N as among the n that people read.
    """
    counts: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for pair in pairs:
        cell = counts[pair.stratum, pair.judge]
        cell[0] += 1
        cell[1] += pair.person == Grade.FAIL
    sides: dict[str, list[Sampled]] = {Grade.FAIL: [], Grade.PASS: []}
    for (stratum, judge), (n, x) in counts.items():
        sides[judge].append(Sampled(weights[stratum] * n, n, x))
    return sides[Grade.FAIL], sides[Grade.PASS]
