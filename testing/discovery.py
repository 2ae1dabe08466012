"""New questions: what customers asked in a week that no case covers, grouped and ranked.

A question is the first real message of a conversation. It is covered when a case that is not
retired asks something like it. Groups keep their row from week to week; one that a person dismissed
stays away until it is asked twice as often.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Prefetch, QuerySet

from context.models import Agent
from conversations.models import Author, Conversation, Message, Outcome
from llm.client import embed
from testing.clustering import Group, Vectors, group, nearest_cosine, unit
from testing.drafting import first_question
from testing.models import Case, QuestionCluster

# Cosine from which two questions count as like. The stand-in's n-grams were measured on labelled
# questions (docs/testing.md); an embedding model of another kind has its own scale.
LIKENESS = {"local-embedding-1": 0.55}
LIKENESS_OF_MODELS = 0.6
SHOWN_AGAIN_FACTOR = 2
FEWEST_QUESTIONS = 2
MOST_EXAMPLES = 3
MESSAGES_READ = 6

UNRESOLVED = frozenset(
    {Outcome.HANDED_OVER, Outcome.HUMAN_FINISHED, Outcome.NO_AI, Outcome.SNOOZE_SILENT_CLOSE}
)


@dataclass(frozen=True)
class Question:
    """What one conversation asked."""

    conversation: Conversation
    text: str

    @property
    def is_unresolved(self) -> bool:
        """Whether the AI handed it over or did not resolve it."""
        return self.conversation.outcome in UNRESOLVED


def likeness() -> float:
    """The cosine from which two questions count as like, for the embedding model in use."""
    return LIKENESS.get(settings.EMBEDDING_MODEL, LIKENESS_OF_MODELS)


def discover(agent: Agent, monday: date, now: datetime) -> list[QuestionCluster]:
    """Find the new questions of the week that begins on `monday`; largest loss first.

    Returns the open clusters of that week. Doing it again changes nothing but what has changed.
    Raises what `llm.client.embed` raises.
    """
    questions = questions_of(agent, monday)
    cases = Case.objects.filter(suite__agent=agent).exclude(status=Case.Status.RETIRED)
    covered = list(cases.order_by("id").values_list("question", flat=True))
    known = list(_known_clusters(agent))
    texts = [question.text for question in questions]
    vectors = _embed([*texts, *covered, *(cluster.name for cluster in known)])
    asked, others, names = _split(vectors, len(texts), len(covered))
    nearest, _ = nearest_cosine(asked, others)
    new = [place for place, cosine in enumerate(nearest) if cosine < likeness()]
    groups = group(asked[new], likeness(), FEWEST_QUESTIONS)
    with transaction.atomic():
        for found, same in zip(groups, _same_as(groups, known, names), strict=True):
            members = [questions[new[place]] for place in found.members]
            _keep(agent, monday, now, members, same)
    open_ones = agent.question_clusters.filter(week=monday, status=QuestionCluster.Status.OPEN)
    return sorted(open_ones, key=lambda cluster: (-cluster.rank, -cluster.volume, cluster.name))


def questions_of(agent: Agent, monday: date) -> list[Question]:
    """The question of every conversation that began in the week and was not ignored by a rule."""
    said = Message.objects.filter(author=Author.CUSTOMER, public=True, position__lt=MESSAGES_READ)
    conversations = (
        agent.conversations.filter(opened_on__range=(monday, monday + timedelta(days=6)))
        .exclude(outcome=Outcome.IGNORED)
        .prefetch_related(Prefetch("messages", said, to_attr="said"))
        .order_by("opened_at", "external_id")
    )
    found = (
        Question(row, first_question(message.text for message in row.said)) for row in conversations
    )
    return [question for question in found if question.text]


def _known_clusters(agent: Agent) -> QuerySet[QuestionCluster]:
    """Clusters a group may turn out to be: those open, and those put aside."""
    status = QuestionCluster.Status
    return agent.question_clusters.filter(status__in=(status.OPEN, status.DISMISSED)).order_by("id")


def _embed(texts: list[str]) -> Vectors:
    """Unit vectors of the texts; a text that occurs twice is sent once."""
    once = list(dict.fromkeys(texts))
    if not once:
        return unit(embed([" "]))[:0]
    vectors = unit(embed(once))
    places = {text: place for place, text in enumerate(once)}
    return vectors[[places[text] for text in texts]]


def _split(vectors: Vectors, first: int, second: int) -> tuple[Vectors, Vectors, Vectors]:
    return vectors[:first], vectors[first : first + second], vectors[first + second :]


def _same_as(
    groups: list[Group], known: list[QuestionCluster], names: Vectors
) -> list[QuestionCluster | None]:
    """For each group the known cluster it is, by the likeness of its middle; each one only once."""
    taken: set[int] = set()
    same: list[QuestionCluster | None] = []
    for one in groups:
        free = [place for place in range(len(known)) if place not in taken]
        cosines, places = nearest_cosine(one.centre[None, :], names[free])
        if cosines[0] < likeness():
            same.append(None)
            continue
        place = free[places[0]]
        taken.add(place)
        same.append(known[place])
    return same


def _keep(
    agent: Agent,
    monday: date,
    now: datetime,
    members: list[Question],
    known: QuestionCluster | None,
) -> None:
    """Write one group: to the cluster it is, unless that is put aside or newer, or to a new one."""
    volume = len(members)
    if known is not None and (known.week > monday or _stays_aside(known, volume)):
        return
    values = {
        "week": monday,
        "topic": _usual(question.conversation.topic for question in members),
        "volume": volume,
        "failures": sum(question.is_unresolved for question in members),
        "status": QuestionCluster.Status.OPEN,
    }
    cluster, _ = QuestionCluster.objects.update_or_create(
        agent=agent,
        name=known.name if known else members[0].text[:200],
        defaults=values,
        create_defaults={**values, "created_at": now},
    )
    # Conversations that people answered come first: their replies become the expected facts.
    answered_first = sorted(members, key=lambda one: one.conversation.human_replied_at is None)
    cluster.examples.set([one.conversation for one in answered_first[:MOST_EXAMPLES]])


def _stays_aside(cluster: QuestionCluster, volume: int) -> bool:
    """Whether a person dismissed it and it has not grown enough since."""
    is_dismissed = cluster.status == QuestionCluster.Status.DISMISSED
    return is_dismissed and volume < SHOWN_AGAIN_FACTOR * cluster.volume


def _usual(topics: Iterable[str]) -> str:
    """The most frequent topic, the first in the alphabet among equals."""
    counts = Counter(topic for topic in topics if topic)
    return min(counts, key=lambda topic: (-counts[topic], topic), default="")
