"""The report as one HTML document that needs nothing beside it: a file, or the body of a letter."""

from base64 import b64encode

from django.conf import settings
from django.template.loader import render_to_string

from agentops.report.charts import pictures
from agentops.report.content import ReportData
from agentops.report.figures import evidence, range_note, usual_short
from agentops.report.look import Look
from agentops.report.sentences import period, sections, standing, title


def document(
    data: ReportData, look: Look, charts: dict[str, str], leave: str = "", logo: str = ""
) -> str:
    """The document; `charts` and `logo` are addresses of the pictures."""
    rows = [
        {"line": line, "url": settings.PUBLIC_URL + evidence(data, line.key),
         "usual": usual_short(line)}
        for line in data.figures
    ]  # fmt: skip
    values = {
        "data": data,
        "look": look,
        "logo": logo if look.logo else "",
        "charts": charts,
        "title": title(data),
        "period": period(data),
        "standing": standing(data),
        "sections": sections(data),
        "rows": rows,
        "range_note": range_note(data),
        "site": settings.PUBLIC_URL,
        "page": f"{settings.PUBLIC_URL}{data.base}report/{data.week}/",
        "leave": leave,
    }
    return render_to_string("agentops/report_document.html", values)


def whole_document(data: ReportData, look: Look) -> str:
    """The document with its pictures inside."""
    drawn = pictures(data) if data.conversations else {}
    inside = {
        name: f"data:image/png;base64,{b64encode(png).decode()}" for name, png in drawn.items()
    }
    return document(data, look, inside, logo=look.logo_uri)
