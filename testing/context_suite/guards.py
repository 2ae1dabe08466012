"""Near neighbours that must not move: which cases guard a change, and why these.

A neighbour's question is near the changed passage, but what it expects is not what changed.
Approved cases come first; where a change has too few, conversations of the last weeks that the AI
answered well are drafted as cases, for a person to approve. The choice depends on the contents
alone.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Prefetch, Q

from context.models import Agent
from context.proposals.conflicts import Statement, statement
from conversations.models import Author, Conversation, Message, Outcome
from llm.client import is_local
from llm.several import embed_within
from testing.cases.suites import suite_of
from testing.context_suite.cases import changes_of
from testing.context_suite.changed import Change
from testing.models import Case, ContextTest, Guard, Suite
from testing.questions.clustering import Vectors, unit
from testing.questions.drafting import facts_from, first_question
from testing.questions.vectors import tfidf_vectors

WEEKS = 4
MOST_CONVERSATIONS = 2_000
GOOD_CSAT = 4
MESSAGES_READ = 6
SENTENCES_COMPARED = 12
TAG = "guard"


@dataclass(frozen=True)
class Neighbour:
    """A question that may guard, with the case it is or the conversation it can be drafted from."""

    question: str
    case: Case | None = None
    conversation: Conversation | None = None

    @property
    def key(self) -> str:
        """What orders equals: the same for the same question."""
        return hashlib.sha256(self.question.encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def what(self) -> str:
        """What it guards: of two conversations in which the same was said, one is enough."""
        text = " ".join(facts_of(self)) if self.case is None else self.question
        return " ".join(text.casefold().split())


def facts_of(one: Neighbour) -> list[str]:
    """The facts that the case expects, or that were said in the conversation."""
    if one.case is not None:
        return one.case.expected_facts
    return facts_from(_said(one.conversation, Author.AI), one.question)


def choose_guards(test: ContextTest, at: datetime) -> int:
    """Write the guards of every change of a test; returns how many. Again it adds nothing.

    Raises what `llm.several.embed_within` raises.
    """
    agent = test.release.agent
    rows = {(row.kind, row.name): row for row in test.changes.all()}
    found = changes_of(test.release, test.baseline)
    changes = [change for change in found if (change.kind, change.name) in rows]
    neighbours = [*_approved(agent), *_answered_well(agent, at)]
    if not changes or not neighbours:
        return 0
    likeness = likenesses(test, changes, [one.question for one in neighbours], at)
    guards = [
        Guard(
            change=rows[change.kind, change.name],
            case=one.case or _draft(agent, one, at),
            likeness=round(float(cosine), 4),
            reason=_reason(one, change),
        )
        for change, row in zip(changes, likeness, strict=True)
        for one, cosine in nearest_of(change, row, neighbours, agent.language)
    ]
    Guard.objects.bulk_create(guards, ignore_conflicts=True)
    return len(guards)


def nearest_of(
    change: Change, likeness: Sequence[float], neighbours: Sequence[Neighbour], language: str
) -> list[tuple[Neighbour, float]]:
    """The neighbours that guard a change, the nearest first; equals by the hash of their question.

    Left out is what asks for the change itself, and what is too unlike.
    """
    ranked = sorted(
        zip(neighbours, likeness, strict=True),
        # A case somebody approved comes before a conversation that is only nearer.
        key=lambda pair: (pair[0].case is None, -round(float(pair[1]), 4), pair[0].key),
    )
    near: dict[str, tuple[Neighbour, float]] = {}
    for one, cosine in ranked:
        if cosine >= settings.CONTEXT_GUARD_LIKENESS and not is_about(one, change, language):
            near.setdefault(one.what, (one, cosine))
    return list(near.values())[: settings.CONTEXT_GUARDS]


def is_about(one: Neighbour, change: Change, language: str) -> bool:
    """Whether a neighbour asks for the change itself: its own case, or one that rests on a sentence
    that came or went.
    """
    if one.case is not None and one.case.key.startswith(change.key):
        return True
    return rests_on(facts_of(one), [*change.new, *change.old], language)


def rests_on(facts: Iterable[str], changed: Iterable[str], language: str) -> bool:
    """Whether one of the facts is about the same thing as a sentence that came or went, or is a
    part of one, as "2 years" is.
    """
    moved = [statement(text, language) for text in changed]
    return any(
        said.kind_against(there) is not None or _is_part(said, there)
        for said in (statement(fact, language) for fact in facts)
        for there in moved
    )


def _is_part(said: Statement, there: Statement) -> bool:
    """Whether a fact has no word and no number that the sentence lacks."""
    says_something = bool(said.words or said.numbers)
    return says_something and said.words <= there.words and said.numbers <= there.numbers


def likenesses(
    test: ContextTest, changes: Sequence[Change], questions: Sequence[str], at: datetime
) -> Vectors:
    """The cosine of each change with each question: of its title or nearest changed sentence.

    By the model's embeddings, within the caps of the test, else by TF-IDF.
    """
    parts = [
        (place, text)
        for place, change in enumerate(changes)
        for text in [change.title, *(change.new + change.old)[:SENTENCES_COMPARED]]
    ]
    texts = [*(text for _, text in parts), *questions]
    if is_local():
        vectors = tfidf_vectors(texts)
    else:
        found, usd = embed_within(texts, test.budgets(at), at, lambda _done: None)
        vectors, test.cost_usd = unit(found), test.cost_usd + usd
        test.save(update_fields=["cost_usd"])
    asked = vectors[len(parts) :]
    cosines = vectors[: len(parts)] @ asked.T
    best = cosines[: len(changes)].copy()
    best[:] = -1
    for (place, _), row in zip(parts, cosines, strict=True):
        best[place] = best[place].clip(min=row)
    return best


def _approved(agent: Agent) -> list[Neighbour]:
    """Every approved case of the agent, of whatever suite."""
    cases = Case.objects.filter(suite__agent=agent, status=Case.Status.APPROVED).order_by("id")
    return [Neighbour(case.question, case=case) for case in cases]


def _answered_well(agent: Agent, at: datetime) -> list[Neighbour]:
    """Questions of the last weeks that the AI resolved, with no score below 4 and no case yet; the
    newest of each question.
    """
    since = agent.local_date(at) - timedelta(weeks=WEEKS)
    said = Message.objects.filter(
        author__in=(Author.CUSTOMER, Author.AI), public=True, position__lt=MESSAGES_READ
    )
    rows = (
        agent.conversations.filter(
            Q(csat_score=None) | Q(csat_score__gte=GOOD_CSAT),
            opened_on__gte=since,
            outcome=Outcome.AI_RESOLVED,
            reopened_at=None,
            spam=False,
            cases=None,
        )
        .prefetch_related(Prefetch("messages", said, to_attr="said"))
        .order_by("-opened_at", "-id")[:MOST_CONVERSATIONS]
    )
    found: dict[str, Neighbour] = {}
    for row in rows:
        question = first_question(_said(row, Author.CUSTOMER))
        if question and facts_from(_said(row, Author.AI), question):
            found.setdefault(question.casefold(), Neighbour(question, conversation=row))
    return list(found.values())


def _said(conversation: Conversation | None, author: str) -> list[str]:
    """What one side said at the beginning of a conversation."""
    messages: list[Message] = vars(conversation).get("said", []) if conversation else []
    return [message.text for message in messages if message.author == author]


def _draft(agent: Agent, one: Neighbour, at: datetime) -> Case:
    """The draft of a conversation that was answered well: the same question, the same facts."""
    assert one.conversation is not None
    return suite_of(agent, Suite.Kind.CONTEXT, at).add_case(
        question=one.question,
        at=at,
        expected_action=Case.Action.ANSWER,
        expected_facts=facts_of(one),
        topic=one.conversation.topic,
        conversation=one.conversation,
        tags=[TAG],
    )


def _reason(one: Neighbour, change: Change) -> str:
    """Why this one guards, for the page."""
    if one.case is not None:
        return f"near “{change.title[:100]}”; what it expects did not change"
    scored = one.conversation.csat_score if one.conversation else None
    well = f"rated {scored} of 5" if scored else "resolved by the AI and not reopened"
    return f"near “{change.title[:100]}”; {well}, and what was said did not change"
