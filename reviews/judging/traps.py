"""The trap list: errors of the judge, marked by people, that its prompt quotes.

Only marks of conversations for tuning (`split.py`) are taught. A list is made by a manager's
action, frozen, and makes a new version of the judge; going back to an older list is the undo.
"""

from collections import defaultdict
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from accounts.audit import record
from accounts.models import User
from context.models import Agent
from conversations.quotes import fold
from reviews.agreement.disagreements import standing_marks
from reviews.agreement.split import is_for_tuning
from reviews.judging.planning import current_judge
from reviews.judging.versions import taught_list, traps_of
from reviews.models import (
    Criterion,
    DisagreementMark,
    JudgeVersion,
    Teaching,
    Trap,
    TrapList,
)

MOST_TRAPS = 12
MOST_CHARACTERS = 3_000  # of all traps together, about 750 tokens: the stable beginning stays small

Content = tuple[str, str, str, str, str]


class NothingToTeach(Exception):
    """The list would be the one that is taught already."""


def content(trap: Trap) -> Content:
    """What the judge reads of a trap."""
    return trap.criterion, trap.wrong, trap.right, trap.quote, trap.lesson


def teachable(agent: Agent) -> list[DisagreementMark]:
    """The standing marks of judge errors that may be taught, newest first."""
    keys = Criterion.objects.filter(scorecard__agent=agent, scorecard__active=True).values("key")
    marks = (
        standing_marks()
        .filter(
            blame=DisagreementMark.Blame.JUDGE,
            answer__parent__scorecard__agent=agent,
            answer__parent__withdrawn_at=None,
            answer__criterion__key__in=keys,
        )
        .select_related("result", "answer__criterion", "answer__parent__conversation")
    )
    return [mark for mark in marks if is_for_tuning(agent, mark.answer.parent.conversation)]


def next_traps(agent: Agent) -> list[Trap]:
    """The traps that a new list would hold, unsaved: one for marks that say the same, most frequent
    first and newest among equals, within the caps.
    """
    groups: dict[tuple[str, str, str], list[DisagreementMark]] = defaultdict(list)
    for mark in teachable(agent):
        words = fold(mark.lesson or mark.quote).text.strip()
        groups[mark.answer.criterion.key, mark.answer.verdict, words].append(mark)
    traps: list[Trap] = []
    room = MOST_CHARACTERS
    for marks in sorted(groups.values(), key=lambda same: (-len(same), -same[0].pk)):
        trap = _trap(marks[0], len(traps) + 1, len(marks))
        size = sum(map(len, content(trap)))
        if len(traps) < MOST_TRAPS and size <= room:
            traps.append(trap)
            room -= size
    return traps


def _trap(mark: DisagreementMark, position: int, times: int) -> Trap:
    return Trap(
        position=position,
        mark=mark,
        criterion=mark.answer.criterion.key,
        wrong=mark.result.verdict,
        right=mark.answer.verdict,
        quote=mark.quote,
        lesson=mark.lesson,
        times=times,
    )


def new_traps(agent: Agent) -> list[Trap]:
    """Those of the next list that are not taught yet."""
    known = {content(trap) for trap in traps_of(taught_list(agent))}
    return [trap for trap in next_traps(agent) if content(trap) not in known]


@transaction.atomic
def teach(agent: Agent, by: User, at: datetime) -> JudgeVersion:
    """Freeze the next traps as a list, have the judge taught by it, and return the new version.

    Raises NothingToTeach when the list would be the same as the one that is taught.
    """
    agent.hold()
    traps, taught = next_traps(agent), traps_of(taught_list(agent))
    if {content(trap) for trap in traps} == {content(trap) for trap in taught}:
        raise NothingToTeach("There is no new trap to teach.")
    number = agent.trap_lists.aggregate(last=Max("number"))["last"] or 0
    made = TrapList.objects.create(agent=agent, number=number + 1, created_by=by, created_at=at)
    for trap in traps:
        trap.traps = made
    Trap.objects.bulk_create(traps)
    return _hold(agent, made, by, at)


@transaction.atomic
def go_back(agent: Agent, to: TrapList | None, by: User, at: datetime) -> JudgeVersion:
    """Have the judge taught by an older list again, or by none; returns the version that is.

    Raises NothingToTeach when it is taught by it already.
    """
    agent.hold()
    if taught_list(agent) == to:
        raise NothingToTeach("The judge is taught by this list already.")
    return _hold(agent, to, by, at)


def _hold(agent: Agent, traps: TrapList | None, by: User, at: datetime) -> JudgeVersion:
    """Write which list holds from now on, and the version of the judge that it makes."""
    Teaching.objects.create(agent=agent, traps=traps, by=by, at=at)
    judge = current_judge(agent, at)
    subject = f"judge of {agent.slug}"
    record(
        agent.workspace,
        "judge.taught",
        subject,
        at=at,
        user=by,
        detail=f"{traps or 'no traps'}, {judge}",
    )
    return judge
