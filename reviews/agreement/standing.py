"""The judge's standing: measured against people every night and after every change, on record."""

from datetime import datetime

from django.db import transaction

from accounts.audit import record
from context.models import Agent, JudgeStanding
from context.releases.standing import judge_standing
from reviews.agreement.figures import PERIOD, overall_error
from reviews.agreement.trust import Asked, Decision, Measured, decide
from reviews.judging.planning import current_judge
from reviews.models import JudgeVersion
from testing.gate.checks import decide_again

State = JudgeStanding.State


def asked_of_judge(agent: Agent) -> Asked:
    """What the agent's settings ask of its judge."""
    return Asked(
        labels=agent.judge_least_labels,
        sensitivity=agent.judge_least_sensitivity,
        specificity=agent.judge_least_specificity,
    )


def measured_judge(agent: Agent, judge: JudgeVersion, now: datetime) -> Measured:
    """What people's verdicts of the last 13 weeks say of one version."""
    today = agent.local_date(now)
    labels, error = overall_error(agent, today - PERIOD, today, judge)
    return Measured(labels, error.sensitivity, error.specificity)


def keep_standing(agent: Agent, now: datetime) -> JudgeStanding:
    """Measure the judge as it is now and write its standing; the one that holds is returned.

    Nothing is written when nothing has changed. Where the judge was suspended, or is trusted
    again, the checks of the releases that wait are decided anew.
    """
    judge, before = current_judge(agent, now), judge_standing(agent)
    was_suspended = before is not None and before.is_suspended
    measured, asked = measured_judge(agent, judge, now), asked_of_judge(agent)
    decision = decide(measured, asked, was_suspended=was_suspended)
    row = _row(agent, judge, measured, asked, decision, before, now)
    if before is not None and _values(before) == _values(row):
        return before
    with transaction.atomic():
        row.save(force_insert=True)
        if before is None or before.state != row.state:
            subject = f"judge of {agent.slug}"
            record(agent.workspace, f"judge.{row.state}", subject, at=now, detail=row.sentence)
    if was_suspended != row.is_suspended:
        what = "is suspended" if row.is_suspended else "is trusted again"
        decide_again(agent, now, f"the judge {what}")
    return row


def has_changed(agent: Agent, judge: JudgeVersion) -> bool:
    """Whether this version of the judge has no standing yet, because another one was in use."""
    before = judge_standing(agent)
    return before is None or before.judge != judge.number


def _row(
    agent: Agent,
    judge: JudgeVersion,
    measured: Measured,
    asked: Asked,
    decision: Decision,
    before: JudgeStanding | None,
    now: datetime,
) -> JudgeStanding:
    """The standing, unsaved; a state that goes on keeps its beginning."""
    goes_on = before is not None and before.state == decision.state
    return JudgeStanding(
        agent=agent,
        judge=judge.number,
        model=judge.model,
        state=decision.state,
        since=before.since if before is not None and goes_on else now,
        reason=decision.reason,
        labels=measured.labels,
        least_labels=asked.labels,
        sensitivity=measured.sensitivity.estimate,
        sensitivity_low=measured.sensitivity.low,
        sensitivity_high=measured.sensitivity.high,
        least_sensitivity=asked.sensitivity,
        specificity=measured.specificity.estimate,
        specificity_low=measured.specificity.low,
        specificity_high=measured.specificity.high,
        least_specificity=asked.specificity,
        measured_at=now,
    )


def _values(standing: JudgeStanding) -> dict[str, object]:
    """What a standing says, apart from when."""
    names = (field.attname for field in JudgeStanding._meta.concrete_fields)
    return {name: getattr(standing, name) for name in names if name not in ("id", "measured_at")}
