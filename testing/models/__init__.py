"""Suites of cases with their history, runs of them against releases, questions that no case covers,
and what a candidate's context changes.
"""

from testing.models.cases import Case
from testing.models.context_tests import ContextChange, ContextTest, Guard
from testing.models.contradictions import Contradiction
from testing.models.discoveries import ClusterMember, ClusterWeek, Discovery
from testing.models.history import CaseBatch, CaseChange
from testing.models.questions import QuestionCluster
from testing.models.regrades import Regrade, SecondGrade
from testing.models.rules import CriticalTag, GateRules
from testing.models.runs import Result, Run
from testing.models.steps import Step
from testing.models.suites import Suite

__all__ = [
    "Case",
    "CaseBatch",
    "CaseChange",
    "ContextChange",
    "ContextTest",
    "Contradiction",
    "Guard",
    "CriticalTag",
    "GateRules",
    "ClusterMember",
    "ClusterWeek",
    "Discovery",
    "QuestionCluster",
    "Regrade",
    "Result",
    "Run",
    "SecondGrade",
    "Step",
    "Suite",
]
