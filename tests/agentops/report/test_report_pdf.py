"""The report on paper."""

import io
import re
import shutil
import subprocess
from dataclasses import replace
from datetime import timedelta

import pytest
from PIL import Image

from agentops.report.content import PointLine
from agentops.report.look import LogoRefused, Look, clean_logo, colour_fault
from agentops.report.paper import Paper
from agentops.report.pdf import pdf_of
from agentops.report.sentences import sections
from tests.agentops.report.numbers import MONDAY, make_data, make_release

pytestmark = pytest.mark.any_database
LOOK = Look("Acme Outdoor", "#0c6b58", "Acme Outdoor, for internal use")


def pages(pdf: bytes) -> int:
    """How many pages a PDF has."""
    return len(re.findall(rb"/Type /Page\b(?!s)", pdf))


def make_png(size: tuple[int, int] = (40, 20)) -> bytes:
    """A small picture."""
    out = io.BytesIO()
    Image.new("RGB", size, "#0c6b58").save(out, "PNG")
    return out.getvalue()


def test_a_report_fits_on_two_pages_and_links_to_its_evidence() -> None:
    points = [
        PointLine("ai_answered", f"2026-W{40 + n}", MONDAY - timedelta(weeks=7 - n), 0.3 + n / 50,
                  400, 0.28, 0.47, n == 7)
        for n in range(8)
    ]  # fmt: skip
    pdf = pdf_of(make_data(points=points), replace(LOOK, logo=make_png()))
    assert pdf.startswith(b"%PDF-")
    assert pages(pdf) <= 2
    assert b"http://localhost:8000/acme/bot/releases/8/" in pdf


def test_the_same_numbers_give_the_same_file() -> None:
    assert pdf_of(make_data(), LOOK) == pdf_of(make_data(), LOOK)


def test_an_empty_week_is_a_page() -> None:
    empty = make_data(conversations=0)
    assert pages(pdf_of(empty, LOOK)) == 1
    assert "figures" not in [section.key for section in sections(empty)]


def test_letters_of_other_scripts_are_written() -> None:
    note = "Επιστροφές, Возврат, zażółć gęślą jaźń → €"
    assert pages(pdf_of(make_data(releases=[make_release(note=note)]), LOOK)) >= 1


def test_a_letter_that_no_font_has_leaves_a_box_and_not_a_hole() -> None:
    paper = Paper(LOOK, "2026-W47")
    assert paper.printable("Ελλάδα\nΩ") == "Ελλάδα\nΩ"
    assert paper.printable("返品 ok") == "□□ ok"
    assert paper.lacks_letters
    paper.output()  # closes the files of its fonts


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="no pdftotext on this machine")
def test_its_text_can_be_searched_and_copied() -> None:
    command = ["pdftotext", "-layout", "-", "-"]
    read = subprocess.run(command, input=pdf_of(make_data(), LOOK), capture_output=True, check=True)
    text = read.stdout.decode()
    assert "Bot, week 2026-W47" in text and "1,240 conversations came in" in text
    assert "Acme Outdoor, for internal use" in text and "1/1" in text.replace(" ", "")


def test_a_long_report_runs_over_pages() -> None:
    many = [make_release(number=number) for number in range(60)]
    assert pages(pdf_of(make_data(releases=many), LOOK)) >= 3


@pytest.mark.parametrize(
    ("colour", "fault"),
    [("#0c6b58", ""), ("#ffe000", "contrast of 1.3"), ("red", "#rrggbb"), ("#fff", "#rrggbb")],
)
def test_a_colour_has_to_be_readable(colour: str, fault: str) -> None:
    assert fault in colour_fault(colour)
    assert bool(fault) == bool(colour_fault(colour))


def test_a_logo_keeps_nothing_but_its_pixels() -> None:
    given = make_png()
    assert Image.open(io.BytesIO(clean_logo(given + b"<script>"))).size == (40, 20)
    assert b"<script>" not in clean_logo(given + b"<script>")


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "SVG"),
        (b"\x89PNG\r\n\x1a\nbroken", "PNG"),
        (b"", "PNG"),
        (b"x" * 300_000, "at most 200 KB"),
        (make_png((2400, 10)), "2400 × 10 pixels"),
    ],
)
def test_what_is_no_picture_is_refused(given: bytes, why: str) -> None:
    with pytest.raises(LogoRefused, match=why):
        clean_logo(given)
