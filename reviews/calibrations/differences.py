"""What a calibration shows: who said what, where people differ most, and what they agreed on."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from accounts.models import User
from reviews.models import (
    CalibrationConversation,
    CalibrationRule,
    CalibrationSession,
    Criterion,
    CriterionResult,
    Opinion,
    OpinionAnswer,
)
from stats.krippendorff import krippendorff_alpha


@dataclass(frozen=True)
class Difference:
    """One question about one conversation: each person's answer, the judge's, what was agreed."""

    entry: CalibrationConversation
    criterion: Criterion
    answers: list[OpinionAnswer]
    judge: CriterionResult | None
    rules: list[CalibrationRule]

    @property
    def disagreement(self) -> float:
        """The share of pairs of people who answered differently."""
        same, pairs = pairs_of([one.verdict for one in self.answers])
        return 1 - same / pairs if pairs else 0.0

    @property
    def agreed(self) -> CalibrationRule | None:
        """What the group agreed on last."""
        return self.rules[-1] if self.rules else None


@dataclass(frozen=True)
class Compared:
    """One conversation with all its questions, those first on which people differ most."""

    entry: CalibrationConversation
    opinions: list[Opinion]
    differences: list[Difference]

    @property
    def differing(self) -> list[Difference]:
        """The questions that not everybody answered the same."""
        return [one for one in self.differences if one.disagreement > 0]

    @property
    def disagreement(self) -> float:
        """The mean over its questions."""
        found = [one.disagreement for one in self.differences]
        return sum(found) / len(found) if found else 0.0


@dataclass(frozen=True)
class Pairwise:
    """How often people answered the same, of all their pairs of answers; `alpha` beyond chance."""

    name: str
    critical: bool
    same: int
    pairs: int
    alpha: float | None
    judge_same: int
    judge_pairs: int

    @property
    def share(self) -> float | None:
        """The share of pairs that agree."""
        return self.same / self.pairs if self.pairs else None

    @property
    def judge_share(self) -> float | None:
        """The share of people's answers that are also the judge's."""
        return self.judge_same / self.judge_pairs if self.judge_pairs else None


@dataclass(frozen=True)
class Differences:
    """The page of a closed session."""

    conversations: list[Compared]
    criteria: list[Pairwise]
    people: list[Pairwise]


def differences_of(session: CalibrationSession) -> Differences:
    """Compare what the people who took part to the end handed in."""
    entries = list(session.conversations.select_related("conversation", "review"))
    present = session.participants.filter(removed_at=None).values("user")
    opinions = list(
        Opinion.objects.filter(
            entry__session=session, submitted_at__isnull=False, reviewer__in=present
        )
        .select_related("reviewer")
        .prefetch_related("results__criterion")
        .order_by("reviewer__username")
    )
    rules = CalibrationRule.objects.filter(entry__session=session).select_related("recorded_by")
    judged = CriterionResult.objects.filter(review__in=[one.review_id for one in entries])
    said = {(one.review_id, one.criterion_id): one for one in judged}
    compared = [
        _compared(entry, [one for one in opinions if one.entry_id == entry.pk], said, list(rules))
        for entry in entries
    ]
    compared.sort(key=lambda one: -one.disagreement)
    flat = [one for found in compared for one in found.differences]
    people = list({one.reviewer_id: one.reviewer for one in opinions}.values())
    return Differences(compared, _criteria(flat, people), _people(flat, people))


def _compared(
    entry: CalibrationConversation,
    opinions: list[Opinion],
    said: dict[tuple[int, int], CriterionResult],
    rules: list[CalibrationRule],
) -> Compared:
    """One conversation with its questions, sorted by disagreement."""
    by_criterion: dict[int, list[OpinionAnswer]] = {}
    for opinion in opinions:
        for answer in opinion.results.all():
            answer.parent = opinion
            by_criterion.setdefault(answer.criterion_id, []).append(answer)
    found = [
        Difference(
            entry=entry,
            criterion=answers[0].criterion,
            answers=answers,
            judge=said.get((entry.review_id or 0, key)),
            rules=[r for r in rules if (r.entry_id, r.criterion_id) == (entry.pk, key)],
        )
        for key, answers in by_criterion.items()
    ]
    found.sort(key=lambda one: (-one.disagreement, one.criterion.position))
    return Compared(entry, opinions, found)


def _criteria(flat: Sequence[Difference], people: Sequence[User]) -> list[Pairwise]:
    """Agreement on each question, in the order of the scorecard."""
    criteria = {one.criterion.pk: one.criterion for one in flat}
    ordered = sorted(criteria.values(), key=lambda one: one.position)
    return [
        _pairwise(one.name, one.critical, [d for d in flat if d.criterion.pk == one.pk], people)
        for one in ordered
    ]


def _people(flat: Sequence[Difference], people: Sequence[User]) -> list[Pairwise]:
    """Agreement of each two people over all questions."""
    return [_pairwise(f"{one} and {other}", False, flat, (one, other))
            for one, other in combinations(people, 2)]  # fmt: skip


def _pairwise(
    name: str, critical: bool, flat: Sequence[Difference], people: Sequence[User]
) -> Pairwise:
    """Agreement of these people on these questions; "not applicable" is an answer like others."""
    ratings: list[list[str | None]] = [[] for _ in people]
    same = pairs = judge_same = judge_pairs = 0
    for one in flat:
        given = {answer.parent.reviewer_id: answer.verdict for answer in one.answers}
        row = [given.get(person.pk) for person in people]
        for rater, verdict in zip(ratings, row, strict=True):
            rater.append(verdict)
        known = [verdict for verdict in row if verdict is not None]
        agreeing, counted = pairs_of(known)
        same, pairs = same + agreeing, pairs + counted
        if one.judge is not None:
            judge_same += sum(verdict == one.judge.verdict for verdict in known)
            judge_pairs += len(known)
    alpha = krippendorff_alpha(ratings) if flat else None
    return Pairwise(name, critical, same, pairs, alpha, judge_same, judge_pairs)


def pairs_of(answers: Sequence[str]) -> tuple[int, int]:
    """How many pairs of answers agree, and how many there are."""
    pairs = list(combinations(answers, 2))
    return sum(one == other for one, other in pairs), len(pairs)
