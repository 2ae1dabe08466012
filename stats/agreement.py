"""How far the judge agrees with people, and people with each other.

Reviewed conversations are not a random sample (hard ones are drawn more often), so the judge's
error is always weighted back by N / n. Two blind reviewers of the same draw need no weights.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stats.intervals import NO_SPREAD, Interval
from stats.quantiles import normal_quantile
from stats.strata import Stratum

LEAST_FOUND = 10  # human-found failures (or passes) below which a share of them is refused
POSTERIOR_DRAWS, POSTERIOR_SEED = 2000, 20_000


class Confusion(NamedTuple):
    """Conversations by what the judge and the person said; "positive" is a failure."""

    tp: float
    fp: float
    fn: float
    tn: float

    @property
    def table(self) -> list[list[float]]:
        """Rows: the judge says fail, ok. Columns: the person says fail, ok."""
        return [[self.tp, self.fp], [self.fn, self.tn]]

    @property
    def kappa(self) -> float | None:
        """Cohen's kappa of the (weighted) table; None where one side gave a single answer."""
        return cohen_kappa(self.table).estimate

    @property
    def agreement(self) -> float | None:
        """The share of conversations on which both say the same."""
        volume = sum(self)
        return (self.tp + self.tn) / volume if volume else None


@dataclass(frozen=True)
class JudgeError:
    """The judge against people: weighted confusion, and the two rates with intervals."""

    confusion: Confusion
    sensitivity: Interval
    specificity: Interval


def weighted_confusion(judge_fail: Sequence[Stratum], judge_ok: Sequence[Stratum]) -> Confusion:
    """The confusion table of all conversations, from the reviewed ones.

    Each stratum (x = failures the person found) holds only conversations the judge failed, or
    only ones it passed, and counts N / n for each review. Begg & Greenes 1983. Strata without a
    review are left out.
    """
    fails, oks = [s for s in judge_fail if s.n], [s for s in judge_ok if s.n]
    tp, fn = sum(s.N * s.rate for s in fails), sum(s.N * s.rate for s in oks)
    return Confusion(tp, sum(s.N for s in fails) - tp, fn, sum(s.N for s in oks) - fn)


def judge_error(
    judge_fail: Sequence[Stratum], judge_ok: Sequence[Stratum], alpha: float = 0.05
) -> JudgeError:
    """Sensitivity (failures the judge finds) and specificity (passes it lets pass).

    Intervals: quantiles of 2,000 draws of p_h ~ Beta(x_h + .5, n_h - x_h + .5), fixed seed (this
    project; coverage .96-.97). A side of the judge of which nothing was reviewed has a drawn
    volume too, so that "never seen" is no certainty. Each rate is refused below 10 human-found
    failures (passes).
    """
    fails, oks = [s for s in judge_fail if s.n], [s for s in judge_ok if s.n]
    confusion = weighted_confusion(fails, oks)
    random = np.random.default_rng(POSTERIOR_SEED)
    tp, fp = _posterior_volumes(fails or _unseen(oks, random), random)
    fn, tn = _posterior_volumes(oks or _unseen(fails, random), random)
    failed = round(sum(s.x for s in (*fails, *oks)))
    passed = round(sum(s.n for s in (*fails, *oks))) - failed
    return JudgeError(
        confusion,
        _share_interval(confusion.tp, confusion.fn, tp, fn, failed, "failures", alpha),
        _share_interval(confusion.tn, confusion.fp, tn, fp, passed, "passes", alpha),
    )


Draws = NDArray[np.float64]


class _Volume(NamedTuple):
    """A stratum whose volume may be known by draws alone."""

    N: float | Draws
    n: float
    x: float


def _unseen(reviewed: Sequence[Stratum], random: np.random.Generator) -> list[_Volume]:
    """The judge's other answer where none of the reviewed conversations got it.

    Of n reviewed ones 0 did, so its share is drawn from Beta(.5, n + .5), and of what people
    would say of it nothing is known.
    """
    volume, n = sum(s.N for s in reviewed), sum(s.n for s in reviewed)
    return [_Volume(volume * random.beta(0.5, n + 0.5, POSTERIOR_DRAWS), 0, 0)]


