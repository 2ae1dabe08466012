"""The paper a report is printed on: fonts, margins, the strip at the head, the line at the foot."""

from pathlib import Path

from django.conf import settings
from fpdf import FPDF
from fpdf.enums import MethodReturnValue, XPos, YPos
from fpdf.fonts import TTFFont

from agentops.report.look import Look

FONTS = Path(__file__).parent / "fonts"
FAMILY = "DejaVu Sans Condensed"
MARGIN = 17.0
LINE = 0.46  # mm a line for each point of its letters
INDENT = 5.0  # mm of a sentence, for its sign
SMALL = 7.8
TEXT, MUTED, RULE = (23, 24, 29), (89, 92, 106), (227, 227, 234)
BOX = "□"


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
        fonts = [font for font in self.fonts.values() if isinstance(font, TTFFont)]
        self.letters = {letter for font in fonts for letter in font.cmap}
        self.lacks_letters = False
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
        self.set_y(-14)
        self.set_font(FAMILY, "", 7.5)
        self.set_text_color(*MUTED)
        # The number of pages is written last and is narrower than what stands for it until then.
        wider = self.get_string_width("{nb}") - self.get_string_width("0")
        self.set_x(self.w - MARGIN - 20)
        self.cell(20 + wider, 4, f"{self.page_no()} / {{nb}}", align="R")
        self.set_x(MARGIN)
        line = self.printable(self.look.footer or self.look.name)
        self.multi_cell(self.epw - 25, 3.6, line, align="L", max_line_height=3.6)

    def printable(self, text: str) -> str:
        """The text with a box for each letter that no font has, which would else be left out."""
        found = "".join(one if ord(one) in self.letters or one.isspace() else BOX for one in text)
        self.lacks_letters |= found != text
        return found

    def say(
        self, text: str, size: float, colour: tuple[int, ...] = TEXT, bold: bool = False,
        link: str = "", left: float = 0, right: float = 0,
    ) -> None:  # fmt: skip
        """A paragraph, `left` and `right` mm from the margins."""
        self.set_font(FAMILY, "B" if bold else "", size)
        self.set_text_color(*colour)
        self.set_x(MARGIN + left)
        width = self.w - 2 * MARGIN - left - right
        self.multi_cell(
            width, size * LINE, self.printable(text), link=link, align="L",
            new_x=XPos.LMARGIN, new_y=YPos.NEXT,
        )  # fmt: skip

    def height_of(self, text: str, size: float) -> float:
        """How much of a page an indented paragraph takes, in mm."""
        if not text:
            return 0
        self.set_font(FAMILY, "", size)
        width = self.w - 2 * MARGIN - INDENT
        lines = self.multi_cell(
            width, size * LINE, self.printable(text), align="L", dry_run=True,
            output=MethodReturnValue.LINES,
        )  # fmt: skip
        assert isinstance(lines, list)
        return len(lines) * size * LINE
