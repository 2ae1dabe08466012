"""Who is in the canary, and when it is put to the judge.

Members come from standing verdicts that never teach the judge (`split.py`): blind ones on the
random sample, and those on flagged conversations. What the judge failed is flagged, so without
these nobody could see a judge that no longer fails it. Failures are rare and are taken first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.models import User
from context.models import Agent
from context.models.agents import LEAST_CANARY
from llm.work import reopen, skip_waiting
from reviews.agreement.split import tunes
from reviews.judging.planning import current_judge
from reviews.models import (
    CanaryCheck,
    CanaryMember,
    CanaryResult,
    Dispute,
    JudgeCall,
    Scorecard,
    Stratum,
    Verdict,
)
from reviews.scorecards import active_scorecard
from stats.sampling import draw

MOST_FAILED, MOST_PASSED, MOST_FLAGGED = 0.5, 0.75, 0.25  # of the canary's size, each of a verdict
LEAST, LEAST_FAILED = LEAST_CANARY, 10  # members and failures below which a check could see nothing
LABELS_FROM = timedelta(days=180)
PURPOSE = b"canary"


@dataclass(frozen=True)
class Filled:
    """What filling did."""

    added: int
    retired: int


@dataclass(frozen=True)
class Counts:
    """How large the canary is, and may be; a size of 0 switches it off."""

    size: int
    members: int
    failed: int

    @property
    def missing(self) -> str:
        """What is missing before it can be put to the judge; empty when nothing is."""
        if not self.size:
            return "it is switched off in the settings"
        if self.members < LEAST:
            return f"{self.members} of {LEAST} labelled conversations"
        if self.failed < LEAST_FAILED:
            return f"{self.failed} of {LEAST_FAILED} that people failed"
        return ""


def members(agent: Agent) -> QuerySet[CanaryMember]:
    """The members there are now."""
    return agent.canary_members.filter(retired_at=None)


def counts(agent: Agent) -> Counts:
    """How many members there are, and how many of them people failed."""
    labels = list(members(agent).values_list("passed", flat=True))
    return Counts(agent.canary_size, len(labels), labels.count(False))


@transaction.atomic
def fill(agent: Agent, now: datetime) -> Filled:
    """Retire members whose label no longer stands, and fill up from newer labels."""
    agent.hold()
    scorecard = active_scorecard(agent, now)
    retired = _retire(agent, scorecard, now)
    found = counts(agent)
    size = found.size
    failed = _chosen(agent, scorecard, now, passed=False)
    room = min(size - found.members, int(size * MOST_FAILED) - found.failed)
    failed = failed[: max(0, room)]
    passed = _chosen(agent, scorecard, now, passed=True)
    most_passed = int(size * MOST_PASSED) - (found.members - found.failed)
    room = min(size - found.members - len(failed), most_passed)
    rows = [*failed, *passed[: max(0, room)]]
    CanaryMember.objects.bulk_create(_members(agent, rows, now), batch_size=50)
    return Filled(len(rows), retired)


def _retire(agent: Agent, scorecard: Scorecard, now: datetime) -> int:
    """Take out members of another scorecard, those whose verdict was withdrawn or replaced, and the
    newest of too many.
    """
    here = members(agent)
    other = here.exclude(scorecard=scorecard)
    retired = other.update(retired_at=now, retired_because="another scorecard counts now")
    gone = here.filter(Q(verdict=None) | Q(verdict__withdrawn_at__isnull=False))
    keys = list(gone.values_list("pk", flat=True))
    gone = CanaryMember.objects.filter(pk__in=keys)
    retired += gone.update(retired_at=now, retired_because="the verdict no longer stands")
    keys = list(members(agent).order_by("pk").values_list("pk", flat=True)[agent.canary_size :])
    gone = CanaryMember.objects.filter(pk__in=keys)
    return retired + gone.update(retired_at=now, retired_because="the canary was made smaller")


def _chosen(agent: Agent, scorecard: Scorecard, now: datetime, *, passed: bool) -> list[Verdict]:
    """Labels that could join, those on flagged conversations first and then the random sample, each
    in the order of their permanent random numbers: nobody picks.
    """
    most_flagged = int(agent.canary_size * MOST_FLAGGED)
    random_sample = Q(item__is_blind=True, item__stratum__name__startswith="grade-")
    flagged = Q(item__stratum__name=Stratum.FLAGGED)
    found = _drawn(agent, scorecard, now, flagged, passed)[:most_flagged]
    return found + _drawn(agent, scorecard, now, random_sample, passed)


def _drawn(
    agent: Agent, scorecard: Scorecard, now: datetime, which: Q, passed: bool
) -> list[Verdict]:
    """The labels of some strata that could join, in the order in which they are drawn."""
    undecided = Dispute.objects.filter(status__in=Dispute.UNDECIDED)
    rows = Verdict.objects.filter(
        which,
        item__queue__agent=agent,
        item__slot=1,
        scorecard=scorecard,
        withdrawn_at=None,
        passed=passed,
        created_at__gt=now - LABELS_FROM,
        review__calls__error="",
        review__scorecard=scorecard,
    )
    rows = rows.exclude(conversation__in=members(agent).values("conversation"))
    rows = rows.exclude(pk__in=undecided.values("verdict")).select_related("conversation")
    named = {
        f"{one.conversation.source}:{one.conversation.external_id}": one
        for one in rows.distinct()
        if not tunes(agent, one.conversation.source, one.conversation.external_id)
    }
    secret = agent.sampling_secret.encode() + PURPOSE
    return [named[key] for key in draw(named, len(named), secret)]


def _members(agent: Agent, rows: Sequence[Verdict], now: datetime) -> list[CanaryMember]:
    """The labels with what the judge was shown, copied from its call log."""
    calls = JudgeCall.objects.filter(review__in=[row.review_id for row in rows], error="")
    shown = {call.review_id: call for call in calls.select_related("given").order_by("pk")}
    return [
        CanaryMember(
            agent=agent,
            conversation=row.conversation,
            verdict=row,
            scorecard_id=row.scorecard_id,
            passed=row.passed,
            handed_over=row.conversation.ai_handed_over_at is not None,
            given=shown[row.review_id].given.text,
            material=shown[row.review_id].material,
            added_at=now,
        )
        for row in rows
        if row.review_id in shown
    ]


def plan_check(
    agent: Agent, day: date, reason: str, now: datetime, by: User | None = None
) -> CanaryCheck | None:
    """Put the canary to the judge as it is now: a work row for each member.

    Once a day for a judge and scorecard; asked again, what failed or was skipped is tried again.
    None while the canary is too small (`counts` says what is missing).
    """
    fill(agent, now)
    if counts(agent).missing:
        return None
    judge, scorecard = current_judge(agent, now), active_scorecard(agent, now)
    with transaction.atomic():
        check, new = CanaryCheck.objects.get_or_create(
            agent=agent,
            day=day,
            judge=judge,
            scorecard=scorecard,
            defaults={"reason": reason, "started_by": by, "created_at": now},
        )
        if new:
            CanaryResult.objects.bulk_create(
                CanaryResult(check_of=check, member=member) for member in members(agent)
            )
    if not new:
        reopen(check.results.all())
    return check


def stop_check(check: CanaryCheck, by: User) -> int:
    """Skip what of a check still waits; answers under way are kept. Returns how many."""
    return skip_waiting(check.results.all(), f"stopped by {by.username}")
