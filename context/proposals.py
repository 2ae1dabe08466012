"""Proposals: one for each fact, however many conversations show that it is missing."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Case, Q, When

from accounts.models import User
from context.conflicts import conflicts_with
from context.frozen import frozen_content
from context.models import Agent, Proposal, ReleaseStatus
from context.wording import is_negated, numbers, stems

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
    yet, and after it was declined: a manager is asked once. `evidence` rows are
    `{"conversation": key, "messages": [external ids]}`; a conversation counts once, so proposing
    again from the same conversation changes nothing. ValueError for an empty body.
    """
    title, body = clean(title)[:MOST_OF_TITLE], clean(body)
    if not body:
        raise ValueError("a proposal needs a body")
    agent.hold()
    if same := same_fact(agent, kind, body):
        grow(same, evidence, list(required_facts), volume, failures)
        return same, False
    live = agent.live_release()
    known = frozen_content(live).documents if live else ()
    return agent.proposals.create(
        kind=kind,
        source=source,
        topic=topic,
        title=title or body[:MOST_OF_TITLE],
        body=body,
        required_facts=list(dict.fromkeys(required_facts)),
        fingerprint=fingerprint(kind, body, agent.language),
        evidence=merged_evidence([], evidence)[0],
        volume=volume,
        failures=failures,
        conflicts=conflicts_with(body, known, agent.language),
        created_by=by,
        created_at=at,
    ), True


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


def same_fact(agent: Agent, kind: str, body: str) -> Proposal | None:
    """The proposal that already says this: word for word but for order and endings, else nearly.

    Nearly needs the same numbers and the same negation: "30 days" and "60 days" are two proposals.
    """
    waiting = Q(status=Proposal.Status.ACCEPTED, release__status__in=NOT_LIVE_YET)
    asked = Q(status__in=[Proposal.Status.OPEN, Proposal.Status.DECLINED])
    rows = agent.proposals.filter(waiting | asked, kind=kind)
    exact = rows.filter(fingerprint=fingerprint(kind, body, agent.language))
    open_first = Case(When(status=Proposal.Status.OPEN, then=0), default=1)
    if same := exact.order_by(open_first, "id").first():
        return same
    for key, text in rows.order_by(open_first, "id").values_list("pk", "body"):
        if nearly_the_same(text, body, agent.language):
            return rows.get(pk=key)
    return None


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


def grow(
    proposal: Proposal,
    evidence: Sequence[Evidence],
    required_facts: list[str],
    volume: int,
    failures: int,
) -> None:
    """Add what one more conversation shows; one that was counted before adds only messages."""
    proposal.evidence, is_new = merged_evidence(proposal.evidence, evidence)
    if is_new or not evidence:
        proposal.volume += volume
        proposal.failures += failures
    facts = dict.fromkeys([*proposal.required_facts, *required_facts])
    proposal.required_facts = list(facts)
    proposal.save(update_fields=["evidence", "volume", "failures", "required_facts"])


def merged_evidence(
    before: Sequence[Evidence], added: Sequence[Evidence]
) -> tuple[list[Evidence], bool]:
    """Evidence by conversation, in the order it came, and whether a new conversation came."""
    messages: dict[Any, list[str]] = {
        row["conversation"]: list(row.get("messages", [])) for row in before
    }
    known = len(messages)
    for row in added:
        there = messages.setdefault(row["conversation"], [])
        there += [name for name in row.get("messages", []) if name not in there]
    rows = [{"conversation": key, "messages": names} for key, names in messages.items()]
    return rows, len(rows) > known