def _posterior_volumes(
    strata: Sequence[Stratum | _Volume], random: np.random.Generator
) -> tuple[Draws, Draws]:
    """Draws of how many of the strata's conversations failed, and how many did not."""
    failed, passed = np.zeros(POSTERIOR_DRAWS), np.zeros(POSTERIOR_DRAWS)
    for s in strata:
        share = random.beta(s.x + 0.5, s.n - s.x + 0.5, POSTERIOR_DRAWS)
        failed, passed = failed + s.N * share, passed + s.N * (1 - share)
    return failed, passed


def _share_interval(
    part: float,
    rest: float,
    part_draws: Draws,
    rest_draws: Draws,
    found: int,
    noun: str,
    alpha: float,
) -> Interval:
    """part / (part + rest) with the quantiles of its draws."""
    method = "weighted, Beta draws"
    if found < LEAST_FOUND:
        reason = f"insufficient data: {found} human-found {noun}, {LEAST_FOUND} are needed"
        return Interval.refused(reason, found, method)
    shares = part_draws / (part_draws + rest_draws)
    low, high = (float(q) for q in np.quantile(shares, [alpha / 2, 1 - alpha / 2]))
    estimate = part / (part + rest)
    return Interval(estimate, min(low, estimate), max(high, estimate), found, method)


def cohen_kappa(table: Sequence[Sequence[float]], alpha: float = 0.05) -> Interval:
    """Cohen's kappa (po - pe) / (1 - pe) of two raters; `table` counts rater 1 x rater 2.

    Standard error of Fleiss, Cohen & Everitt 1969, normal limits. Cohen 1960. Low for rare
    failures although agreement is high: show it second to AC1 and the table.
    """
    counts = np.array(table, dtype=float)
    n = counts.sum()
    method = "Cohen's kappa"
    if n == 0:
        return Interval.refused("nobody rated anything twice", 0, method)
    p = counts / n
    row, column, agreed = p.sum(axis=1), p.sum(axis=0), float(np.trace(p))
    chance = float(row @ column)
    if chance >= 1 - NO_SPREAD:
        return Interval.refused("only one answer was ever given", round(n), method)
    kappa = (agreed - chance) / (1 - chance)
    diagonal = np.diag(p) @ (1 - (row + column) * (1 - kappa)) ** 2
    squares = p * (column[:, None] + row[None, :]) ** 2
    off_diagonal = (1 - kappa) ** 2 * (squares.sum() - np.trace(squares))
    variance = diagonal + off_diagonal - (kappa - chance * (1 - kappa)) ** 2
    se = sqrt(max(0.0, float(variance)) / n) / (1 - chance)
    return _normal_limits(kappa, se, round(n), method, alpha)


def gwet_ac1(table: Sequence[Sequence[float]], alpha: float = 0.05) -> Interval:
    """Gwet's AC1 of two raters: chance agreement pe = sum pi_k (1 - pi_k) / (q - 1).

    pi_k is the mean share of category k over both raters, q the number of categories (>= 2).
    Standard error by linearisation over subjects. Gwet 2008. Stays meaningful when
    failures are rare.
    """
    counts = np.array(table, dtype=float)
    n = counts.sum()
    method = "Gwet's AC1"
    if n < 2:
        return Interval.refused("too little was rated twice", round(n), method)
    p, q = counts / n, len(counts)
    pi, agreed = (p.sum(axis=0) + p.sum(axis=1)) / 2, float(np.trace(p))
    chance = float(pi @ (1 - pi)) / (q - 1)
    ac1 = (agreed - chance) / (1 - chance)
    chance_of_pair = (1 - (pi[:, None] + pi[None, :]) / 2) / (q - 1)
    linear = (np.eye(q) - chance - 2 * (1 - ac1) * (chance_of_pair - chance)) / (1 - chance)
    variance = float((p * (linear - ac1) ** 2).sum())
    return _normal_limits(ac1, sqrt(variance / n), round(n), method, alpha)


def _normal_limits(estimate: float, se: float, n: int, method: str, alpha: float) -> Interval:
    """estimate ± z · se within [-1, 1]; no limits when everything agreed."""
    if se <= NO_SPREAD:
        return Interval.refused("all ratings agree, so the spread is unknown", n, method, estimate)
    reach = normal_quantile(1 - alpha / 2) * se
    return Interval(
        estimate, max(-1.0, estimate - reach), min(1.0, estimate + reach), n, method, se=se
    )
