"""Search in what was reviewed: an agent's conversations by their id, question and words."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from context.models import Agent
from conversations.models import Conversation, Message
from conversations.quotes import Piece
from llm.states import WorkState
from reviews.models import Review

PERIOD = timedelta(days=90)
MOST_WORDS = 6
LONGEST_WORD = 60
AROUND = 70


@dataclass(frozen=True)
class Found:
    """A conversation with the passage that matched, its words marked; `pieces` is empty where
    nothing but the id did.
    """

    conversation: Conversation
    pieces: list[Piece]


def words_of(text: str) -> list[str]:
    """The words that are searched for: the first six, NUL characters and length cut."""
    return [word[:LONGEST_WORD] for word in text.replace("\0", " ").split()][:MOST_WORDS]


def search(
    agent: Agent, words: Sequence[str], today: date, hidden: Sequence[int]
) -> QuerySet[Conversation]:
    """Conversations the judge has reviewed that hold all the words, of the last 90 days.

    A word is found in the id, in any message, and in the question as the judge put it; the latter
    not in the conversations of `hidden`, which the person is reading blind.
    """
    reviews = Review.objects.filter(conversation=OuterRef("pk"), state=WorkState.DONE)
    rows = Conversation.objects.filter(
        Exists(reviews), agent=agent, opened_on__gte=today - PERIOD
    ).defer("tags")
    for word in words:
        said = Message.objects.filter(conversation=OuterRef("pk"), text__icontains=word)
        asked = reviews.filter(question__icontains=word).exclude(conversation__in=hidden)
        rows = rows.filter(Q(external_id__icontains=word) | Exists(said) | Exists(asked))
    return rows


def with_passages(rows: Iterable[Conversation], words: Sequence[str]) -> list[Found]:
    """The conversations with the first message that holds one of the words; one query."""
    found = list(rows)
    texts: dict[int, list[str]] = {row.pk: [] for row in found}
    messages = Message.objects.filter(conversation__in=texts).order_by("conversation", "position")
    for key, text in messages.values_list("conversation", "text"):
        texts[key].append(text)
    return [Found(row, passage(texts[row.pk], words)) for row in found]


def passage(texts: Iterable[str], words: Sequence[str]) -> list[Piece]:
    """The first passage in which one of the words stands, in pieces with the words marked."""
    pattern = re.compile("|".join(re.escape(word) for word in words), re.IGNORECASE)
    for text in texts:
        line = " ".join(text.split())
        if hit := pattern.search(line):
            start, end = max(0, hit.start() - AROUND), hit.end() + AROUND
            if start:  # at a word, unless the hit is in it
                start = min(line.find(" ", start) + 1 or hit.start(), hit.start())
            before, after = "… " if start else "", " …" if end < len(line) else ""
            return marked_words(before + line[start:end] + after, pattern)
    return []


def marked_words(text: str, pattern: re.Pattern[str]) -> list[Piece]:
    """The text in pieces, those that match with the mark `found`."""
    pieces, reached = [], 0
    for hit in pattern.finditer(text):
        pieces += [Piece(text[reached : hit.start()]), Piece(hit.group(), "found")]
        reached = hit.end()
    return [piece for piece in [*pieces, Piece(text[reached:])] if piece.text]
