"""How many conversations of the last four weeks asked what each open proposal would answer.

Counted once a day by the schedule, never in a request: the questions of four weeks are compared
with those of each proposal's evidence, as TF-IDF of character n-grams
(`testing.questions.vectors`), without a model.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db.models import Prefetch

from context.models import Agent, Proposal
from conversations.models import Author, Message
from testing.questions.asked import MESSAGES_READ, Question, question_of, questions_of
from testing.questions.vectors import LIKENESS_OF_TFIDF, tfidf_vectors

WEEKS = 4
MOST_EVIDENCE = 20  # questions a proposal is compared by


def count_askings(agent: Agent, now: datetime) -> int:
    """Write to each open proposal how many conversations asked it, and how many of these the AI did
    not resolve; how many proposals were counted.

    A proposal whose evidence asked nothing, or is gone, stays uncounted.
    """
    today = agent.local_date(now)
    proposals = list(agent.proposals.filter(status=Proposal.Status.OPEN))
    shown = questions_behind(agent, proposals)
    counted = [proposal for proposal in proposals if shown[proposal.pk]]
    asked = last_weeks(agent, today) if counted else []
    if asked:
        compare(counted, shown, asked)
    for proposal in counted:
        proposal.asked_until = today
    Proposal.objects.bulk_update(counted, ["asked", "asked_failed", "asked_until"])
    return len(counted)


def last_weeks(agent: Agent, today: date) -> list[Question]:
    """The questions of this week and the three before it."""
    monday = today - timedelta(days=today.weekday())
    weeks = (monday - timedelta(days=7 * back) for back in range(WEEKS))
    return [one for week in weeks for one in questions_of(agent, week) if one is not None]


def questions_behind(agent: Agent, proposals: Iterable[Proposal]) -> dict[int, list[str]]:
    """By proposal, what the conversations of its evidence asked."""
    evidence = {
        proposal.pk: [row["conversation"] for row in proposal.evidence[:MOST_EVIDENCE]]
        for proposal in proposals
    }
    said = Message.objects.filter(author=Author.CUSTOMER, public=True, position__lt=MESSAGES_READ)
    rows = agent.conversations.filter(pk__in={key for keys in evidence.values() for key in keys})
    texts = {
        row.pk: question_of(row.question, (one.text for one in vars(row)["said"]), agent.workspace)
        for row in rows.prefetch_related(
            Prefetch("messages", said.order_by("position"), to_attr="said")
        )
    }
    return {
        pk: [text for key in keys if (text := texts.get(key, ""))] for pk, keys in evidence.items()
    }


def compare(proposals: list[Proposal], shown: dict[int, list[str]], asked: list[Question]) -> None:
    """Count for each proposal the questions that are like one of its evidence."""
    evidence = [text for proposal in proposals for text in shown[proposal.pk]]
    vectors = tfidf_vectors([one.text for one in asked] + evidence)
    place = len(asked)
    for proposal in proposals:
        end = place + len(shown[proposal.pk])
        nearest = (vectors[: len(asked)] @ vectors[place:end].T).max(axis=1)
        found = [asked[n] for n in (nearest >= LIKENESS_OF_TFIDF.case).nonzero()[0]]
        proposal.asked = len(found)
        proposal.asked_failed = sum(one.failed for one in found)
        place = end
