"""How many comparisons a claim is one of: the suites of a release, and the weeks of a year.

Within a release the suites are looked at together, and "it changed" is claimed at the level of
all of them (Holm). Over the weeks nothing is adjusted; the running count of claims stands beside
the count that luck alone would give. A *pass* of the gate needs no correction: every suite has to
pass, so a wrong pass of all is no likelier than of one (intersection-union).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from stats.intervals import Interval
from stats.multiple import holm

LEVEL = 0.05

Key = TypeVar("Key")


@dataclass(frozen=True)
class Claim:
    """The p-value of a difference, alone and among the comparisons it is one of."""

    p: float
    adjusted: float
    of: int

    @property
    def is_clear(self) -> bool:
        """Whether the difference is more than luck among all of them."""
        return self.adjusted < LEVEL

    @property
    def doubt(self) -> str:
        """Why a difference that looks clear alone is not; empty when it is, or never was."""
        if self.is_clear:
            return ""
        if self.of == 1:
            return f"The exact test does not find it clear (p = {self.p:.3f})."
        return (
            f"Alone it would look clear (p = {self.p:.3f}), but it is one of {self.of} suites of "
            f"this release: adjusted p = {self.adjusted:.3f} (Holm)."
        )


def claims(p_values: Mapping[Key, float | None]) -> dict[Key, Claim]:
    """The claims of comparisons that are looked at together, by their keys.

    For the gate: one entry a suite of the release, with `comparison.difference.p`. None (no
    difference could be told) is no comparison and gets no claim. Pure.
    """
    told = {key: p for key, p in p_values.items() if p is not None}
    adjusted = holm(list(told.values()))
    return {
        key: Claim(p, corrected, len(told))
        for (key, p), corrected in zip(told.items(), adjusted, strict=True)
    }


def is_clear(difference: Interval | None, claim: Claim | None = None) -> bool:
    """Whether a difference is claimed: its interval leaves 0 out, and it is more than luck among
    the comparisons it is one of. For the gate's "worse than the live release", too.
    """
    if difference is None or difference.low is None or difference.high is None:
        return False
    stands_out = difference.low > 0 or difference.high < 0
    return stands_out and (claim is None or claim.is_clear)
