"""The name of a group of questions: its most typical one, which comes first."""

from collections.abc import Mapping
from typing import Any


def name(material: Mapping[str, Any]) -> dict[str, Any]:
    """Fill cluster_name."""
    questions = material.get("questions")
    first = questions[0] if isinstance(questions, list) and questions else ""
    return {"name": str(first)}
