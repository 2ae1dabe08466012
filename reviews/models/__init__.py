"""Judgement: the scorecard, the judge's reviews, the day's queue, and people's verdicts."""

from reviews.models.calibration import (
    CalibrationConversation,
    CalibrationParticipant,
    CalibrationRule,
    CalibrationSession,
)
from reviews.models.calls import JudgeCall, PromptText
from reviews.models.canary import CanaryCheck, CanaryMember, CanaryResult
from reviews.models.disagreements import DisagreementMark
from reviews.models.disputes import Dispute
from reviews.models.goals import ReviewGoal
from reviews.models.judging import CriterionResult, Flag, JudgeVersion, Review
from reviews.models.opinions import Opinion, OpinionAnswer
from reviews.models.queue import Queue, QueueItem, Stratum, StratumPart
from reviews.models.runs import AlreadyCancelled, ReviewRun
from reviews.models.scorecards import Criterion, Grade, RootCause, Scorecard
from reviews.models.traps import Teaching, Trap, TrapList
from reviews.models.verdicts import CriterionVerdict, Draft, Verdict

__all__ = [
    "AlreadyCancelled",
    "CalibrationConversation",
    "CalibrationParticipant",
    "CalibrationRule",
    "CalibrationSession",
    "CanaryCheck",
    "CanaryMember",
    "CanaryResult",
    "Criterion",
    "CriterionResult",
    "CriterionVerdict",
    "DisagreementMark",
    "Dispute",
    "Draft",
    "Flag",
    "Grade",
    "JudgeCall",
    "JudgeVersion",
    "Opinion",
    "OpinionAnswer",
    "PromptText",
    "Queue",
    "QueueItem",
    "Review",
    "ReviewGoal",
    "ReviewRun",
    "RootCause",
    "Scorecard",
    "Stratum",
    "StratumPart",
    "Teaching",
    "Trap",
    "TrapList",
    "Verdict",
]
