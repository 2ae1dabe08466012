"""The quality figure over REST: of a window or a segment, alone or against another window."""

from datetime import timedelta

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.problems import Problem
from context.access import agent_api
from context.models import Agent
from conversations.weeks import parse_week
from reviews.quality.eras import eras
from reviews.quality.figure import coverage
from reviews.quality.schema import DifferenceOut, QualityOut, WindowOut
from reviews.quality.segments import Chosen
from reviews.quality.windows import Window, change, figure
from reviews.queue.api import day_param

LONGEST = timedelta(days=731)
LARGEST_RELEASE = 2**31 - 1


def day_parameter(name: str, text: str) -> OpenApiParameter:
    """A date in the query."""
    return OpenApiParameter(name, OpenApiTypes.DATE, description=text)


def invalid(field: str, message: str) -> Problem:
    """A 422 that names the field."""
    return Problem(422, "invalid", f"{field}: {message}.", [{"field": field, "message": message}])


def checked(window: Window, field: str) -> Window:
    """The window, if it is one and not too long."""
    if not window.first <= window.last <= window.first + LONGEST:
        raise invalid(field, "not after the last day, and at most two years before it")
    return window


def window_asked(request: Request, agent: Agent) -> Window:
    """`week`, or `from` and `to`; the seven days up to yesterday otherwise."""
    if given := request.GET.get("week"):
        if request.GET.get("from") or request.GET.get("to"):
            raise invalid("week", "either week, or from and to")
        try:
            return Window.week(parse_week(given))
        except ValueError:
            raise invalid("week", "a week such as 2026-W47") from None
    last = day_param(request, "to") or agent.local_date(timezone.now()) - timedelta(days=1)
    first = day_param(request, "from") or Window.rolling(last).first
    return checked(Window(first, last), "from")


def compared_window(request: Request) -> Window | None:
    """`compare_from` and `compare_to`, both or neither."""
    first, last = day_param(request, "compare_from"), day_param(request, "compare_to")
    if first is None and last is None:
        return None
    if first is None or last is None:
        raise invalid("compare_from", "compare_from and compare_to belong together")
    return checked(Window(first, last), "compare_from")


def segment_asked(request: Request) -> Chosen:
    """The segment; a parameter that is given empty stands for conversations without the value."""
    release = request.GET.get("release")
    if release and (not release.isdecimal() or int(release) > LARGEST_RELEASE):
        raise invalid("release", "the number of a release")
    return Chosen(
        int(release) if release else None,
        *(request.GET.get(name) for name in ("topic", "channel", "language")),
    )


@extend_schema(
    operation_id="quality",
    parameters=[
        day_parameter("from", "First day; six days before the last if empty."),
        day_parameter("to", "Last day; yesterday if empty."),
        OpenApiParameter("week", str, description="Instead of `from` and `to`: `2026-W47`."),
        OpenApiParameter("release", int, description="Only what this release answered."),
        OpenApiParameter("topic", str, description="Given empty: without a topic."),
        OpenApiParameter("channel", str),
        OpenApiParameter("language", str),
        day_parameter("compare_from", "First day of an earlier window to compare with."),
        day_parameter("compare_to", "Last day of that window."),
    ],
    responses=QualityOut,
)
@agent_api("read")
def quality(request: Request, agent: Agent) -> Response:
    """The share of conversations without a failed critical criterion, corrected for the draw.

    `difference` is this window minus the compared one, with the interval of the difference.
    """
    window, chosen = window_asked(request, agent), segment_asked(request)
    earlier = compared_window(request)
    found = figure(agent, window, chosen)
    answer = QualityOut.of(found, coverage(agent, *window), chosen, eras(agent, *window))
    if earlier is not None:
        other = figure(agent, earlier, chosen)
        answer.compared = WindowOut.model_validate(WindowOut.window(other))
        days = Window(min(earlier.first, window.first), max(earlier.last, window.last))
        answer.difference = DifferenceOut.of(change(other, found, eras(agent, *days)))
    return Response(answer.model_dump())
