"""The report on paper: the same sentences and charts as on the page, every line a link."""

import io
import struct
from datetime import UTC, datetime, time
from pathlib import Path

from django.conf import settings
from fpdf import FPDF
from fpdf.enums import MethodReturnValue, XPos, YPos
from fpdf.fonts import FontFace

from agentops.report.charts import pictures
from agentops.report.content import FigureLine, ReportData
from agentops.report.figures import conversations, evidence, unknown_ranges, written
from agentops.report.lines import Line, date_name, shortened
from agentops.report.look import Look
from agentops.report.sentences import Section, period, sections, standing, title
from stats.wording import difference

FONTS = Path(__file__).parent / "fonts"
FAMILY = "DejaVu Sans Condensed"
MARGIN = 17.0
LOGO_HEIGHT = 11.0
LINE = 0.46  # mm a line for each point of its letters
INDENT = 5.0  # mm of a sentence, for its sign
SMALL = 7.8
TEXT, MUTED, RULE = (23, 24, 29), (89, 92, 106), (227, 227, 234)
GOOD, BAD, WARN = (18, 105, 63), (179, 38, 30), (133, 80, 10)
# Shape as well as colour: paper is often grey.
SIGNS = {"good": ("▲", GOOD), "bad": ("▼", BAD), "warn": ("!", WARN), "": ("•", MUTED)}
COLUMNS = ("Figure", "This week", "95 % interval", "Week before", "Change", "Usual range", "n")
WIDTHS = (31, 19, 33, 22, 26, 33, 12)


class Paper(FPDF):
    """A4 pages with the workspace's strip at the head and its line at the foot."""

    def __init__(self, look: Look, heading: str) -> None:
        super().__init__(format="A4")
        self.look, self.heading = look, heading
        self.colour = tuple(int(look.colour[place : place + 2], 16) for place in (1, 3, 5))
        self.add_font(FAMILY, "", FONTS / "DejaVuSansCondensed.ttf")
        self.add_font(FAMILY, "B", FONTS / "DejaVuSansCondensed-Bold.ttf")
        if settings.REPORT_FALLBACK_FONT:
            self.add_font("fallback", "", settings.REPORT_FALLBACK_FONT)
            self.set_fallback_fonts(["fallback"], exact_match=False)
        self.set_margins(MARGIN, MARGIN)
        self.c_margin = 0
        self.set_auto_page_break(True, MARGIN + 3)

    def header(self) -> None:
        """The strip; from the second page on with the heading."""
        self.set_fill_color(*self.colour)
        self.rect(0, 0, self.w, 3, style="F")
        self.set_y(9)
        if self.page_no() > 1:
            self.say(self.heading, 8, MUTED)
            self.ln(3)

    def footer(self) -> None:
        """The workspace's line, and the page."""
        self.set_y(-13)
        self.set_font(FAMILY, "", 7.5)
        self.set_text_color(*MUTED)
        self.cell(self.epw - 20, 5, shortened(self.look.footer or self.look.name, 110))
        # The number of pages is written last and is narrower than what stands for it until then.
        wider = self.get_string_width("{nb}") - self.get_string_width("0")
        self.cell(20 + wider, 5, f"{self.page_no()} / {{nb}}", align="R")

    def say(
        self, text: str, size: float, colour: tuple[int, ...] = TEXT, bold: bool = False,
        link: str = "", left: float = 0,
    ) -> None:  # fmt: skip
        """A paragraph, `left` mm from the margin."""
        self.set_font(FAMILY, "B" if bold else "", size)
        self.set_text_color(*colour)
        self.set_x(MARGIN + left)
        width = self.w - 2 * MARGIN - left
        self.multi_cell(
            width, size * LINE, text, link=link, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT
        )

    def height_of(self, text: str, size: float) -> float:
        """How much of a page an indented paragraph takes, in mm."""
        if not text:
            return 0
        self.set_font(FAMILY, "", size)
        width = self.w - 2 * MARGIN - INDENT
        lines = self.multi_cell(
            width, size * LINE, text, align="L", dry_run=True, output=MethodReturnValue.LINES
        )
        assert isinstance(lines, list)
        return len(lines) * size * LINE


def pdf_of(data: ReportData, look: Look) -> bytes:
    """The report as a PDF file; the same numbers always give the same pages."""
    paper = Paper(look, f"{title(data)} · {period(data)}")
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
    return bytes(paper.output())


def address(path: str) -> str:
    """A path of the product as people outside reach it; empty for none."""
    return f"{settings.PUBLIC_URL}{path}" if path else ""


def head(paper: Paper, data: ReportData) -> None:
    """Logo, title, week, and what has to be known first."""
    if paper.look.logo:
        paper.image(
            io.BytesIO(paper.look.logo), x=paper.w - MARGIN - 45, y=8, w=45, h=LOGO_HEIGHT,
            keep_aspect_ratio=True, alt_text=paper.look.name,
        )  # fmt: skip
    paper.say(paper.look.name, 9, paper.colour, bold=True)
    paper.say(title(data), 19, bold=True)
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
    paper.ln(1.5)
    paper.say(note(data), 7.5, MUTED)


def link_of(data: ReportData, line: FigureLine, place: int) -> str:
    """Where a cell leads: a figure to its two weeks, its n to the conversations."""
    if COLUMNS[place] == "n":
        return conversations(data, line.key)
    return evidence(data, line.key) if place == 0 else ""


def cells(line: FigureLine) -> list[str]:
    """A figure's row of the table."""
    this, usual = line.this, line.usual
    known = this.low is not None and this.high is not None
    interval = span(this.low, this.high, line.kind) if known else "none"
    asked = usual.reason != "not watched"
    place = f" {SIGNS['warn'][0]}" if line.place in ("above", "below") else ""
    usually = span(usual.low, usual.high, line.kind) if usual.low is not None else ""
    return [
        line.label,
        written(this.value, line.kind),
        interval,
        written(line.before.value if line.before else None, line.kind),
        difference(line.change, line.kind),
        (usually or "not known") + place if asked else "",
        f"{this.n:,}",
    ]


def span(low: float | None, high: float | None, kind: str) -> str:
    """`38.5 to 44.0 %`."""
    return f"{written(low, kind).removesuffix(' %')} to {written(high, kind)}"


def note(data: ReportData) -> str:
    """How to read the table."""
    if reason := unknown_ranges(data):
        return f"Usual ranges are not known yet: {reason}."
    return (
        "The usual range is where the weeks before would expect the figure; “!” marks one outside. "
        f"All watched figures together leave it by chance in about {data.error:.0%} of weeks."
    ).replace("%", " %")


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
