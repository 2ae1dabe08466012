"""Letters: the report or an alert as text and HTML, with its charts inside."""

from email.mime.image import MIMEImage

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse

from agentops.report.asking import alert_words
from agentops.report.charts import pictures
from agentops.report.content import AlertLine, ReportData, read
from agentops.report.document import document
from agentops.report.labels import KINDS, LABELS
from agentops.report.look import Look, look_of
from agentops.report.sentences import period, sections, standing, title
from agentops.shell import today_url
from context.models import Alert, MailDelivery, ReportRecipient, WeeklyReport


def letter_of(delivery: MailDelivery) -> EmailMultiAlternatives:
    """The letter a row stands for."""
    if delivery.report is not None:
        letter = report_letter(delivery.report, delivery.recipient)
    else:
        assert delivery.alert is not None
        letter = alert_letter(delivery.alert, delivery.recipient)
    letter.to = [delivery.address]
    # The same for every attempt, so that a server that has it already can tell.
    host = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">") or "localhost"
    letter.extra_headers["Message-ID"] = f"<agentops-letter-{delivery.pk}@{host}>"
    return letter


def report_letter(
    report: WeeklyReport, recipient: ReportRecipient | None
) -> EmailMultiAlternatives:
    """The weekly report: text, HTML with the charts inside, and the PDF."""
    # fpdf2 and its fonts are large: workers that print nothing should not hold them.
    from agentops.report.pdf import pdf_of

    data, look = read(report.data), look_of(report.agent.workspace)
    leave = unsubscribe_url(recipient)
    drawn = pictures(data) if data.conversations else {}
    html = document(data, look, {name: f"cid:{name}" for name in drawn}, leave, logo="cid:logo")
    letter = new_letter(subject_of(data), text_of(data, leave), html, leave)
    for name, png in [*drawn.items(), *([("logo", look.logo)] if look.logo else [])]:
        letter.attach(inline(name, png))
    name = f"{report.agent.slug}-{report.week}.pdf"
    letter.attach(name, pdf_of(data, look), "application/pdf")
    return letter


def alert_letter(alert: Alert, recipient: ReportRecipient | None) -> EmailMultiAlternatives:
    """One alert in a sentence, with where to look."""
    look, leave = look_of(alert.agent.workspace), unsubscribe_url(recipient)
    sentence = alert_words(alert_line(alert))
    url = f"{settings.PUBLIC_URL}{today_url(alert.agent)}report/alerts/"
    text = "\n\n".join([sentence, f"Look at it: {url}", *foot(look, leave)]) + "\n"
    values = {"look": look, "sentence": sentence, "url": url, "leave": leave}
    html = render_to_string("agentops/alert_letter.html", values)
    subject = f"{alert.agent.name}: {LABELS[alert.figure]} is outside of its usual range"
    return new_letter(subject, text, html, leave)


def alert_line(alert: Alert) -> AlertLine:
    """An alert as a sentence takes it."""
    return AlertLine(
        label=LABELS[alert.figure],
        kind=KINDS[alert.figure],
        week=alert.week,
        value=alert.value,
        low=alert.low,
        high=alert.high,
        ended=alert.ended_monday is not None,
        acknowledged_by=alert.acknowledged_by.username if alert.acknowledged_by else "",
        note=alert.note,
    )


def new_letter(subject: str, text: str, html: str, leave: str) -> EmailMultiAlternatives:
    """A letter in two forms, with the headers that let a mail program offer to leave."""
    headers = {"Auto-Submitted": "auto-generated"}
    if leave:
        headers["List-Unsubscribe"] = f"<{leave}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    letter = EmailMultiAlternatives(subject, text, headers=headers)
    letter.attach_alternative(html, "text/html")
    return letter


def inline(name: str, png: bytes) -> MIMEImage:
    """A picture that the HTML shows by its name."""
    picture = MIMEImage(png, "png")
    picture.add_header("Content-ID", f"<{name}>")
    picture.add_header("Content-Disposition", "inline", filename=f"{name}.png")
    return picture


def subject_of(data: ReportData) -> str:
    """`Bot, week 2026-W47: AI answered 41.2 %, 3 things to decide`, in one line."""
    state = " (provisional)" if data.provisional else ""
    return f"{title(data)}{state}".replace("\n", " ")


def text_of(data: ReportData, leave: str) -> str:
    """The report as plain text; addresses in the short part only, so that it can be read."""
    parts = [f"{title(data)}\n{period(data)}", *(f"* {line.text}" for line in standing(data))]
    parts.append(f"{settings.PUBLIC_URL}{data.base}report/{data.week}/")
    for section in sections(data):
        lines = [
            f"- {line.text}" + (f"\n  {line.sub}" if line.sub else "") for line in section.lines
        ]
        parts.append("\n".join([section.heading.upper(), *lines]))
    return "\n\n".join([*parts, *([f"Leave this list: {leave}"] if leave else [])]) + "\n"


def foot(look: Look, leave: str) -> list[str]:
    """The workspace's line and the way out."""
    found = [look.footer] if look.footer else []
    return [*found, f"Leave this list: {leave}"] if leave else found


def unsubscribe_url(recipient: ReportRecipient | None) -> str:
    """Where this recipient can leave; empty for a letter to nobody in particular."""
    if recipient is None:
        return ""
    return f"{settings.PUBLIC_URL}{reverse('unsubscribe', args=[recipient.token])}"
