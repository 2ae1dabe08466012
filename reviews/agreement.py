"""How far the judge agrees with people, criterion by criterion, and people with each other.

Conversations are drawn with unequal probabilities, so every verdict counts N / n times.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from context.models import Agent
from reviews.models import Criterion, CriterionResult, CriterionVerdict, Grade, Stratum, Verdict
from reviews.quality import ONE_DAY
from stats.agreement import JudgeError, cohen_kappa, gwet_ac1, judge_error
from stats.intervals import Interval
from stats.strata import Stratum as Sampled

PERIOD = timedelta(days=28)


@dataclass(frozen=True)
class CriterionAgreement:
    """One criterion: the judge against people, and people against each other on blind doubles."""

    name: str
    critical: bool
    compared: int
    judge: JudgeError
    kappa: Interval
    ac1: Interval
    doubles: int
    same: int


@dataclass(frozen=True)
class Pair:
    """One criterion of one conversation as the judge and a person answered it."""

    key: str
    judge: str
    person: str
    stratum: str
    day: date
    size: int


def agreement(agent: Agent, first_day: date, last_day: date) -> list[CriterionAgreement]:
    """Agreement per criterion over the verdicts of the days, in the order of the scorecard.

    Pairs with "not applicable" on either side are left out.
    """
    pairs = defaultdict(list)
    for pair in _pairs(agent, first_day, last_day):
        pairs[pair.key].append(pair)
    doubles = _doubles(agent, first_day, last_day)
    criteria = Criterion.objects.filter(scorecard__agent=agent, scorecard__active=True)
    return [
        _agreement(one, pairs[one.key], doubles[one.key])
        for one in criteria
        if pairs[one.key] or doubles[one.key]
    ]


def _standing(agent: Agent, first_day: date, last_day: date) -> dict[str, object]:
    """The filter of the standing verdicts on the draws of the days."""
    return {
        "parent__item__queue__agent": agent,
        "parent__item__queue__date__range": (first_day + ONE_DAY, last_day + ONE_DAY),
        "parent__withdrawn_at": None,
        "verdict__in": [Grade.PASS, Grade.FAIL],
    }


def _pairs(agent: Agent, first_day: date, last_day: date) -> list[Pair]:
    """Every answer of a person beside the judge's to the same criterion."""
    people = (
        CriterionVerdict.objects.filter(**_standing(agent, first_day, last_day))
        .filter(parent__item__slot=1)
        .exclude(parent__item__stratum__name=Stratum.LATE)
        .values_list(
            "criterion__key",
            "verdict",
            "parent__review",
            "parent__item__stratum__name",
            "parent__item__queue__date",
            "parent__item__stratum__size",
        )
    )
    reviews = Verdict.objects.filter(
        item__queue__agent=agent,
        item__queue__date__range=(first_day + ONE_DAY, last_day + ONE_DAY),
    ).values("review")
    said = CriterionResult.objects.filter(
        review__in=reviews, verdict__in=[Grade.PASS, Grade.FAIL]
    ).values_list("review", "criterion__key", "verdict")
    judged = {(review, key): verdict for review, key, verdict in said}
    return [
        Pair(key, judged[review, key], person, stratum, day, size)
        for key, person, review, stratum, day, size in people
        if (review, key) in judged
    ]


def _doubles(agent: Agent, first_day: date, last_day: date) -> dict[str, list[tuple[str, str]]]:
    """Per criterion, the two answers of each conversation that two people read."""
    rows = (
        CriterionVerdict.objects.filter(**_standing(agent, first_day, last_day))
        .order_by("parent__item__slot")
        .values_list("criterion__key", "parent__item__queue", "parent__conversation", "verdict")
    )
    answers: dict[tuple[str, int, int], list[str]] = defaultdict(list)
    for key, queue, conversation, verdict in rows:
        answers[key, queue, conversation].append(verdict)
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for (key, _, _), given in answers.items():
        if len(given) == 2:
            found[key].append((given[0], given[1]))
    return found


def _agreement(
    criterion: Criterion, pairs: list[Pair], doubles: list[tuple[str, str]]
) -> CriterionAgreement:
    error = judge_error(*_strata(pairs))
    table = _scaled(error.confusion.table, len(pairs))
    return CriterionAgreement(
        name=criterion.name,
        critical=criterion.critical,
        compared=len(pairs),
        judge=error,
        kappa=cohen_kappa(table),
        ac1=gwet_ac1(table),
        doubles=len(doubles),
        same=sum(one == other for one, other in doubles),
    )


def _scaled(table: list[list[float]], n: int) -> list[list[float]]:
    """The weighted table brought down to the verdicts it rests on, so that its doubt is theirs."""
    volume = sum(map(sum, table))
    return [[value * n / volume if volume else 0.0 for value in row] for row in table]


def _strata(pairs: list[Pair]) -> tuple[list[Sampled], list[Sampled]]:
    """The reviewed conversations as strata the judge failed and passed, each weighted N / n.

    The days of a stratum are taken together. Within it, conversations the judge failed on this
    criterion are taken to be as frequent among the N as among the n that people read.
    """
    reviewed: dict[str, int] = defaultdict(int)
    sizes: dict[str, dict[date, int]] = defaultdict(dict)
    counts: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for pair in pairs:
        reviewed[pair.stratum] += 1
        sizes[pair.stratum][pair.day] = pair.size
        cell = counts[pair.stratum, pair.judge]
        cell[0] += 1
        cell[1] += pair.person == Grade.FAIL
    sides: dict[str, list[Sampled]] = {Grade.FAIL: [], Grade.PASS: []}
    for (stratum, judge), (n, x) in counts.items():
        volume = sum(sizes[stratum].values())
        sides[judge].append(Sampled(volume * n / reviewed[stratum], n, x))
    return sides[Grade.FAIL], sides[Grade.PASS]
