"""The impact of a release: every figure's verdict, and the days and methods behind one of them."""

import csv
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.audit import record
from accounts.models import Role, User
from context.access import agent_page
from context.forms import DayLeftOutForm
from context.impacts.chart import DayPoint, Takeover, UsualRange, impact_chart
from context.impacts.findings import QUESTIONS, Finding
from context.impacts.reading import Day, Reading, days_of_finding, findings_behind, readings
from context.impacts.rows import csv_rows
from context.impacts.split_chart import split_chart
from context.impacts.split_reading import SplitReading, days_of_split, split_readings
from context.impacts.window import Window
from context.impacts.wording import DEFINITIONS, MEANINGS, sentence
from context.impacts.year import alarms_of, years_tests
from context.models import Agent, DayLeftOut, Figure, Release
from context.releases.views import find_release, roles

Source = SplitReading | Reading


@agent_page(Role.VIEWER)
@require_safe
def impact(request: HttpRequest, agent: Agent, number: int) -> HttpResponse:
    """All figures, and one in full: `?figure=`; `?live=` chooses a later time of being live."""
    found = find_release(agent, number)
    return render(request, "context/impact.html", impact_values(request, agent, found))


def impact_values(request: HttpRequest, agent: Agent, found: Release) -> dict[str, Any]:
    """What the impact page shows."""
    now = timezone.now()
    sources = sources_of(agent, found, now)
    source = chosen_source(request, sources)
    figure = chosen_figure(request, source)
    tested = years_tests(agent, now)
    return {
        "agent": agent,
        "release": found,
        "sources": sources,
        "source": source,
        "figure": figure,
        "impacts": source.impacts if source else {},
        "tested": tested,
        "alarms": alarms_of(tested),
        **split_to_come(found, sources, now),
        "left_out": agent.days_left_out.select_related("by").order_by("-date"),
        "form": DayLeftOutForm(),
        **(in_full(agent, source, figure) if source and figure else {}),
        **roles(request),
    }


def split_to_come(found: Release, sources: list[Source], now: datetime) -> dict[str, Any]:
    """The newest rollout where it has no impact, and whether it may still get one."""
    told = [one.rollout for one in sources if isinstance(one, SplitReading)]
    rolled_out = found.rollouts.first()
    if rolled_out is None or rolled_out in told:
        return {}
    waits = rolled_out.is_open or rolled_out.done_share(now) == 1
    return {"rolled_out": rolled_out, "split_waits": waits}


def sources_of(agent: Agent, found: Release, now: datetime) -> list[Source]:
    """All that tells what the release did: splits of traffic first, then its times of being
    live.
    """
    return [*split_readings(agent, found), *readings(agent, found, now)]


def chosen_source(request: HttpRequest, sources: list[Source]) -> Source | None:
    """The split or the time of being live that is asked for, else the first."""
    asked = {f"{name}={request.GET.get(name, '')}" for name in ("split", "live")}
    chosen = [one for one in sources if one.query in asked]
    return next(iter(chosen or sources), None)


def chosen_figure(request: HttpRequest, source: Source | None) -> str:
    """The figure that is asked for, else the one the release is judged by."""
    asked = request.GET.get("figure", "")
    if asked in QUESTIONS or source is None:
        return asked if asked in QUESTIONS else ""
    return source.figure


def in_full(agent: Agent, source: Source, figure: str) -> dict[str, Any]:
    """One figure with its sentence, its chart, its days, and what stands beside it."""
    stored = source.impacts.get(figure)
    told = {
        "one": stored,
        "label": Figure(figure).label,
        "definition": DEFINITIONS[Figure(figure)],
        "sentence": sentence(stored) if stored else "",
        "beside": [
            (one, MEANINGS[one.kind], stored) for one in (stored.evidence.all() if stored else [])
        ],
    }
    if isinstance(source, SplitReading):
        both = days_of_split(source.rollout, [figure]).get(figure, [])
        chart = split_chart(both, QUESTIONS[Figure(figure)].rate) if both else None
        return told | {"days": both, "chart": chart}
    finding = findings_behind(agent, source, [figure]).get(figure)
    if finding is None or not isinstance(source.window, Window):
        return told | {"days": [], "chart": None}
    days = days_of_finding(finding, source.window) if any(finding.n) else []
    return told | {"days": days, "chart": chart_of(finding, days) if days else None}


