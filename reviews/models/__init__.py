"""Judgement: the scorecard, the judge's reviews, the day's queue, and people's verdicts."""

from reviews.models.judging import CriterionResult, Flag, JudgeVersion, Review
from reviews.models.queue import Queue, QueueItem, Stratum, StratumPart
from reviews.models.runs import AlreadyCancelled, ReviewRun
from reviews.models.scorecards import Criterion, Grade, RootCause, Scorecard
from reviews.models.verdicts import CriterionVerdict, Draft, Verdict

__all__ = [
    "AlreadyCancelled",
    "Criterion",
    "CriterionResult",
    "CriterionVerdict",
    "Draft",
    "Flag",
    "Grade",
    "JudgeVersion",
    "Queue",
    "QueueItem",
    "Review",
    "ReviewRun",
    "RootCause",
    "Scorecard",
    "Stratum",
    "StratumPart",
    "Verdict",
]
