"""Proposals: one for each fact, however many conversations show that it is missing."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Case, Q, QuerySet, When

from accounts.models import User
from context.models import Agent, Proposal, ReleaseStatus
from context.proposals.conflicts import conflicts_with, statements
from context.proposals.merging import add_evidence, part
from context.proposals.reopening import come_back_if_doubled
from context.proposals.wording import is_negated, numbers, stems
from context.releases.frozen import frozen_content

NEAR_DUPLICATE = 0.6  # shared share of all words of two bodies (Jaccard), with the same numbers
MOST_OF_TITLE = 200
NOT_LIVE_YET = (ReleaseStatus.DRAFT, ReleaseStatus.CANDIDATE, ReleaseStatus.APPROVED)

Evidence = dict[str, Any]


@transaction.atomic
def propose(
    agent: Agent,
    *,
    source: str,
    title: str,
    body: str,
    at: datetime,
    topic: str = "",
    kind: str = Proposal.Kind.DOCUMENT,
    required_facts: Iterable[str] = (),
    evidence: Sequence[Evidence] = (),
    volume: int = 1,
    failures: int = 0,
    by: User | None = None,
) -> tuple[Proposal, bool]:
    """A new proposal and True; or the one that already says this, grown, and False.

    The same fact is one proposal while it is open, while it waits in a release that is not live
    yet, and after it was declined (until twice as many conversations show it): a manager is asked
    once. In other words it becomes a wording of that proposal, which a person may take out again.
    `evidence` rows are `{"conversation": key, "messages": [external ids], "quotes": {id: text}}`; a
    conversation counts once, so proposing again from the same conversation changes nothing.
    ValueError for an empty body.
    """
    title, body = clean(title)[:MOST_OF_TITLE], clean(body)
    if not body:
        raise ValueError("a proposal needs a body")
    agent.hold()
    seen = Seen(evidence, list(dict.fromkeys(required_facts)), volume, failures)
    if exact := same_words(agent, kind, body):
        return grow(exact, seen, at), False
    same = same_fact(agent, kind, body)
    live = agent.live_release()
    known = frozen_content(live).documents if live else ()
    made = agent.proposals.create(
        kind=kind,
        source=source,
        topic=topic,
        title=title or body[:MOST_OF_TITLE],
        body=body,
        required_facts=seen.required_facts,
        fingerprint=fingerprint(kind, body, agent.language),
        evidence=merged_evidence([], evidence)[0],
        volume=volume,
        failures=failures,
        conflicts=conflicts_with(body, known, agent.language),
        created_by=by,
        created_at=at,
        merged_into=same,
        status=Proposal.Status.MERGED if same else Proposal.Status.OPEN,
    )
    if same:
        same.agent = agent
        add_evidence(same, made)
        come_back_if_doubled(same, at)
        return same, False
    made.rivals.set(rivals_of(made))
    return made, True


def clean(text: str) -> str:
    """The text without the NUL characters no database takes and the blanks around it."""
    return text.replace("\0", "").strip()


def fingerprint(kind: str, body: str, language: str = "en") -> str:
    """SHA-256 of the body's meaningful stems, numbers and negation, in any order."""
    told = gist(body, language)
    # A body without a meaningful word is told apart by its letters.
    words = " ".join(sorted(told.words)) or body.casefold()
    key = f"{kind}|{words}|{' '.join(sorted(told.numbers))}|{told.negated}"
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def asked_before(agent: Agent, kind: str) -> QuerySet[Proposal]:
    """The proposals in whose place a manager is not asked again: open, waiting in a release that is
    not live yet, or declined.
    """
    waiting = Q(status=Proposal.Status.ACCEPTED, release__status__in=NOT_LIVE_YET)
    asked = Q(status__in=[Proposal.Status.OPEN, Proposal.Status.DECLINED])
    open_first = Case(When(status=Proposal.Status.OPEN, then=0), default=1)
    return agent.proposals.filter(waiting | asked, kind=kind).order_by(open_first, "id")


