"""Rows as the REST API gives them; the shapes stand in `schema.py`."""

from collections.abc import Mapping
from typing import Any

from reviews.models import Queue, QueueItem, Review, Verdict


def item_json(item: QueueItem) -> dict[str, Any]:
    """An item, with its queue, stratum, conversation and claimer loaded."""
    return {
        "id": item.pk,
        "date": item.queue.date,
        "conversation": item.conversation_id,
        "external_id": item.conversation.external_id,
        "slot": item.slot,
        "position": item.position,
        "state": item.state,
        "reason": item.shown_reason,
        "stratum": "" if item.hides_judge else item.stratum.name,
        "inclusion_probability": item.inclusion_probability,
        "blind": item.is_blind,
        "assigned_to": item.assigned_to.username if item.assigned_to else None,
        "claimed_by": item.claimed_by.username if item.claimed_by else None,
        "lease_until": item.lease_until,
    }


def review_json(review: Review) -> dict[str, Any]:
    """A review with its results."""
    plain = ("score", "passed", "grade", "severity", "root_cause", "question", "missing_fact")
    return {name: getattr(review, name) for name in (*plain, "partial_view", "day", "error")} | {
        "id": review.pk,
        "conversation": review.conversation_id,
        "external_id": review.conversation.external_id,
        "state": review.state,
        "model": review.judge.model,
        "judge": review.judge.prompt_hash[:8],
        "scorecard": review.scorecard.version,
        "cost_usd": float(review.cost_usd),
        "results": [
            {
                "key": result.criterion.key,
                "verdict": result.verdict,
                "message_id": result.message_external_id,
                "quote": result.quote,
                "reason": result.reason,
                "verified": result.verified,
            }
            for result in review.results.all()
        ],
    }


def verdict_json(verdict: Verdict, answers: Mapping[str, str] | None = None) -> dict[str, Any]:
    """A verdict with its answers by criterion: those given, else those of its loaded results."""
    if answers is None:
        answers = {one.criterion.key: one.verdict for one in verdict.results.all()}
    plain = ("passed", "root_cause", "note", "blind", "seconds", "created_at", "withdrawn_at")
    return {name: getattr(verdict, name) for name in plain} | {
        "id": verdict.pk,
        "item": verdict.item_id,
        "conversation": verdict.conversation_id,
        "external_id": verdict.conversation.external_id,
        "reviewer": verdict.reviewer.username,
        "answers": answers,
        "case": verdict.case_id,
        "proposal": verdict.proposal_id,
        "supersedes": verdict.supersedes_id,
    }


def queue_json(queue: Queue | None) -> dict[str, Any]:
    """A queue without its items; an empty one where there is none."""
    if queue is None:
        return {"date": None, "population": 0, "strata": [], "progress": {}}
    return {
        "date": queue.date,
        "population": queue.population,
        "strata": [
            {"name": stratum.name, "size": stratum.size, "drawn": stratum.drawn}
            for stratum in queue.strata.all()
        ],
        "progress": queue.counts(),
    }
