"""The topics of a release's documents, and the facts that each topic asks for."""

from context.models import Release


def facts_by_topic(release: Release, but: str = "") -> dict[str, list[str]]:
    """Topic to the facts that its documents gather before answering, without the document `but`."""
    topics: dict[str, dict[str, None]] = {}
    for row in release.documents.exclude(slug=but).exclude(topic="").order_by("topic", "slug"):
        topics.setdefault(row.topic, {}).update(dict.fromkeys(row.required_facts))
    return {topic: list(facts) for topic, facts in topics.items()}
