"""The REST call that tells what a release did."""

from collections.abc import Iterable
from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from context.access import agent_api
from context.impacts.findings import QUESTIONS
from context.impacts.measuring import years_alarms
from context.impacts.outgoing import AlarmsOut, EvidenceOut, ImpactDayOut, ImpactList, ImpactOut
from context.impacts.reading import Day, days_of_finding, findings_behind, readings
from context.impacts.window import Window
from context.impacts.wording import sentence
from context.models import Agent, Impact
from context.releases.api import release_of

LIVE = OpenApiParameter(
    "live", type=OpenApiTypes.INT, description="Which time of being live, from 1; the first."
)


@extend_schema(operation_id="release_impact", parameters=[LIVE], responses=ImpactList)
@agent_api("read")
def impact(request: Request, agent: Agent, number: int) -> Response:
    """What the release did to each figure, with all that stands beside it and the daily data."""
    now = timezone.now()
    times = readings(agent, release_of(agent, number), now)
    asked = request.GET.get("live", "1")
    if not times and asked == "1":
        return Response({"data": [], "alarms": alarms_json(agent, now)})
    if not (asked.isascii() and asked.isdigit() and 0 < int(asked) <= len(times)):
        raise Http404
    reading = times[int(asked) - 1]
    findings = findings_behind(agent, reading, list(QUESTIONS))
    data = []
    for row in reading.impacts.values():
        finding = findings.get(row.figure)
        window = reading.window
        days = days_of_finding(finding, window) if finding and isinstance(window, Window) else []
        data.append(impact_json(row, days))
    return Response({"data": data, "alarms": alarms_json(agent, now)})


def alarms_json(agent: Agent, now: Any) -> dict[str, Any]:
    """The year's alarms beside those that luck would raise."""
    found = years_alarms(agent, now)
    return {name: getattr(found, name) for name in AlarmsOut.model_fields}


def impact_json(impact: Impact, days: Iterable[Day] = ()) -> dict[str, Any]:
    """An impact with what stands beside it and the days behind it, where they are given."""
    own = {"sentence", "evidence", "days"}
    row = {name: getattr(impact, name) for name in ImpactOut.model_fields if name not in own}
    evidence = [
        {name: getattr(one, name) for name in EvidenceOut.model_fields}
        for one in impact.evidence.all()
    ]
    found = [{name: getattr(day, name) for name in ImpactDayOut.model_fields} for day in days]
    return row | {"sentence": sentence(impact), "evidence": evidence, "days": found}
