"""What is wrong with the documents of the live release: expired, contradicting, repeated, stale, or
used by no answer; ranked by the harm their topics do.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from hashlib import md5

from django.db import models
from django.db.models import Min, Sum
from django.db.models.functions import MD5

from context.editing.upkeep import SOON, upkeep_of
from context.hygiene.disagreements import Disagreement, disagreements
from context.hygiene.repeats import Repeat, repeats
from context.hygiene.said import reading
from context.hygiene.uses import first_use, uses_since
from context.models import Agent, Document, Figure, FineMark, Release, Upkeep
from context.releases.content import Content, DocumentContent
from context.releases.frozen import frozen_content

WATCHED = timedelta(weeks=8)  # in which conversations, failures and uses are counted
MONTH = 30.44  # days
MOST_CONTRADICTIONS = 50


class Kind(models.TextChoices):
    """What is wrong."""

    EXPIRED = "expired"
    CONTRADICTION = "contradiction", "may contradict"
    EXPIRING = "expiring", "expires soon"
    DUPLICATE = "duplicate", "says the same"
    UNUSED = "unused"
    STALE = "stale"


@dataclass(frozen=True)
class Load:
    """Conversations on a topic in the weeks watched, and how many of them people had to finish."""

    volume: int = 0
    failures: int = 0

    @property
    def harm(self) -> int:
        """Volume times failures, as proposals are ranked."""
        return self.volume * (self.failures + 1)


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with one document, or between two; `text` says what."""

    kind: Kind
    documents: tuple[DocumentContent, ...]
    text: str
    load: Load
    quotes: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        """What marks as fine refer to."""
        return subject_of(document.slug for document in self.documents)

    @property
    def slug(self) -> str:
        """The document that its actions change."""
        return self.documents[0].slug


@dataclass(frozen=True)
class Hygiene:
    """The findings that count, worst first; those marked as fine; what is not known yet."""

    release: Release | None
    findings: list[Finding]
    fine: list[tuple[Finding, FineMark]]
    uses_from: date | None  # since when it is known what answers rest on


def subject_of(slugs: Iterable[str]) -> str:
    """The slugs of a finding in one word, whatever their order."""
    return " ".join(sorted(slugs))


def hygiene_of(agent: Agent, today: date) -> Hygiene:
    """What is wrong with the live release's documents on this day; nine queries."""
    live, uses_from = agent.live_release(), first_use(agent)
    if live is None:
        return Hygiene(None, [], [], uses_from)
    marks = {(row.kind, row.subject): row for row in marks_in_force(agent, today)}
    found = sorted(findings(agent, live, today, uses_from), key=order)
    open_ones = [one for one in found if (one.kind, one.subject) not in marks]
    fine = [(one, marks[one.kind, one.subject]) for one in found if one not in open_ones]
    return Hygiene(live, open_ones, fine, uses_from)


def marks_in_force(agent: Agent, today: date) -> list[FineMark]:
    """What people found fine until this day or later; of two, the newer comes last."""
    return list(agent.fine_marks.filter(until__gte=today).select_related("by").order_by("id"))


def order(finding: Finding) -> tuple[int, int, str]:
    """The most harm first, then the worse kind."""
    return -finding.load.harm, list(Kind).index(finding.kind), finding.subject


def findings(agent: Agent, live: Release, today: date, uses_from: date | None) -> Iterator[Finding]:
    """Everything that is wrong, in no order."""
    content, loads = frozen_content(live), loads_of(agent, today)
    by_slug = {document.slug: document for document in content.documents}
    written = written_on(agent, content)
    yield from dated(content, upkeep_of(agent), today, loads)
    disagreeing, repeated = _compared(live.pk, agent.language)
    yield from contradicting(disagreeing, by_slug, loads)
    yield from repeating(repeated, by_slug, loads)
    yield from unchanged(content, written, today, agent.stale_after_months, loads)
    if uses_from is not None and uses_from <= today - WATCHED:
        uses = uses_since(agent, today - WATCHED)
        yield from unused(content, uses, written, today, loads)


def loads_of(agent: Agent, today: date) -> dict[str, Load]:
    """Conversations and handovers of each topic in the weeks watched; one query."""
    counted = {Figure.CONVERSATIONS, Figure.AI_HANDOVER}
    rows = agent.measurements.filter(figure__in=counted, date__gt=today - WATCHED, date__lte=today)
    sums = rows.order_by().values_list("topic", "figure").annotate(Sum("total"))
    totals = {(topic, figure): round(total) for topic, figure, total in sums}
    return {
        topic: Load(
            totals.get((topic, Figure.CONVERSATIONS), 0), totals.get((topic, Figure.AI_HANDOVER), 0)
        )
        for topic, _ in totals
    }


