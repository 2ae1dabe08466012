"""How much of a run is luck of its grader, from a sample of its grades asked for again."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import sqrt

from django.db.models import Count

from stats.intervals import Interval
from stats.quantiles import normal_quantile
from stats.strata import Stratum, stratified_score_interval
from testing.comparing.comparison import counted
from testing.models import Regrade, Run, SecondGrade

NOT_MEASURED = (
    "Grader noise is not measured: how much of this is luck of the grader, nobody knows yet."
)


@dataclass(frozen=True)
class GraderNoise:
    """What re-grading showed.

    `flip_rate`: share of grades that come out otherwise when asked for again. `to_fail` and
    `to_pass` count the flips each way, `ungraded` what was not graded again. `of_rate` and
    `of_difference`: within how many points (95 %) the grader alone moves the release's pass rate
    and the difference; `most_of_difference` with the upper end of the flip rate.
    """

    flip_rate: Interval
    to_fail: int
    to_pass: int
    ungraded: int
    of_rate: float | None = None
    of_difference: float | None = None
    most_of_difference: float | None = None

    @property
    def sentence(self) -> str:
        """What it says, in words."""
        rate = self.flip_rate
        if rate.estimate is None or rate.low is None or rate.high is None:
            return f"Grader noise cannot be told: {rate.reason}."
        flips = self.to_fail + self.to_pass
        said = (
            f"Asked again, the grader turned {flips} of {counted(rate.n, 'grade')}: "
            f"{100 * rate.estimate:.1f} % flip (95 % interval {100 * rate.low:.1f} to "
            f"{100 * rate.high:.1f} %)."
        )
        if self.of_rate is None:
            return said
        said += f" By that alone the pass rate moves within ±{100 * self.of_rate:.1f} points"
        if self.of_difference is None or self.most_of_difference is None:
            return f"{said}."
        return (
            f"{said} and the difference within ±{100 * self.of_difference:.1f}, at most "
            f"±{100 * self.most_of_difference:.1f}. The interval of the difference holds this luck."
        )


def flip_rate(grades: Iterable[SecondGrade]) -> Interval:
    """The share of all grades of the run that would flip, each stratum weighed by its size.

    Strata are those of the draw; the score interval is Wilson's, for strata.
    """
    sizes: dict[tuple[int, bool], int] = {}
    given: Counter[tuple[int, bool]] = Counter()
    flips: Counter[tuple[int, bool]] = Counter()
    for grade in grades:
        if grade.passed is None:
            continue
        stratum = (grade.result.release_id, grade.first_passed)
        sizes[stratum] = grade.stratum_size
        given[stratum] += 1
        flips[stratum] += grade.is_flip
    if not sizes:
        return Interval.refused("no grade was given again", 0, "stratified score")
    strata = [Stratum(size, given[key], flips[key]) for key, size in sizes.items()]
    return stratified_score_interval(strata)


def spread(weights: Iterable[float], flips: float) -> float:
    """Within how much (95 %) grades that flip so often move a sum of them with these weights.

    Two gradings of one answer differ with probability 2 q (1 - q), q its chance to pass; so one
    grading has the variance flips / 2, and one that counts for several trials does so at once.
    """
    variance = flips / 2 * sum(weight * weight for weight in weights)
    return normal_quantile(0.975) * sqrt(variance)


def noise_of(regrade: Regrade) -> GraderNoise:
    """What a re-grading showed so far; three queries."""
    grades = list(regrade.grades.select_related("result"))
    rate = flip_rate(grades)
    turned = [grade.passed for grade in grades if grade.is_flip]
    ungraded = sum(grade.passed is None for grade in grades)
    found = GraderNoise(rate, turned.count(False), turned.count(True), ungraded)
    if rate.estimate is None or rate.high is None:
        return found
    ours, difference = _weights(regrade.run)
    found = replace(found, of_rate=spread(ours, rate.estimate))
    if regrade.run.baseline_id is None:
        return found
    usual, most = spread(difference, rate.estimate), spread(difference, rate.high)
    return replace(found, of_difference=usual, most_of_difference=most)


def _weights(run: Run) -> tuple[list[float], list[float]]:
    """What each grade of the run weighs in the release's pass rate, and in the difference.

    A grade shared by identical answers weighs as much as they all; shared by both releases, it
    hardly weighs in their difference.
    """
    rows = run.results.filter(passed__isnull=False).order_by()
    totals: dict[int, int] = dict(rows.values_list("release").annotate(Count("pk")))
    columns = ("pk", "case_id", "trial", "release_id", "same_answer_as_id", "is_shared")
    graded = list(rows.exclude(grade_model="").values_list(*columns))
    given = {
        (case, trial): same or pk
        for pk, case, trial, release, same, _ in graded
        if release == run.baseline_id
    }
    ours: Counter[int] = Counter()
    theirs: Counter[int] = Counter()
    for pk, case, trial, release, same, is_shared in graded:
        grade = given.get((case, trial), pk) if is_shared else same or pk
        (ours if release == run.release_id else theirs)[grade] += 1
    of_rate = {grade: count / totals[run.release_id] for grade, count in ours.items()}
    of_difference = dict(of_rate)
    for grade, count in theirs.items():
        of_difference[grade] = of_difference.get(grade, 0.0) - count / totals[run.baseline_id or 0]
    return list(of_rate.values()), list(of_difference.values())
