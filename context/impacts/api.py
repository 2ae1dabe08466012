"""The REST call that tells what a release did."""

from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from pydantic import BaseModel
from rest_framework.request import Request
from rest_framework.response import Response

from context.access import agent_api
from context.impacts.findings import QUESTIONS
from context.impacts.outgoing import (
    EvidenceOut,
    FoundOut,
    ImpactDayOut,
    ImpactList,
    SplitDayOut,
    TestedOut,
)
from context.impacts.reading import Reading, days_of_finding, findings_behind, readings
from context.impacts.split_reading import SplitReading, days_of_split, split_readings
from context.impacts.window import Window
from context.impacts.wording import sentence
from context.impacts.year import alarms_of, years_tests
from context.models import Agent, Impact
from context.releases.api import release_of
from context.rollouts.rendering import split_out

LIVE = OpenApiParameter(
    "live", type=OpenApiTypes.INT, description="Which time of being live, from 1; the first."
)


@extend_schema(operation_id="release_impact", parameters=[LIVE], responses=ImpactList)
@agent_api("read")
def impact(request: Request, agent: Agent, number: int) -> Response:
    """What the release did to each figure, with all that stands beside it and the daily data."""
    now, release = timezone.now(), release_of(agent, number)
    times, asked = readings(agent, release, now), request.GET.get("live", "1")
    if not (asked.isascii() and asked.isdigit() and 0 < int(asked) <= max(1, len(times))):
        raise Http404
    return Response(
        {
            "data": days_json(agent, times[int(asked) - 1]) if times else [],
            "splits": [split_json(one) for one in split_readings(agent, release)],
            "alarms": alarms_json(agent, now),
        }
    )


def days_json(agent: Agent, reading: Reading) -> list[dict[str, Any]]:
    """The impacts of one time of being live."""
    findings = findings_behind(agent, reading, list(QUESTIONS))
    found = []
    for row in reading.impacts.values():
        finding, window = findings.get(row.figure), reading.window
        days = days_of_finding(finding, window) if finding and isinstance(window, Window) else []
        found.append(impact_json(row) | {"days": [columns(day, ImpactDayOut) for day in days]})
    return found


def split_json(reading: SplitReading) -> dict[str, Any]:
    """A rollout with its impacts."""
    rollout, days = reading.rollout, days_of_split(reading.rollout, list(QUESTIONS))
    plan = {name: getattr(rollout, name) for name in ("share", "days", "started_at", "ends_at")}
    return plan | {
        "baseline": rollout.baseline.number,
        "split": split_out(reading.split).model_dump(),
        "guardrails": rollout.guardrails.split(),
        "days_looked": reading.days_looked,
        "alpha_spent": reading.spent,
        "data": [
            impact_json(row) | {"days": [columns(day, SplitDayOut) for day in days.get(figure, [])]}
            for figure, row in reading.impacts.items()
        ],
    }


def alarms_json(agent: Agent, now: Any) -> dict[str, Any]:
    """The year's alarms beside those that luck would raise."""
    tested = years_tests(agent, now)
    rows = [columns(row, TestedOut) | {"release": row.release.number} for row in tested]
    return alarms_of(tested)._asdict() | {"tested": rows}


def impact_json(impact: Impact) -> dict[str, Any]:
    """An impact with what stands beside it; the days behind it are the caller's."""
    own = {"sentence", "evidence"}
    row = {name: getattr(impact, name) for name in FoundOut.model_fields if name not in own}
    evidence = [columns(one, EvidenceOut) for one in impact.evidence.all()]
    return row | {"sentence": sentence(impact), "evidence": evidence}


def columns(found: object, shape: type[BaseModel]) -> dict[str, Any]:
    """The attributes that a shape names."""
    return {name: getattr(found, name) for name in shape.model_fields}
