"""The REST calls that read and push releases."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import key_of
from accounts.bodies import parse_body
from accounts.idempotency import idempotent
from accounts.pagination import listing
from accounts.problems import Problem
from context.access import agent_api
from context.api_refusals import refusals
from context.files.pushing import push_release
from context.files.sources import release_files
from context.models import Agent, Release
from context.outgoing import DiffOut, FilesOut, LiveOut, ReleaseList, ReleaseOut
from context.releases.changes import changes
from context.releases.content import content_of
from context.releases.labels import CURRENT_LABELS
from context.rendering import diff_json, live_text, release_json, release_row
from context.rollouts.starting import Serving, serving
from context.schema import ReleaseIn

ORDER = ("-number",)
PEOPLE = ("parent", "created_by", "decided_by", "published_by")
# A running agent asks each time, since a rollback holds at once, and gets 304 nearly always. While
# we are away it may go on with its copy for a day; `no-cache` would forbid that (RFC 9111, 4.2.4).
LIVE_CACHE = "private, max-age=0, stale-if-error=86400"
CONTENT_HASH = OpenApiParameter("content_hash", type=OpenApiTypes.STR)
STATUS = OpenApiParameter("status", enum=Release.Status.values)
LONGEST_REFERENCE = 200
CUSTOMER = OpenApiParameter(
    "customer", description="Reference of a customer, exactly as it is sent with conversations."
)
ETAG = OpenApiParameter("If-None-Match", location=OpenApiParameter.HEADER, type=OpenApiTypes.STR)


def release_of(agent: Agent, number: int) -> Release:
    """A release of this agent by its number, or 404."""
    rows = agent.releases.select_related(*PEOPLE).prefetch_related(CURRENT_LABELS)
    release = rows.filter(number=number).first()
    if release is None:
        raise Http404
    release.agent = agent
    return release


def of_status(request: Request, rows: QuerySet[Any], statuses: list[str]) -> QuerySet[Any]:
    """The rows of `?status=`, if it is given; a 422 problem for one that does not exist."""
    status = request.GET.get("status", "")
    if status and status not in statuses:
        fault = {"field": "status", "message": f"one of {', '.join(statuses)}"}
        raise Problem(422, "invalid", "There is no such status.", [fault])
    return rows.filter(status=status) if status else rows


@extend_schema(
    methods=["GET"],
    operation_id="releases",
    parameters=[STATUS, CONTENT_HASH],
    responses=ReleaseList,
)
@extend_schema(
    methods=["POST"],
    operation_id="push_release",
    request=ReleaseIn,
    responses={
        201: ReleaseOut,
        200: OpenApiResponse(ReleaseOut, "A release holds this content already; here it is."),
        409: OpenApiResponse(
            description="`parent_is_not_newest`: `newest` is the number of the newest release"
        ),
    },
)
@agent_api("GET:read POST:releases", methods=["GET", "POST"])
@idempotent
def releases(request: Request, agent: Agent) -> Response:
    """The releases of an agent, the newest first; or a new draft. Drafts alone may be edited."""
    if request.method == "GET":
        found = agent.releases.select_related(*PEOPLE).prefetch_related(CURRENT_LABELS)
        rows = of_status(request, found, Release.Status.values)
        if digest := request.GET.get("content_hash", ""):
            rows = rows.filter(content_hash=digest)
        return listing(request, rows, ORDER, release_row)
    body, key = parse_body(ReleaseIn, request.data), key_of(request)
    with refusals():
        release, made = push_release(agent, body, timezone.now(), key.created_by, key)
    return Response(release_json(release_of(agent, release.number)), status=201 if made else 200)


@extend_schema(operation_id="release", responses=ReleaseOut)
@agent_api("read")
def release(request: Request, agent: Agent, number: int) -> Response:
    """A release with its content, its checks and what it lacks to be published."""
    return Response(release_json(release_of(agent, number)))


@extend_schema(operation_id="release_files", responses=FilesOut)
@agent_api("read")
def files(request: Request, agent: Agent, number: int) -> Response:
    """The files of a release as `manage.py pull` writes them: as they were pushed where that still
    holds.
    """
    found = release_of(agent, number)
    row = {name: getattr(found, name) for name in ("number", "status", "content_hash")}
    return Response(row | {"files": release_files(found)})


@extend_schema(operation_id="release_diff", responses=DiffOut)
@agent_api("read")
def diff(request: Request, agent: Agent, number: int, other: int) -> Response:
    """What differs from release `number` to release `other`, word by word."""
    before, after = release_of(agent, number), release_of(agent, other)
    return Response(diff_json(before, after, changes(content_of(before), content_of(after))))


@extend_schema(
    operation_id="live_release",
    parameters=[CUSTOMER, ETAG],
    responses={
        200: LiveOut,
        304: OpenApiResponse(description="The release named in If-None-Match still answers."),
    },
)
@agent_api("read")
def live(request: Request, agent: Agent) -> HttpResponse:
    """The live release: what a running agent polls. Send the ETag back in If-None-Match.

    With `customer`, the release that answers this customer: while a rollout runs, it may be the new
    one. Without, the live one, and with `rollout` what the agent needs to split by itself.
    """
    found = serving_now(agent, customer_of(request))
    etag = etag_of(found)
    headers = {"ETag": etag, "Cache-Control": LIVE_CACHE, "Vary": "Authorization"}
    if names_etag(request.headers.get("If-None-Match", ""), etag):
        return Response(status=304, headers=headers)
    return HttpResponse(live_text(found), content_type="application/json", headers=headers)


def customer_of(request: Request) -> str:
    """The customer of `?customer=`, if one is named; a 422 problem where it is too long."""
    customer = request.GET.get("customer", "")
    if len(customer) > LONGEST_REFERENCE:
        fault = {"field": "customer", "message": f"at most {LONGEST_REFERENCE} characters"}
        raise Problem(422, "invalid", "The customer reference is too long.", [fault])
    return customer


def serving_now(agent: Agent, customer: str) -> Serving:
    """What answers this customer, or a 404 problem."""
    found = serving(agent, customer)
    if found is None:
        raise Problem(404, "no_live_release", "No release of this agent is live.")
    return found


def etag_of(found: Serving) -> str:
    """Another release, another rollout or another side is another tag."""
    release, beside = found.release, ""
    if found.rollout:
        beside = f"-{found.rollout.pk}{found.arm or ''}"
    since = f"{found.since.timestamp():.0f}"
    return f'"{release.number}-{release.content_hash[:16]}-{since}{beside}"'


def names_etag(header: str, etag: str) -> bool:
    """Whether If-None-Match names the ETag, in the weak comparison of RFC 9110, 13.1.2."""
    named = (name.strip().removeprefix("W/") for name in header.split(","))
    return header.strip() == "*" or etag in named
