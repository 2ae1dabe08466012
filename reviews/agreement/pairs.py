"""Answers side by side: a person's beside the judge's, and two people's beside each other."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, QuerySet

from context.models import Agent
from reviews.agreement.split import tunes
from reviews.models import (
    CriterionResult,
    CriterionVerdict,
    Grade,
    JudgeVersion,
    QueueItem,
    Stratum,
    Verdict,
)
from reviews.quality.labels import ONE_DAY
from reviews.team.readings import OWN

OVERALL = ""  # the key of the overall verdict: whether a critical criterion failed
CONCLUSIVE = (Grade.PASS, Grade.FAIL)


@dataclass(frozen=True)
class Pair:
    """One question of one conversation as the judge and a person answered it.

    `verified` says whether the judge's quote was found.
    """

    key: str
    judge: str
    person: str
    stratum: str
    verified: bool


@dataclass(frozen=True)
class Label:
    """One conversation as a person judged it, with the draw it came from: `size` is the N of its
    stratum on its day.
    """

    review: int
    judge_passed: bool
    passed: bool
    stratum: str
    day: date
    size: int


def standing_verdicts(agent: Agent, first_day: date, last_day: date) -> QuerySet[Verdict]:
    """The verdicts that stand on what ended on these days, late flags left out."""
    return Verdict.objects.filter(
        item__queue__agent=agent,
        item__queue__date__range=(first_day + ONE_DAY, last_day + ONE_DAY),
        withdrawn_at=None,
    ).exclude(item__stratum__name=Stratum.LATE)


def own_readings(agent: Agent, first_day: date, last_day: date) -> QuerySet[Verdict]:
    """What each reader said themselves: a verdict that a dispute overturned is still their reading,
    and the decision, made with everything in view, is nobody's.
    """
    return Verdict.objects.filter(
        OWN,
        supersedes=None,
        item__queue__agent=agent,
        item__queue__date__range=(first_day + ONE_DAY, last_day + ONE_DAY),
    ).exclude(item__stratum__name=Stratum.LATE)


def first_readings(
    agent: Agent, first_day: date, last_day: date, judge: JudgeVersion
) -> QuerySet[Verdict]:
    """Of each conversation the first reading, where this version of the judge had reviewed it."""
    return standing_verdicts(agent, first_day, last_day).filter(item__slot=1, review__judge=judge)


def labels_by_version(agent: Agent, first_day: date, last_day: date) -> Counter[int]:
    """How many conversations people judged, by the number of the version that had reviewed them."""
    rows = standing_verdicts(agent, first_day, last_day).filter(item__slot=1)
    numbers = rows.exclude(review=None).values_list("review__judge__number", flat=True)
    return Counter(numbers)


def labels_of(
    agent: Agent, first_day: date, last_day: date, judge: JudgeVersion
) -> dict[int, Label]:
    """People's verdicts beside one version of the judge, by the key of the verdict.

    A version that is taught by traps is measured on the conversations for measuring alone; any
    other was tuned on nothing, and all measure it.
    """
    rows = first_readings(agent, first_day, last_day, judge).values_list(
        "pk",
        "review",
        "review__passed",
        "passed",
        "item__stratum__name",
        "item__queue__date",
        "item__stratum__size",
        "conversation__source",
        "conversation__external_id",
    )
    return {
        key: Label(review, judged, passed, stratum, drawn_on - ONE_DAY, size)
        for key, review, judged, passed, stratum, drawn_on, size, *name in rows
        if judged is not None and not (judge.is_taught and tunes(agent, *name))
    }


def overall_pairs(labels: dict[int, Label]) -> list[Pair]:
    """The overall verdicts side by side."""
    return [
        Pair(
            OVERALL,
            _grade(one.judge_passed),
            _grade(one.passed),
            one.stratum,
            verified=True,
        )
        for one in labels.values()
    ]


def criterion_pairs(labels: dict[int, Label], verdicts: QuerySet[Verdict]) -> Iterator[Pair]:
    """Every criterion that both passed or failed; "not applicable" is no opinion.

    `verdicts` are the rows that `labels` was read from.
    """
    said = CriterionResult.objects.filter(
        review__in=verdicts.values("review"), verdict__in=CONCLUSIVE
    ).values_list("review", "criterion__key", "verdict", "verified")
    judged = {(review, key): (verdict, verified) for review, key, verdict, verified in said}
    people = CriterionVerdict.objects.filter(parent__in=verdicts, verdict__in=CONCLUSIVE)
    for parent, key, person in people.values_list("parent", "criterion__key", "verdict"):
        label = labels.get(parent)
        if label is None or (label.review, key) not in judged:
            continue
        judge, verified = judged[label.review, key]
        yield Pair(key, judge, person, label.stratum, verified)


def doubles(agent: Agent, first_day: date, last_day: date) -> dict[str, list[tuple[str, str]]]:
    """By key, the two answers of each conversation that two people read blind of each other, as
    they were first given.
    """
    second = QueueItem.objects.filter(
        queue=OuterRef("item__queue"),
        conversation=OuterRef("item__conversation"),
        slot=2,
        state=QueueItem.State.DONE,
    )
    verdicts = own_readings(agent, first_day, last_day).filter(Exists(second))
    given: dict[tuple[str, int, int], list[str]] = defaultdict(list)
    overall = verdicts.order_by("item__slot").values_list("item__queue", "conversation", "passed")
    for queue, conversation, passed in overall:
        given[OVERALL, queue, conversation].append(_grade(passed))
    answers = CriterionVerdict.objects.filter(parent__in=verdicts, verdict__in=CONCLUSIVE)
    for key, queue, conversation, verdict in answers.order_by("parent__item__slot").values_list(
        "criterion__key", "parent__item__queue", "parent__conversation", "verdict"
    ):
        given[key, queue, conversation].append(verdict)
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for (key, _, _), both in given.items():
        if len(both) == 2:
            found[key].append((both[0], both[1]))
    return found


def _grade(passed: bool) -> str:
    return (Grade.PASS if passed else Grade.FAIL).value
