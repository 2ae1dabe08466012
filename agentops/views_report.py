"""The weekly report: the list of weeks, and one week on a page that also prints."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.models import Role
from agentops.report.charts import csat_of, rates_of
from agentops.report.compose import last_complete
from agentops.report.content import FigureLine, ReportData, read
from agentops.report.figures import conversations, evidence, range_note, usual_short
from agentops.report.keeping import differences_of, keep_report, versions
from agentops.report.look import look_of
from agentops.report.sentences import period, sections, standing
from context.access import agent_page
from context.models import Agent, WeeklyReport
from conversations.figures import week_name
from conversations.weeks import parse_week

WEEKS_SHOWN = 60


@agent_page(Role.VIEWER)
@require_GET
def reports(request: HttpRequest, agent: Agent) -> HttpResponse:
    """The weeks that were told, newest first; the last week is told on the first visit."""
    now = timezone.now()
    monday = last_complete(agent, now)
    if agent.measurements.filter(date__lt=agent.local_date(now)).exists():
        keep_report(agent, monday, now)
    rows = WeeklyReport.objects.filter(agent=agent).order_by("-monday", "-version")
    newest: dict[object, WeeklyReport] = {}
    for row in rows[: 2 * WEEKS_SHOWN]:
        newest.setdefault(row.monday, row)
    told = [told_row(row) for row in list(newest.values())[:WEEKS_SHOWN]]
    return render(request, "agentops/reports.html", {"agent": agent, "told": told})


def told_row(row: WeeklyReport) -> dict[str, Any]:
    """A week of the list with the first lines of its report."""
    data = read(row.data)
    return {"row": row, "period": period(data), "lines": sections(data)[0].lines[:3]}


@agent_page(Role.VIEWER)
@require_GET
def report(request: HttpRequest, agent: Agent, week: str) -> HttpResponse:
    """One week as it was told; `?version=1` for what was told before it was final."""
    row = asked(request, agent, week)
    data = read(row.data)
    every = versions(agent, row.monday)
    page = {
        "agent": agent,
        "row": row,
        "data": data,
        "period": period(data),
        "standing": standing(data),
        "sections": sections(data),
        "range_note": range_note(data),
        "table": [table_row(data, line) for line in data.figures],
        "versions": every,
        "differences": differences_of(row, every),
        "rates": rates_of(data),
        "csat": csat_of(data),
        "look": look_of(agent.workspace),
        **neighbours(agent, row),
    }
    return render(request, "agentops/report.html", page)


def table_row(data: ReportData, line: FigureLine) -> dict[str, Any]:
    """A figure of the table with its evidence and what is said of its usual range."""
    mood = line.mood or ("warn" if line.place in ("above", "below") else "muted")
    return {
        "line": line,
        "path": evidence(data, line.key),
        "counted": conversations(data, line.key),
        "usual": usual_short(line),
        "mood": mood,
    }


def neighbours(agent: Agent, row: WeeklyReport) -> dict[str, str]:
    """The weeks told before and after this one."""
    rows = WeeklyReport.objects.filter(agent=agent).order_by("monday")
    earlier = rows.filter(monday__lt=row.monday).last()
    later = rows.filter(monday__gt=row.monday).first()
    return {"earlier": earlier.week if earlier else "", "later": later.week if later else ""}


@agent_page(Role.VIEWER)
@require_GET
def report_pdf(request: HttpRequest, agent: Agent, week: str) -> HttpResponse:
    """The week as a PDF."""
    row = asked(request, agent, week)
    answer = HttpResponse(pdf(agent, read(row.data)), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{agent.slug}-{row.week}.pdf"'
    return answer


def pdf(agent: Agent, data: ReportData) -> bytes:
    """The report on paper in the workspace's look."""
    # fpdf2 and its fonts are large: processes that print nothing should not hold them.
    from agentops.report.pdf import pdf_of

    return pdf_of(data, look_of(agent.workspace))


def asked(request: HttpRequest, agent: Agent, week: str) -> WeeklyReport:
    """The report of the address: the version asked for, or the newest; 404 where there is none."""
    try:
        monday = parse_week(week)
    except ValueError:
        raise Http404 from None
    found = versions(agent, monday)
    wanted = request.GET.get("version", "")
    if wanted.isdecimal():
        found = [row for row in found if row.version == int(wanted)]
    if not found or week != week_name(monday):
        raise Http404
    return found[-1]
