"""Suites of cases, runs of them against releases, and questions that no case covers."""

from testing.models.history import CaseBatch, CaseChange
from testing.models.questions import QuestionCluster
from testing.models.runs import Result, Run
from testing.models.suites import Case, Suite

__all__ = ["Case", "CaseBatch", "CaseChange", "QuestionCluster", "Result", "Run", "Suite"]
