"""The REST calls that hand out whole files of reviews and verdicts."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, StreamingHttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import renderer_classes
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from accounts.authentication import key_of
from accounts.problems import Problem
from context.access import agent_api
from context.models import Agent
from reviews.desk.api_reviews import day_parameter
from reviews.desk.blind import held_blind
from reviews.desk.exports import FORMATS, review_rows, reviews_file, verdict_rows, verdicts_file
from reviews.queue.api import day_param

MONTH = timedelta(days=27)
FILES: dict[str, tuple[Callable[..., QuerySet[Any]], Callable[..., Iterator[str]]]] = {
    "reviews": (review_rows, reviews_file),
    "verdicts": (verdict_rows, verdicts_file),
}


class AnyAccept(JSONRenderer):
    """Lets a client ask for text/csv; problems are JSON all the same."""

    media_type = "*/*"


def period(agent: Agent, first: date | None, last: date | None) -> tuple[date, date]:
    """The days of a file: four weeks up to yesterday unless given."""
    last = last or agent.local_date(timezone.now()) - timedelta(days=1)
    return first or last - MONTH, last


def file_response(
    agent: Agent, what: str, form: str, days: tuple[date, date], hidden: list[int]
) -> StreamingHttpResponse:
    """The file, line by line as it is read; 404 for a file or a form there is not."""
    if what not in FILES or form not in FORMATS:
        raise Http404
    rows_of, lines_of = FILES[what]
    rows = rows_of(agent, *days).exclude(conversation__in=hidden)
    response = StreamingHttpResponse(lines_of(agent, rows, form), content_type=FORMATS[form])
    name = f"{agent.slug}-{what}-{days[0]}-{days[1]}.{form}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@extend_schema(
    operation_id="export",
    parameters=[
        OpenApiParameter("what", str, OpenApiParameter.PATH, enum=list(FILES)),
        OpenApiParameter("form", str, OpenApiParameter.PATH, enum=list(FORMATS)),
        day_parameter("from", "First day on which the conversations ended; four weeks if empty."),
        day_parameter("to", "Last day; yesterday if empty."),
    ],
    responses={(200, kind.partition(";")[0]): OpenApiTypes.STR for kind in FORMATS.values()},
)
@agent_api("read")
@renderer_classes([AnyAccept])
def export(request: Request, agent: Agent, what: str, form: str) -> Any:
    """All reviews or verdicts of a period as CSV or JSON lines, with ids that never change; without
    those of conversations that the maker of the key has claimed to decide blind.
    """
    days = period(agent, day_param(request, "from"), day_param(request, "to"))
    if days[0] > days[1]:
        fault = {"field": "from", "message": "not after `to`"}
        raise Problem(422, "invalid", "The period is not valid.", [fault])
    return file_response(agent, what, form, days, held_blind(agent, key_of(request).created_by_id))
