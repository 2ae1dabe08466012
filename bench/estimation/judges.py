"""Judges of known worth: how they grade conversations that went well and that failed.

A judge hears a score, normal with mean 0 where the conversation went well and further up where it
failed. It says "failed" above the point that gives it its specificity; how far up failures lie
gives it its sensitivity. Four cuts turn the score into grades 5 to 1.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

CUTS = (-1.2, -0.5, 0.0, 0.7)  # of the score, from where the judge says "failed"
STANDARD = NormalDist()

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Judge:
    """A judge that fails `sensitivity` of the failures and passes `specificity` of the rest."""

    name: str
    sensitivity: float
    specificity: float

    def grades(self, failure_rate: float) -> tuple[Floats, Floats]:
        """The share of conversations in grades 5 to 1, and the share of each that failed."""
        verdict = STANDARD.inv_cdf(self.specificity)
        distance = verdict - STANDARD.inv_cdf(1 - self.sensitivity)
        cuts = [verdict + cut for cut in CUTS]
        well = np.diff([0, *(STANDARD.cdf(cut) for cut in cuts), 1])
        failed = np.diff([0, *(STANDARD.cdf(cut - distance) for cut in cuts), 1])
        shares = (1 - failure_rate) * well + failure_rate * failed
        return shares, failure_rate * failed / shares


WEAK = Judge("weak", 0.60, 0.85)
MIDDLING = Judge("middling", 0.75, 0.90)
STRONG = Judge("strong", 0.90, 0.95)
BLIND = Judge("blind", 0.30, 0.85)
JUDGES = (WEAK, MIDDLING, STRONG)