def same_words(agent: Agent, kind: str, body: str) -> Proposal | None:
    """The proposal, or the wording of one, that says this word for word but for order and
    endings.
    """
    rows, key = asked_before(agent, kind), fingerprint(kind, body, agent.language)
    if same := rows.filter(fingerprint=key).first():
        return same
    wordings = agent.proposals.filter(fingerprint=key, merged_into__in=rows.values("pk"))
    return wordings.order_by("id").first()


def same_fact(agent: Agent, kind: str, body: str) -> Proposal | None:
    """The proposal that says this in other words.

    It has the same numbers and the same negation: "30 days" and "60 days" are two proposals.
    """
    rows = asked_before(agent, kind)
    for key, text in rows.values_list("pk", "body"):
        if nearly_the_same(text, body, agent.language):
            return rows.get(pk=key)
    return None


def rivals_of(proposal: Proposal) -> list[Proposal]:
    """The proposals, open or on their way, that say otherwise about the same thing."""
    language = proposal.agent.language
    asked = asked_before(proposal.agent, proposal.kind).exclude(pk=proposal.pk)
    others = asked.exclude(status=Proposal.Status.DECLINED)
    new = statements(proposal.body, language)
    return [
        other
        for other in others.only("pk", "body")
        if any(
            one.kind_against(there) == "contradiction"
            for there in statements(other.body, language)
            for one in new
        )
    ]


def nearly_the_same(one: str, other: str, language: str = "en") -> bool:
    """Whether two bodies state the same fact in other words."""
    a, b = gist(one, language), gist(other, language)
    if a.numbers != b.numbers or a.negated != b.negated:
        return False
    shared, all_words = len(a.words & b.words), len(a.words | b.words)
    return shared > 0 and shared >= NEAR_DUPLICATE * all_words


class Gist(NamedTuple):
    """What of a body tells its fact: meaningful stems, numbers, negation."""

    words: frozenset[str]
    numbers: frozenset[str]
    negated: bool


@lru_cache(maxsize=16_384)
def gist(body: str, language: str) -> Gist:
    """Read a body once; a night's captures are all compared with the same proposals."""
    return Gist(frozenset(stems(body, language)), numbers(body), is_negated(body))


def grow(told: Proposal, seen: "Seen", at: datetime) -> Proposal:
    """Add what one more conversation shows; one that was counted before adds only messages.

    Returns the proposal that stands for it: itself unless it is a wording of another.
    """
    kept = told.merged_into
    if kept is not None:
        part(kept, told)
    told.evidence, is_new = merged_evidence(told.evidence, seen.evidence)
    if is_new or not seen.evidence:
        told.volume += seen.volume
        told.failures += seen.failures
    told.required_facts = list(dict.fromkeys([*told.required_facts, *seen.required_facts]))
    told.save(update_fields=["evidence", "volume", "failures", "required_facts"])
    if kept is not None:
        add_evidence(kept, told)
    standing = kept or told
    come_back_if_doubled(standing, at)
    return standing


class Seen(NamedTuple):
    """What one more conversation, or person, adds to a proposal."""

    evidence: Sequence[Evidence]
    required_facts: list[str]
    volume: int
    failures: int


def merged_evidence(
    before: Sequence[Evidence], added: Sequence[Evidence]
) -> tuple[list[Evidence], bool]:
    """Evidence by conversation, in the order it came, and whether a new conversation came.

    What a proposal shows itself is its own, also where it had it from a wording.
    """
    rows = {row["conversation"]: dict(row) for row in before}
    known = len(rows)
    for new in added:
        there = rows.setdefault(new["conversation"], {"conversation": new["conversation"]})
        there.pop("from", None)
        names = dict.fromkeys([*there.get("messages", []), *new.get("messages", [])])
        there["messages"] = list(names)
        if quotes := there.get("quotes", {}) | new.get("quotes", {}):
            there["quotes"] = quotes
    return list(rows.values()), len(rows) > known
