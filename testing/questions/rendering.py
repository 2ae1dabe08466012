"""New questions as they go out over REST, in the shapes of `testing.questions.shapes`."""

from typing import Any

from testing.models import Discovery, QuestionCluster


def cluster_json(cluster: QuestionCluster) -> dict[str, Any]:
    """A cluster with the counts of its last week and its examples."""
    return {
        "id": cluster.pk,
        "name": cluster.name,
        "topic": cluster.topic,
        "status": cluster.status,
        "merged_into": cluster.merged_into_id,
        "week": f"{cluster.week:%G-W%V}",
        "volume": cluster.volume,
        "failures": cluster.failures,
        "handovers": cluster.handovers,
        "rank": round(cluster.rank, 3),
        "examples": [conversation.pk for conversation in cluster.examples()],
        "created_at": cluster.created_at,
        "decided_at": cluster.decided_at,
    }


def discovery_json(row: Discovery) -> dict[str, Any]:
    """A search with its progress, and what it counted once it is done."""
    return {
        "id": row.pk,
        "week": f"{row.week:%G-W%V}",
        "state": row.state,
        "step": row.step,
        "done": row.done,
        "total": row.total,
        "questions": row.questions,
        "covered": row.covered,
        "alone": row.alone,
        "unchanged": row.repeats_id is not None,
        "compared_by": row.vectors,
        "estimated_usd": float(row.estimated_usd),
        "cost_usd": float(row.cost_usd),
        "error": row.error,
        "created_at": row.created_at,
        "finished_at": row.finished_at,
    }
