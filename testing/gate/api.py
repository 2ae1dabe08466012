"""The REST calls of the gate: a release's checks for a CI pipeline, and the rules they follow."""

import json
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import renderer_classes
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import key_of
from accounts.bodies import parse_body
from accounts.problems import Problem
from context.access import agent_api
from context.models import Agent, Release
from llm.calls import UnknownPrice
from testing.gate.checks import gate
from testing.gate.junit import junit_report
from testing.gate.reports import Report, json_report, markdown_report, report_of
from testing.gate.rules import change_rules, rules_of
from testing.gate.shapes import GateOut, RulesOut
from testing.gate.weekly import price_of_missing, start_missing_runs
from testing.schema import GateIn, RulesIn
from testing.tasks import wake_workers


class TextRenderer(BaseRenderer):
    """A report as it is; a problem, which has another content type, as JSON."""

    charset = "utf-8"

    def render(self, data: Any, *_args: Any, **_kwargs: Any) -> bytes:
        """The bytes of a report or of a problem."""
        text = data if isinstance(data, str) else json.dumps(data, cls=DjangoJSONEncoder)
        return text.encode()


class MarkdownRenderer(TextRenderer):
    """`Accept: text/markdown` or `?format=markdown`."""

    media_type, format = "text/markdown", "markdown"


class JUnitRenderer(TextRenderer):
    """`Accept: application/xml` or `?format=junit`."""

    media_type, format = "application/xml", "junit"


@extend_schema(methods=["GET"], operation_id="release_gate", responses=GateOut)
@extend_schema(
    methods=["POST"],
    operation_id="gate_release",
    request=GateIn,
    responses={200: GateOut, 202: GateOut},
)
@agent_api("GET:read POST:releases", methods=["GET", "POST"])
@renderer_classes([JSONRenderer, MarkdownRenderer, JUnitRenderer])
def release_gate(request: Request, agent: Agent, number: int) -> Response:
    """What the gate says of a release, as JSON, Markdown or JUnit XML (`Accept` or `?format=`).

    POST also starts the runs that are missing and writes the checks; ask again until it answers 200
    instead of 202. `outcome` is what a pipeline looks at: passed, failed or undecided.
    """
    release = get_object_or_404(agent.releases, number=number)
    release.agent = agent
    if release.unfrozen:
        raise Problem(409, "draft", f"Release {number} {release.unfrozen}.")
    if request.method == "POST":
        test_release(release, parse_body(GateIn, request.data or {}))
    report = report_of(release, timezone.now(), request.build_absolute_uri("/").rstrip("/"))
    return Response(as_asked(report, request), status=202 if report.is_under_way else 200)


def test_release(release: Release, body: GateIn) -> None:
    """Start what a release lacks, if the cap allows, and write its checks."""
    if body.cap_usd is not None:
        refuse_over_cap(release, body.trials, body.cap_usd)
    started = start_missing_runs(release, timezone.now(), trials=body.trials)
    for run in started.runs:
        wake_workers(run)
    gate(release, timezone.now(), started.refused)


def refuse_over_cap(release: Release, trials: int | None, cap: Decimal) -> None:
    """A 409 when the missing runs may cost more than the pipeline wants to spend."""
    try:
        price = price_of_missing(release, trials)
    except UnknownPrice as unknown:
        raise Problem(409, "unknown_price", str(unknown)) from None
    if price > cap:
        text = f"The runs may cost ${price:.2f}; cap_usd is ${cap:.2f}."
        raise Problem(409, "over_budget", text)


def as_asked(report: Report, request: Request) -> Any:
    """The report in the format the client accepts."""
    match request.accepted_renderer.format:
        case "markdown":
            return markdown_report(report)
        case "junit":
            return junit_report(report)
    return json_report(report)


@extend_schema(methods=["GET"], operation_id="gate_rules", responses=RulesOut)
@extend_schema(
    methods=["PATCH"], operation_id="change_gate_rules", request=RulesIn, responses=RulesOut
)
@agent_api("GET:read PATCH:rules", methods=["GET", "PATCH"])
def gate_rules(request: Request, agent: Agent) -> Response:
    """The rules of the agent's gate, or their change; what is left out stays.

    A change is on record and decides the checks of the releases on their way anew.
    """
    if request.method == "PATCH":
        given = parse_body(RulesIn, request.data).model_dump(exclude_unset=True)
        try:
            change_rules(agent, given, timezone.now(), api_key=key_of(request))
        except ValidationError as error:
            faults = [
                {"field": name, "message": text}
                for name, texts in error.message_dict.items()
                for text in texts
            ]
            raise Problem(422, "invalid", "The rules do not fit.", faults) from None
    return Response(rules_of(agent))
