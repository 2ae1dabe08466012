"""What is wrong with the live documents, over REST."""

from datetime import date
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from pydantic import BaseModel
from rest_framework.request import Request
from rest_framework.response import Response

from context.access import agent_api
from context.hygiene.findings import Finding, hygiene_of
from context.models import Agent


class FindingOut(BaseModel):
    """One finding; `volume` and `failures` are those of its worst topic in eight weeks."""

    kind: str
    documents: list[str]
    text: str
    quotes: list[str]
    topic: str
    volume: int
    failures: int


class HygieneOut(BaseModel):
    """The findings, the most harmful first, without those that people marked as fine."""

    release: int | None
    uses_known_from: date | None
    marked_fine: int
    data: list[FindingOut]


@extend_schema(operation_id="hygiene", responses=HygieneOut)
@agent_api("read")
def hygiene(request: Request, agent: Agent) -> Response:
    """Expired, contradicting, repeated, stale and unused documents of the live release."""
    found = hygiene_of(agent, agent.local_date(timezone.now()))
    answer = {
        "release": found.release.number if found.release else None,
        "uses_known_from": found.uses_from,
        "marked_fine": len(found.fine),
        "data": [finding_json(one) for one in found.findings],
    }
    return Response(answer)


def finding_json(finding: Finding) -> dict[str, Any]:
    """A finding."""
    return {
        "kind": str(finding.kind),
        "documents": [document.slug for document in finding.documents],
        "text": finding.text,
        "quotes": list(finding.quotes),
        "topic": finding.documents[0].topic,
        "volume": finding.load.volume,
        "failures": finding.load.failures,
    }
