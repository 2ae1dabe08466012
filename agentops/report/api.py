"""The weekly reports over REST: the list, and one week as JSON, HTML or PDF."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import renderer_classes
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.pagination import listing
from accounts.problems import Problem
from agentops.report.content import read
from agentops.report.document import whole_document
from agentops.report.look import look_of
from agentops.report.shape import ReportList, ReportOut, report_json, row_json
from context.access import agent_api
from context.models import Agent, WeeklyReport
from conversations.weeks import parse_week

ORDER = ("-monday", "-id")
VERSION = OpenApiParameter("version", int, description="An earlier version; the newest if left.")


class DocumentRenderer(BaseRenderer):
    """A report as bytes; a problem as JSON."""

    def render(self, data: Any, *args: Any, **kwargs: Any) -> bytes:
        """The bytes of the document, or of a problem."""
        if isinstance(data, bytes):
            return data
        return bytes(JSONRenderer().render(data, *args, **kwargs))


class HTMLRenderer(DocumentRenderer):
    """`?format=html`: one file that needs nothing beside it."""

    media_type, format, charset = "text/html", "html", "utf-8"


class PDFRenderer(DocumentRenderer):
    """`?format=pdf`."""

    media_type, format, charset = "application/pdf", "pdf", None


@extend_schema(operation_id="weekly_reports", responses=ReportList)
@agent_api("read")
def weekly_reports(request: Request, agent: Agent) -> Response:
    """The weeks that were told, newest first, every version of each."""
    rows = WeeklyReport.objects.filter(agent=agent).defer("data")
    return listing(request, rows, ORDER, row_json)


@extend_schema(
    operation_id="weekly_report",
    parameters=[VERSION],
    responses={
        (200, "application/json"): ReportOut,
        (200, "text/html"): OpenApiTypes.STR,
        (200, "application/pdf"): OpenApiTypes.BINARY,
    },
)
@agent_api("read")
@renderer_classes([JSONRenderer, HTMLRenderer, PDFRenderer])
def weekly_report(request: Request, agent: Agent, week: str) -> Response:
    """The report of a week such as `2026-W47`, as it was told (`Accept` or `?format=`)."""
    # fpdf2 and its fonts are large: processes that print nothing should not hold them.
    from agentops.report.pdf import pdf_of

    row = row_of(agent, week, request.GET.get("version", ""))
    match request.accepted_renderer.format:
        case "html":
            return Response(whole_document(read(row.data), look_of(agent.workspace)).encode())
        case "pdf":
            return Response(pdf_of(read(row.data), look_of(agent.workspace)))
    return Response(report_json(row))


def row_of(agent: Agent, week: str, version: str) -> WeeklyReport:
    """The version asked for, or the newest; a 404 where the week was not told."""
    try:
        monday = parse_week(week)
    except ValueError as error:
        fault = {"field": "week", "message": str(error)}
        raise Problem(422, "invalid", "week: a week such as 2026-W47.", [fault]) from None
    rows = WeeklyReport.objects.filter(agent=agent, monday=monday).order_by("-version")
    if not version:
        return get_object_or_404(rows[:1])
    if not version.isdecimal() or int(version) > 32767:
        raise Problem(
            422, "invalid", "version: a number.", [{"field": "version", "message": "a number"}]
        )
    return get_object_or_404(rows, version=int(version))