def chart_of(finding: Finding, days: list[Day]) -> dict[str, Any]:
    """The chart of one figure's days."""
    points = [DayPoint(d.day, d.release, d.n, d.value, d.within, d.fitted) for d in days]
    takeovers, before = [], None
    for day in days:
        if day.release is not None and day.release != before:
            if before is not None:
                takeovers.append(Takeover(day.release, day.day, False))
            before = day.release
    if takeovers:
        takeovers[-1] = Takeover(takeovers[-1].number, takeovers[-1].day, True)
    return impact_chart(
        points, takeovers, usual_range(finding, days), QUESTIONS[finding.figure].rate
    )


def usual_range(finding: Finding, days: list[Day]) -> UsualRange | None:
    """Where the past lets one expect the first week on the release; None without enough past."""
    band = next((one.interval for one in finding.beside if one.kind == "band"), None)
    if band is None or band.low is None or band.high is None or not finding.after.n:
        return None
    assert finding.series is not None
    on_it = [day.day for day in days[finding.series.release_day :] if day.n]
    last = min(on_it[-1], on_it[0] + timedelta(days=6))
    level = finding.weekly[-2]
    return UsualRange(on_it[0], last, level + band.low, level + band.high)


@agent_page(Role.VIEWER)
@require_safe
def impact_csv(request: HttpRequest, agent: Agent, number: int) -> HttpResponse:
    """The daily data behind every figure, or behind the one of `?figure=`."""
    found = find_release(agent, number)
    source = chosen_source(request, sources_of(agent, found, timezone.now()))
    if source is None:
        raise Http404
    asked = request.GET.get("figure", "")
    figures = [asked] if asked in QUESTIONS else list(QUESTIONS)
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    name = f"impact-{agent.slug}-release-{number}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    csv.writer(answer).writerows(csv_rows(agent, source, figures))
    return answer


@require_POST
@agent_page(Role.MANAGER)
def leave_out(request: HttpRequest, agent: Agent, number: int) -> HttpResponse:
    """Leave a day out of every comparison, and put it on record."""
    form = DayLeftOutForm(request.POST)
    if form.is_valid():
        keep_out(request, agent, form.cleaned_data["date"], form.cleaned_data["reason"])
    else:
        faults = [str(fault) for faults in form.errors.values() for fault in faults]
        messages.error(request, " ".join(faults))
    return redirect("context:impact", agent.workspace.slug, agent.slug, number)


def keep_out(request: HttpRequest, agent: Agent, day: date, reason: str) -> None:
    """Store the day; one that is left out already stays as it is."""
    assert isinstance(request.user, User)
    at = timezone.now()
    try:
        with transaction.atomic():
            DayLeftOut.objects.create(
                agent=agent, date=day, reason=reason, by=request.user, created_at=at
            )
            record(
                agent.workspace, "day.left_out", str(day), at=at, user=request.user, detail=reason
            )
    except IntegrityError:
        messages.error(request, f"{day:%-d %B %Y} is left out already.")
    else:
        words = f"{day:%-d %B %Y} is left out of every impact that is not final yet."
        messages.success(request, words)


@require_POST
@agent_page(Role.MANAGER)
def count_again(request: HttpRequest, agent: Agent, number: int, pk: int) -> HttpResponse:
    """Let a day count again."""
    day = get_object_or_404(DayLeftOut, pk=pk, agent=agent)
    assert isinstance(request.user, User)
    at = timezone.now()
    with transaction.atomic():
        day.delete()
        record(agent.workspace, "day.counted_again", str(day.date), at=at, user=request.user)
    messages.success(request, f"{day.date:%-d %B %Y} counts again.")
    return redirect("context:impact", agent.workspace.slug, agent.slug, number)
