"""From answers to a score: computed here, never by the model."""

from collections.abc import Iterable
from typing import NamedTuple

from reviews.models import Grade


class Answer(NamedTuple):
    """One criterion's answer with what it weighs."""

    verdict: str
    weight: int
    critical: bool


class Score(NamedTuple):
    """`score` from 0 to 100, and whether no critical criterion failed."""

    score: float
    passed: bool


class Trust(NamedTuple):
    """Of a review's passes and failures so many rest on a quote that was found."""

    found: int
    answers: int

    @property
    def is_full(self) -> bool:
        """Whether every quote was found."""
        return self.found == self.answers


def trust(answers: Iterable[tuple[str, bool]]) -> Trust:
    """How far a review can be taken at its word, from (verdict, whether its quote was found);
    "not applicable" needs no quote.
    """
    quoted = [found for verdict, found in answers if verdict != Grade.NA]
    return Trust(sum(quoted), len(quoted))


def has_failed(answers: Iterable[Answer]) -> bool:
    """Whether a critical criterion failed: then the conversation failed."""
    return any(answer.critical and answer.verdict == Grade.FAIL for answer in answers)


def score(answers: Iterable[Answer]) -> Score | None:
    """The weights passed over the weights that applied, in percent; 0 when a critical one failed.

    None when nothing applied: a review that judged nothing is no pass.
    """
    judged = [answer for answer in answers if answer.verdict != Grade.NA]
    if not judged:
        return None
    if has_failed(judged):
        return Score(0.0, False)
    applied = sum(answer.weight for answer in judged)
    passed = sum(answer.weight for answer in judged if answer.verdict == Grade.PASS)
    return Score(100 * passed / applied if applied else 100.0, True)