def load_of(loads: Mapping[str, Load], *documents: DocumentContent) -> Load:
    """The load of the documents' worst topic."""
    return max((loads.get(row.topic, Load()) for row in documents), key=lambda load: load.harm)


def dated(
    content: Content, kept: Mapping[str, Upkeep], today: date, loads: Mapping[str, Load]
) -> Iterator[Finding]:
    """Documents whose last day is over, or near."""
    for document in content.documents:
        last = kept[document.slug].expires_on if document.slug in kept else None
        if last is None or last > today + SOON:
            continue
        kind = Kind.EXPIRED if last < today else Kind.EXPIRING
        verb = "was" if kind == Kind.EXPIRED else "is"
        text = f"Its last day {verb} {last:%-d %B %Y}."
        yield Finding(kind, (document,), text, load_of(loads, document))


def contradicting(
    found: Iterable[Disagreement],
    by_slug: Mapping[str, DocumentContent],
    loads: Mapping[str, Load],
) -> Iterator[Finding]:
    """Pairs of documents with sentences that may contradict each other, a pair once."""
    seen: set[str] = set()
    for one in found:
        pair = by_slug[one.first.slug], by_slug[one.second.slug]
        subject = subject_of(row.slug for row in pair)
        if subject not in seen and len(seen) < MOST_CONTRADICTIONS:
            seen.add(subject)
            text = f"“{pair[0].title}” and “{pair[1].title}” may contradict each other."
            quotes = one.first.text, one.second.text
            yield Finding(Kind.CONTRADICTION, pair, text, load_of(loads, *pair), quotes)


def repeating(
    found: Iterable[Repeat], by_slug: Mapping[str, DocumentContent], loads: Mapping[str, Load]
) -> Iterator[Finding]:
    """Pairs of documents that say the same."""
    for one in found:
        pair = by_slug[one.first], by_slug[one.second]
        sentences = f"{one.shared} sentence{'s' if one.shared != 1 else ''}"
        text = f"{sentences} stand in “{pair[0].title}” and “{pair[1].title}” alike."
        yield Finding(Kind.DUPLICATE, pair, text, load_of(loads, *pair), one.quotes)


def unchanged(
    content: Content,
    written: Mapping[str, "Written"],
    today: date,
    months: int,
    loads: Mapping[str, Load],
) -> Iterator[Finding]:
    """Documents whose text is older than the months allowed; 0 asks for nothing."""
    for document in content.documents:
        age = (today - written[document.slug].text).days / MONTH
        if months and age >= months:
            text = f"Its text has not changed for {int(age)} months."
            yield Finding(Kind.STALE, (document,), text, load_of(loads, document))


def unused(
    content: Content,
    uses: Mapping[str, int],
    written: Mapping[str, "Written"],
    today: date,
    loads: Mapping[str, Load],
) -> Iterator[Finding]:
    """Documents that were there in all the weeks watched and that no answer rested on."""
    for document in content.documents:
        if document.slug not in uses and written[document.slug].document <= today - WATCHED:
            text = f"No answer rested on it in the last {WATCHED.days // 7} weeks."
            yield Finding(Kind.UNUSED, (document,), text, load_of(loads, document))


@dataclass(frozen=True)
class Written:
    """The day of the first release with a document, and of the first with its text."""

    document: date
    text: date


def written_on(agent: Agent, content: Content) -> dict[str, Written]:
    """When each live document and its text came; one query, whose rows hold no text."""
    every = Document.objects.filter(release__agent=agent).order_by()
    texts = every.values_list("slug", MD5("body")).annotate(Min("release__created_at"))
    first: dict[str, datetime] = {}
    since: dict[tuple[str, str], datetime] = {}
    for slug, text, at in texts:
        first[slug] = min(at, first.get(slug, at))
        since[slug, text] = at
    return {
        row.slug: Written(
            agent.local_date(first[row.slug]), agent.local_date(since[row.slug, digest(row.body)])
        )
        for row in content.documents
    }


def digest(text: str) -> str:
    """What tells texts apart, as the database counts it."""
    return md5(text.encode(), usedforsecurity=False).hexdigest()


@lru_cache(maxsize=16)
def _compared(live: int, language: str) -> tuple[tuple[Disagreement, ...], tuple[Repeat, ...]]:
    """Cached: the content of a live release is frozen."""
    read = reading(frozen_content(Release.objects.get(pk=live)).documents, language)
    return tuple(disagreements(read)), tuple(repeats(read))
