"""`manage.py report`: the report of a week as a file, as JSON, as text, or by e-mail."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from agentops.report.compose import last_complete
from agentops.report.content import read
from agentops.report.deliver import deliver
from agentops.report.document import whole_document
from agentops.report.keeping import keep_report
from agentops.report.look import look_of
from agentops.report.mail import text_of
from agentops.report.pdf import pdf_of
from agentops.report.shape import report_json
from agentops.report.weekly import post
from context.access import find_agent
from context.models import Agent, WeeklyReport
from conversations.weeks import parse_week


class Command(BaseCommand):
    """Keep the week's report if it is not kept yet, and give it out."""

    help = "The weekly report: printed, as FILE.html or FILE.pdf, as JSON, or mailed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which week, and in which form."""
        parser.add_argument("--agent", required=True)
        parser.add_argument("--week", help="2026-W47; the last complete week if left")
        parser.add_argument("--out", type=Path, help="a file that ends in .html or .pdf")
        parser.add_argument("--json", action="store_true", help="print it as REST gives it")
        parser.add_argument("--send", action="store_true", help="mail it to who has not got it yet")

    def handle(self, *args: Any, **options: Any) -> None:
        """Tell the week."""
        agent = find_agent(options["agent"])
        out = options["out"]
        if out is not None and out.suffix not in {".html", ".pdf"}:
            raise CommandError(f"{out}: the file's name has to end in .html or .pdf.")
        report = self.report_of(agent, options["week"])
        if out is not None:
            self.write(report, out)
        if options["send"]:
            self.send(report)
        if options["json"]:
            self.stdout.write(json.dumps(report_json(report)))
        elif out is None and not options["send"]:
            self.stdout.write(text_of(read(report.data), ""), ending="")

    def report_of(self, agent: Agent, week: str | None) -> WeeklyReport:
        """The report of the week, kept now if it is not yet."""
        now = timezone.now()
        last = last_complete(agent, now)
        try:
            monday = parse_week(week) if week else last
        except ValueError as error:
            raise CommandError(f"--week: {error}.") from None
        if monday > last:
            raise CommandError("--week: this week has not ended yet.")
        return keep_report(agent, monday, now)

    def write(self, report: WeeklyReport, out: Path) -> None:
        """The report as a file."""
        data, look = read(report.data), look_of(report.agent.workspace)
        if out.suffix == ".pdf":
            content = pdf_of(data, look)
        else:
            content = whole_document(data, look).encode()
        try:
            out.write_bytes(content)
        except OSError as error:
            raise CommandError(f"{out}: {error.strerror}.") from None
        self.stderr.write(f"{report.week}, {report.status}: {out}, {len(content) / 1024:,.0f} KB.")

    def send(self, report: WeeklyReport) -> None:
        """Mail it now."""
        new = post(report, timezone.now())
        sent = deliver(timezone.now)
        self.stderr.write(f"{new} new letters; {sent} sent.")
