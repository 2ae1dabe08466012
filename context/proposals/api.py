"""The REST calls about proposals."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import key_of
from accounts.bodies import misfit, parse_body
from accounts.idempotency import idempotent
from accounts.pagination import listing
from context.access import agent_api
from context.api_refusals import refusals
from context.models import Agent, Proposal, Release
from context.outgoing import ProposalList, ProposalOut
from context.proposals.merging import merge, split
from context.proposals.proposing import propose
from context.proposals.reopening import take_back
from context.releases.api import of_status
from context.rendering import proposal_json
from context.schema import AcceptIn, DeclineIn, MergeIn, ProposalIn

ORDER = ("-weight", "-volume", "-id")
STATUS = OpenApiParameter("status", enum=Proposal.Status.values)
CONFLICT = OpenApiResponse(description="It was decided before, or the release is no draft")


def shown(agent: Agent) -> QuerySet[Proposal]:
    """The agent's proposals with what is shown of them."""
    rows = agent.proposals.select_related("release", "decided_by")
    return rows.prefetch_related("rivals", "wordings")


def proposal_of(agent: Agent, proposal_id: int) -> Proposal:
    """A proposal of this agent, or 404."""
    found = shown(agent).filter(pk=proposal_id).first()
    if found is None:
        raise Http404
    found.agent = agent
    return found


@extend_schema(
    methods=["GET"], operation_id="proposals", parameters=[STATUS], responses=ProposalList
)
@extend_schema(
    methods=["POST"],
    operation_id="propose",
    request=ProposalIn,
    responses={
        201: ProposalOut,
        200: OpenApiResponse(ProposalOut, "The same fact was proposed before; here it is, grown."),
    },
)
@agent_api("GET:read POST:review", methods=["GET", "POST"])
@idempotent
def proposals(request: Request, agent: Agent) -> Response:
    """The proposals by volume times failures; or a new one."""
    if request.method == "GET":
        rows = of_status(request, shown(agent), Proposal.Status.values)
        return listing(request, rows, ORDER, proposal_json)
    body = parse_body(ProposalIn, request.data)
    fields: dict[str, Any] = body.model_dump()
    by, source = key_of(request).created_by, Proposal.Source.PERSON
    if not body.body.strip():
        raise misfit("body", "says nothing")
    proposal, made = propose(agent, source=source, at=timezone.now(), by=by, **fields)
    return Response(proposal_json(proposal_of(agent, proposal.pk)), status=201 if made else 200)


@extend_schema(operation_id="proposal", responses=ProposalOut)
@agent_api("read")
def proposal(request: Request, agent: Agent, proposal_id: int) -> Response:
    """One proposal."""
    return Response(proposal_json(proposal_of(agent, proposal_id)))


@extend_schema(
    operation_id="accept_proposal", request=AcceptIn, responses={200: ProposalOut, 409: CONFLICT}
)
@agent_api("releases", methods=["POST"])
@idempotent
def accept(request: Request, agent: Agent, proposal_id: int) -> Response:
    """Put a proposal into the draft named, else the newest, else a new one made from live."""
    proposal, key = proposal_of(agent, proposal_id), key_of(request)
    body = parse_body(AcceptIn, request.data)
    into = draft_of(agent, body.into) if body.into else None
    document = body.document.content() if body.document else None
    with refusals():
        proposal.accept(timezone.now(), key.created_by, body.body, into, document, api_key=key)
    return Response(proposal_json(proposal_of(agent, proposal_id)))


@extend_schema(
    operation_id="decline_proposal",
    request=DeclineIn,
    responses={200: ProposalOut, 409: CONFLICT},
)
@agent_api("releases", methods=["POST"])
@idempotent
def decline(request: Request, agent: Agent, proposal_id: int) -> Response:
    """Say that a proposal is not to be done, and why."""
    proposal, key = proposal_of(agent, proposal_id), key_of(request)
    body = parse_body(DeclineIn, request.data)
    with refusals():
        proposal.decline(timezone.now(), key.created_by, body.reason, key, body.cause)
    return Response(proposal_json(proposal))


@extend_schema(
    operation_id="merge_proposal", request=MergeIn, responses={200: ProposalOut, 409: CONFLICT}
)
@agent_api("releases", methods=["POST"])
@idempotent
def merge_other(request: Request, agent: Agent, proposal_id: int) -> Response:
    """Let this proposal stand for another that says the same."""
    kept, key = proposal_of(agent, proposal_id), key_of(request)
    body = parse_body(MergeIn, request.data)
    other = agent.proposals.filter(pk=body.proposal).first()
    if other is None:
        raise misfit("proposal", f"there is no proposal {body.proposal}")
    with refusals():
        merge(kept, other, timezone.now(), key.created_by, key)
    return Response(proposal_json(proposal_of(agent, proposal_id)))


@extend_schema(
    operation_id="undo_proposal", request=None, responses={200: ProposalOut, 409: CONFLICT}
)
@agent_api("releases", methods=["POST"])
@idempotent
def undo(request: Request, agent: Agent, proposal_id: int) -> Response:
    """Open a decided proposal again; or take one that was merged out of the other."""
    proposal, key, at = proposal_of(agent, proposal_id), key_of(request), timezone.now()
    with refusals():
        if proposal.status == Proposal.Status.MERGED:
            split(proposal, at, key.created_by, key)
        else:
            take_back(proposal, at, key.created_by, key)
    return Response(proposal_json(proposal_of(agent, proposal_id)))


def draft_of(agent: Agent, number: int) -> Release:
    """The release named in a body; a 422 problem when there is none of this number."""
    found = agent.releases.filter(number=number).first()
    if found is None:
        raise misfit("into", f"there is no release {number}")
    found.agent = agent
    return found
