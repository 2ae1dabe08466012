"""The browser of the page tests sees what a user would see, and notices what he would not."""

import asyncio
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from tests.services.browser import Chromium

PAGE = b"<script>document.title='ready'; fetch('http://another.invalid/'); missing();</script>"


class Page(BaseHTTPRequestHandler):
    """One page with a script that fails and asks another host."""

    def do_GET(self) -> None:
        """Answer every path with the page."""
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *arguments: object) -> None:
        """Keep the terminal quiet."""


@pytest.fixture
def site() -> Iterator[str]:
    """A web server of this test alone; the value is its address."""
    with HTTPServer(("127.0.0.1", 0), Page) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_script_error_and_a_foreign_request_are_faults_of_a_page(
    chromium: Chromium, site: str
) -> None:
    faults: list[str] = []
    with chromium.open_page(site, faults) as page:
        page.goto("/")
        page.wait_for_function("document.title === 'ready'")
        page.wait_for_timeout(200)
    assert "http://another.invalid/" in faults
    assert any("missing is not defined" in fault for fault in faults)


def test_between_two_pages_no_event_loop_is_in_the_way(chromium: Chromium, site: str) -> None:
    for turn in range(2):
        with chromium.open_page(site, []) as page:
            page.goto("/")
            assert page.evaluate("localStorage.length") == 0
            page.evaluate("localStorage.setItem('kept', 'here')")
        assert asyncio.run(asyncio.sleep(0, turn)) == turn
