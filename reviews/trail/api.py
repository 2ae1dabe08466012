"""The REST calls about trails: one proposal from finding to impact, and what became of findings."""

from datetime import timedelta
from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import key_of
from accounts.problems import Problem
from context.access import agent_api
from context.impacts.api import impact_json
from context.models import Agent
from context.rendering import proposal_json, username
from reviews.desk.blind import held_blind
from reviews.trail.funnel import funnel
from reviews.trail.path import Passes, Trail, trail_of
from reviews.trail.schema import BecameList, TrailOut

MOST_WEEKS = 104
WEEKS = OpenApiParameter("weeks", OpenApiTypes.INT, description=f"1 to {MOST_WEEKS}; 8 if left out")


@extend_schema(operation_id="trail", responses=TrailOut)
@agent_api("read")
def trail(request: Request, agent: Agent, key: int) -> Response:
    """A proposal with what it came from and what became of it; verdicts on conversations that the
    maker of the key is deciding blind are left out.
    """
    rows = agent.proposals.select_related("release__parent", "decided_by", "created_by")
    proposal = rows.filter(pk=key).first()
    if proposal is None:
        raise Http404
    proposal.agent = agent
    hidden = held_blind(agent, key_of(request).created_by_id)
    return Response(trail_json(trail_of(proposal, hidden)))


@extend_schema(operation_id="became", parameters=[WEEKS], responses=BecameList)
@agent_api("read")
def became(request: Request, agent: Agent) -> Response:
    """What became of the findings of the last weeks."""
    given = request.GET.get("weeks", "8")
    if not (given.isascii() and given.isdigit() and 1 <= int(given[:6]) <= MOST_WEEKS):
        fault = {"field": "weeks", "message": f"a number from 1 to {MOST_WEEKS}"}
        raise Problem(422, "invalid", f"weeks must be 1 to {MOST_WEEKS}.", [fault])
    today = agent.local_date(timezone.now())
    weeks = funnel(agent, today - timedelta(days=7 * (int(given) - 1)), today)
    rows = [{"week": row.monday, **vars(row)} for row in weeks]
    for row in rows:
        del row["monday"]
    return Response({"data": rows})


def trail_json(found: Trail) -> dict[str, Any]:
    """The trail as REST shows it."""
    return {
        "proposal": proposal_json(found.proposal),
        "steps": [
            {"name": one.name, "state": one.state, "words": one.words, "who": one.who}
            for one in found.steps
        ],
        "findings": [
            {
                "conversation": one.conversation.pk,
                "external_id": one.conversation.external_id,
                "topic": one.conversation.topic,
                "outcome": one.conversation.outcome,
                "quotes": one.quotes,
                "flags": [flag.kind for flag in one.flags],
            }
            for one in found.findings
        ],
        "more_findings": found.more_findings,
        **decisions_json(found),
    }


def decisions_json(found: Trail) -> dict[str, Any]:
    """What people and tests said about it."""
    plain = ("passed", "root_cause", "note", "created_at")
    period = ("started_at", "ended_at", "reason", "rollback")
    return {
        "verdicts": [
            {
                "verdict": one.pk,
                "conversation": one.conversation_id,
                "reviewer": one.reviewer.username,
                **{name: getattr(one, name) for name in plain},
            }
            for one in found.verdicts
        ],
        "publications": [
            {
                "release": found.proposal.release.number if found.proposal.release else 0,
                "by": username(one.by),
                **{name: getattr(one, name) for name in period},
            }
            for one in found.publications
        ],
        "cases": [
            {
                "id": row.case.pk,
                "key": row.case.key,
                "suite": row.case.suite.name,
                "status": row.case.status,
                "question": row.case.question,
                "release": trials_json(row.release),
                "baseline": trials_json(row.baseline),
            }
            for row in found.cases
        ],
        "impacts": [impact_json(one) for one in found.impacts],
    }


def trials_json(found: Passes | None) -> dict[str, int] | None:
    """How a release did in a case."""
    if found is None:
        return None
    return {
        "run": found.run_id,
        "release": found.release.number,
        "passed": found.passed,
        "of": found.of,
    }
