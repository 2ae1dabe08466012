"""The report on paper: the same sentences and charts as on the page, every line a link."""

import io
import struct
from datetime import UTC, datetime, time

from django.conf import settings
from fpdf.fonts import FontFace

from agentops.report.charts import pictures
from agentops.report.content import FigureLine, ReportData
from agentops.report.figures import conversations, evidence, range_note, usual_short, written
from agentops.report.lines import Line, date_name, shortened
from agentops.report.look import Look
from agentops.report.paper import BOX, FAMILY, INDENT, MARGIN, MUTED, RULE, SMALL, TEXT, Paper
from agentops.report.sentences import Section, period, sections, standing, title
from stats.wording import difference

LOGO_WIDTH, LOGO_HEIGHT = 45.0, 11.0
LONG_NAME = 45  # letters; a longer one would fill the head of the page
GOOD, BAD, WARN = (18, 105, 63), (179, 38, 30), (133, 80, 10)
# Shape as well as colour: paper is often grey.
SIGNS = {"good": ("▲", GOOD), "bad": ("▼", BAD), "warn": ("!", WARN), "": ("•", MUTED)}
FONT_ADVICE = "Name a font that has it in REPORT_FALLBACK_FONT."
COLUMNS = ("Figure", "This week", "95 % interval", "Week before", "Change", "Usual range", "n")
WIDTHS = (31, 18, 29, 21, 25, 40, 12)


def pdf_of(data: ReportData, look: Look) -> bytes:
    """The report as a PDF file; the same numbers always give the same pages."""
    paper = Paper(look, f"{data.week} · {period(data)} · {shortened(data.agent, 60)}")
    paper.set_title(f"{title(data)}: weekly report")
    paper.set_author(look.name)
    paper.set_lang("en")
    paper.set_creation_date(datetime.combine(data.composed_on, time.min, tzinfo=UTC))
    paper.add_page()
    head(paper, data)
    drawn = pictures(data) if data.conversations else {}
    for section in sections(data):
        if section.key == "figures":
            table(paper, data, section)
            charts(paper, drawn)
        else:
            prose(paper, section)
    paper.ln(2)
    paper.say("Every line of this report is a link to what it rests on.", 7.5, MUTED)
    if paper.lacks_letters:
        paper.say(f"{BOX} stands for a letter that the fonts lack. {FONT_ADVICE}", 7.5, MUTED)
    return bytes(paper.output())


def address(path: str) -> str:
    """A path of the product as people outside reach it; empty for none."""
    return f"{settings.PUBLIC_URL}{path}" if path else ""


def head(paper: Paper, data: ReportData) -> None:
    """Logo, title, week, and what has to be known first."""
    if paper.look.logo:
        paper.image(
            io.BytesIO(paper.look.logo), x=paper.w - MARGIN - LOGO_WIDTH, y=8, w=LOGO_WIDTH,
            h=LOGO_HEIGHT,
            keep_aspect_ratio=True, alt_text=paper.look.name,
        )  # fmt: skip
    beside = LOGO_WIDTH + 5 if paper.look.logo else 0
    paper.say(paper.look.name, 9, paper.colour, bold=True, right=beside)
    name = title(data)
    paper.say(name, 19 if len(name) < LONG_NAME else 13, bold=True, right=beside)
    state = "provisional" if data.provisional else "final"
    told = f"{period(data)} · {state}, as of {date_name(data.composed_on)}"
    paper.say(told, 10, MUTED, link=address(f"{data.base}report/{data.week}/"))
    for line in standing(data):
        paper.say(line.text, 8.5, WARN)
    paper.ln(1)


def heading(paper: Paper, text: str, needed: float = 22) -> None:
    """A section's heading, never alone at the foot of a page."""
    if paper.will_page_break(needed):
        paper.add_page()
    paper.ln(3)
    paper.say(text, 11.5, paper.colour, bold=True)
    paper.set_draw_color(*RULE)
    paper.line(MARGIN, paper.get_y() + 0.6, paper.w - MARGIN, paper.get_y() + 0.6)
    paper.ln(2)


def prose(paper: Paper, section: Section) -> None:
    """A section in lines."""
    heading(paper, section.heading)
    for line in section.lines:
        sentence(paper, line, bold=section.key == "summary")


def sentence(paper: Paper, line: Line, bold: bool = False) -> None:
    """A line with its sign, linked to its evidence, on one page."""
    sign, colour = SIGNS[line.mood]
    size = 10 if bold else 9.2
    if paper.will_page_break(paper.height_of(line.text, size) + paper.height_of(line.sub, SMALL)):
        paper.add_page()
    paper.set_font(FAMILY, "B", 9)
    paper.set_text_color(*colour)
    top = paper.get_y()
    paper.cell(INDENT, 4.4, sign)
    paper.set_y(top)
    paper.say(line.text, size, link=address(line.path), left=INDENT)
    if line.sub:
        paper.say(line.sub, SMALL, MUTED, left=INDENT)
    paper.ln(0.9)


def table(paper: Paper, data: ReportData, section: Section) -> None:
    """The figures in columns."""
    heading(paper, section.heading, 45)
    paper.say(range_note(data), 7.5, MUTED)
    paper.ln(0.5)
    paper.set_font(FAMILY, "", 8)
    paper.set_text_color(*TEXT)
    paper.set_draw_color(*RULE)
    head_face = FontFace(emphasis="BOLD", color=MUTED, size_pt=7.5)
    with paper.table(
        col_widths=WIDTHS, headings_style=head_face, borders_layout="HORIZONTAL_LINES",
        line_height=4.2, text_align=("LEFT", *["RIGHT"] * 6), padding=(0.6, 1),
    ) as rows:  # fmt: skip
        rows.row(COLUMNS)
        for line in data.figures:
            row = rows.row()
            for place, text in enumerate(cells(line)):
                face = FontFace(color=SIGNS[line.mood][1]) if place == 5 and line.mood else None
                link = address(link_of(data, line, place))
                row.cell(text, style=face, link=link)


def link_of(data: ReportData, line: FigureLine, place: int) -> str:
    """Where a cell leads: a figure to its two weeks, its n to the conversations."""
    if COLUMNS[place] == "n":
        return conversations(data, line.key)
    return evidence(data, line.key) if place == 0 else ""


def cells(line: FigureLine) -> list[str]:
    """A figure's row of the table."""
    this = line.this
    known = this.low is not None and this.high is not None
    interval = span(this.low, this.high, line.kind) if known else "none"
    return [
        line.label,
        written(this.value, line.kind),
        interval,
        written(line.before.value if line.before else None, line.kind),
        difference(line.change, line.kind),
        usual_short(line) or "–",
        f"{this.n:,}",
    ]


def span(low: float | None, high: float | None, kind: str) -> str:
    """`38.5 to 44.0 %`."""
    return f"{written(low, kind).removesuffix(' %')} to {written(high, kind)}"


def charts(paper: Paper, drawn: dict[str, bytes]) -> None:
    """The charts below each other."""
    for name, png in drawn.items():
        wide, high = struct.unpack(">II", png[16:24])  # as a PNG says of itself
        if paper.will_page_break(paper.epw * high / wide + 8):
            paper.add_page()
        alt = {"rates": "AI rates by week", "csat": "CSAT by week"}[name]
        paper.ln(2)
        paper.say(f"{alt}, with 95 % intervals", 8, MUTED)
        paper.image(io.BytesIO(png), w=paper.epw, alt_text=alt)
