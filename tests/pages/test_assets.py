"""Style sheets and scripts: small, served compressed, and made from what is installed."""

import gzip
import re
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import Client
from pytest_django.fixtures import Settings

FIRST_PAGE = 150 * 1024
CHARTS = 350 * 1024


def packed_size(path: Path) -> int:
    """Bytes on the wire."""
    return len(gzip.compress(path.read_bytes()))


@pytest.mark.django_db
def test_the_first_page_is_light() -> None:
    page = Client().get("/login/").content
    linked = re.findall(r'(?:href|src)="/static/([^"#]+)', page.decode())
    assert "agentops/app.css" in linked
    files = [Path(str(finders.find(name))) for name in set(linked)]
    assert sum(map(packed_size, files)) + len(gzip.compress(page)) <= FIRST_PAGE


def test_every_icon_named_in_a_template_is_in_the_sprite() -> None:
    root = Path(__file__).parents[2]
    sprite = (root / "agentops/static/agentops/icons.svg").read_text()
    there = set(re.findall(r'<symbol id="([a-z]+)"', sprite))
    named = {
        icon
        for template in root.glob("*/templates/**/*.html")
        for icon in re.findall(r'icon\.html" with name="([^"]+)"', template.read_text())
    }
    assert named and named <= there


def test_no_template_needs_what_the_policy_forbids() -> None:
    root = Path(__file__).parents[2]
    forbidden = re.compile(r'\sstyle="|\son[a-z]+="|\shx-on|<style|<script(?![^>]*(?:src=|json))')
    letters = {
        "alert_letter.html",
        "report_document.html",
    }  # mailed or saved
    guilty = [
        str(template.relative_to(root))
        for template in root.glob("*/templates/**/*.html")
        if template.name not in letters and forbidden.search(template.read_text())
    ]
    assert guilty == []


def test_the_chart_library_is_built_once_and_whole(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    call_command("build_chart_bundle", stdout=StringIO())
    library = tmp_path / "bundle" / "vega.js"
    assert "window.vegaEmbed" in library.read_text()
    assert gzip.decompress(library.with_name("vega.js.gz").read_bytes()) == library.read_bytes()
    assert library.with_name("vega.js.gz").stat().st_size <= CHARTS
    before, said = library.stat().st_mtime_ns, StringIO()
    call_command("build_chart_bundle", stdout=said)
    assert library.stat().st_mtime_ns == before and "up to date" in said.getvalue()


def test_a_library_of_another_version_is_built_again(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    library = tmp_path / "bundle" / "vega.js"
    library.parent.mkdir()
    library.write_text("/* vl-convert 0.0.0 */ half a lib")
    call_command("build_chart_bundle", stdout=StringIO())
    assert "window.vegaEmbed" in library.read_text()


@pytest.mark.django_db
def test_the_chart_library_is_served_compressed() -> None:
    if not finders.find("agentops/vega.js.gz"):
        pytest.skip("the chart library is made at set-up: ./run test")
    answer = Client().get("/static/agentops/vega.js", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert int(answer.headers["Content-Length"]) <= CHARTS
    answer.close()
