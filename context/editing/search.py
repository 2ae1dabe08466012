"""Finding words in what an agent is told, and the release that a sentence came with."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Q

from context.models import Agent, Document, Release
from context.releases.content import Content

AROUND = 90
MOST_HITS = 100
MOST_OF_QUERY = 300


@dataclass(frozen=True)
class Hit:
    """A text that holds what is looked for; an empty slug is the prompt. The excerpt is the words
    found with what stands around them.
    """

    slug: str
    title: str
    before: str
    found: str
    after: str


@dataclass
class Origin:
    """A text over all releases: from which to which of them it holds what is looked for."""

    hit: Hit
    first: Release
    last: Release


def search(content: Content, query: str) -> list[Hit]:
    """The prompt and documents of one release that hold the words, as a phrase before apart."""
    phrase, texts = phrase_of(query), list(texts_of(content))
    hits = [hit for text in texts if (hit := phrase_hit(phrase, *text))]
    if not hits:
        hits = [hit for text in texts if (hit := words_hit(query, *text))]
    return hits[:MOST_HITS]


def texts_of(content: Content) -> Iterator[tuple[str, str, str]]:
    """(slug, title, text) of the prompt and each document; the title can be found too."""
    yield "", "Prompt", content.prompt
    for document in content.documents:
        yield document.slug, document.title, f"{document.title}\n{document.body}"


def phrase_of(query: str) -> re.Pattern[str]:
    """The words one after another, whatever blanks stand between them, in upper or lower case."""
    return re.compile(r"\s+".join(map(re.escape, query.split())), re.IGNORECASE)


def phrase_hit(phrase: re.Pattern[str], slug: str, title: str, text: str) -> Hit | None:
    """The first place of the phrase in a text."""
    found = phrase.search(text)
    if found is None or not found[0]:
        return None
    start, end = found.span()
    return Hit(
        slug, title, text[max(0, start - AROUND) : start], found[0], text[end : end + AROUND]
    )


def words_hit(query: str, slug: str, title: str, text: str) -> Hit | None:
    """A text that holds every word somewhere; the excerpt is around the longest."""
    words, folded = query.casefold().split(), text.casefold()
    if not words or not all(word in folded for word in words):
        return None
    return phrase_hit(phrase_of(max(words, key=len)), slug, title, text)


def origins(agent: Agent, query: str) -> list[Origin]:
    """Over all releases: which texts hold the phrase, since when and until when, the oldest first.

    Where a sentence comes from is the first release of its text.
    """
    phrase = phrase_of(query)
    found: dict[str, Origin] = {}
    for release in agent.releases.order_by("number").only("number", "status", "prompt", "agent"):
        if hit := phrase_hit(phrase, "", "Prompt", release.prompt):
            note(found, hit, release)
    rows = Document.objects.filter(narrowed(query), release__agent=agent)
    columns = ("slug", "title", "body", "release__number", "release__status")
    for row in rows.select_related("release").only(*columns).order_by("release__number", "slug"):
        if hit := phrase_hit(phrase, row.slug, row.title, f"{row.title}\n{row.body}"):
            note(found, hit, row.release)
    return sorted(found.values(), key=lambda one: (one.first.number, one.hit.slug))[:MOST_HITS]


def note(found: dict[str, Origin], hit: Hit, release: Release) -> None:
    """A further release in which a text holds the phrase."""
    origin = found.setdefault(hit.slug, Origin(hit, release, release))
    origin.hit, origin.last = hit, release


def narrowed(query: str) -> Q:
    """What the database can leave out; its LIKE knows upper and lower case in ASCII alone."""
    condition = Q()
    for word in query.split():
        if word.isascii():
            condition &= Q(body__icontains=word) | Q(title__icontains=word)
    return condition
