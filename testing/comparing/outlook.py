"""What a comparison could have shown, and what would show more: cases or trials. Pure."""

from dataclasses import dataclass
from math import ceil, sqrt
from typing import Self

from stats.intervals import Interval
from stats.paired import paired_cases_guarded
from stats.planning import (
    VarianceComponents,
    cases_needed_paired,
    mde_paired_cases,
    paired_variance_components,
    power_paired,
)


@dataclass(frozen=True)
class Outlook:
    """Where the spread of the case differences comes from, over so many cases of so many trials."""

    components: VarianceComponents
    cases: int
    trials: int

    @classmethod
    def of(
        cls, baseline: list[int], candidate: list[int], trials: int, difference: Interval
    ) -> Self | None:
        """From a finished pair; None with fewer than two cases.

        What the guard and related cases add to the spread is counted as between cases: no trial
        would take it away.
        """
        cases = len(baseline)
        if cases < 2:
            return None
        omega2, sigma2_a, sigma2_b = paired_variance_components(baseline, candidate, trials)
        se = difference.se or paired_cases_guarded(baseline, candidate, trials).se or 0.0
        unexplained = se * se * cases - omega2 - (sigma2_a + sigma2_b) / trials
        parts = VarianceComponents(omega2 + max(0.0, unexplained), sigma2_a, sigma2_b)
        return cls(parts, cases, trials)

    @property
    def variance(self) -> float:
        """The variance of the difference of one case."""
        return self.components.omega2 + self.of_chance

    @property
    def of_chance(self) -> float:
        """The part of it that more trials would take away."""
        return (self.components.sigma2_a + self.components.sigma2_b) / self.trials

    @property
    def smallest(self) -> float:
        """The smallest true difference that would mostly (80 %) have been seen."""
        return min(1.0, mde_paired_cases(sqrt(self.variance), self.cases))

    def needed(self, difference: float, trials: int | None = None) -> int:
        """The cases with which a true difference of this size is mostly (80 %) seen."""
        k = trials or self.trials
        return ceil(cases_needed_paired(self.components, k, k, difference))

    def power(self, difference: float) -> float:
        """The chance that a true difference of this size is seen with the cases there are."""
        return power_paired(self.components, self.cases, self.trials, difference)

    def advice(self, difference: float) -> str:
        """Whether more trials or more cases help to see a difference of this size."""
        if self.trials == 1:
            return "One trial a case cannot show whether more trials would help; 3 would."
        share = self.of_chance / self.variance if self.variance else 0.0
        if share < 0.25:
            return "More trials would hardly help: cases differ more than their trials do."
        more = 2 * self.trials
        return f"Or {self.needed(difference, more)} with {more} trials a case."
