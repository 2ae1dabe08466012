"""What the newest review says of a conversation, kept on its row for the rooms on the right.

`conversations` counts it by day, and `testing` reads the question there: neither knows reviews.
"""

from datetime import date

from django.db import transaction
from django.db.models import F, OuterRef, Q, Subquery

from context.models import Agent
from conversations.measure import measure_days
from conversations.models import Conversation
from llm.states import WorkState
from reviews.models import Review

DONE = Review.objects.filter(conversation=OuterRef("pk"), state=WorkState.DONE).order_by("-pk")
PASSED = Subquery(DONE.values("passed")[:1])
QUESTION = Subquery(DONE.exclude(question="").values("question")[:1])


def keep_findings(agent: Agent, days: set[date]) -> None:
    """Give the conversations opened on these days what their newest finished review found, and
    count the days again.
    """
    opened = Conversation.objects.filter(agent=agent, opened_on__in=days)
    asked = opened.annotate(asked=QUESTION)
    asked.exclude(asked=None).exclude(asked=F("question")).update(question=QUESTION)
    judged = opened.annotate(found=PASSED).filter(found__isnull=False)
    changed = judged.filter(Q(judge_passed=None) | ~Q(judge_passed=F("found")))
    with transaction.atomic():
        # The same lock as ingest holds while it counts a day.
        Agent.objects.select_for_update(no_key=True).get(pk=agent.pk)
        if changed.update(judge_passed=PASSED):
            measure_days(agent, days)
