"""The browser the page tests drive: the Chromium or Chrome that the system has."""

import asyncio
import importlib.util
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.services.missing import ServiceMissing

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC_APPLICATION = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
MOST_WAITED = 120_000  # milliseconds: a busy machine is no fault of a page
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium_binary() -> Path | None:
    """The browser to use, or None."""
    for name in NAMES:
        if found := shutil.which(name):
            return Path(found)
    return MAC_APPLICATION if MAC_APPLICATION.exists() else None


@dataclass
class Chromium:
    """One browser for all tests of a run. Its driver's event loop runs while a page is open only:
    other tests come in between, and some call `asyncio.run`.
    """

    browser: "Browser"
    loop: asyncio.AbstractEventLoop

    @contextmanager
    def open_page(self, base_url: str, faults: list[str]) -> "Iterator[Page]":
        """Yield a page with a new profile; what goes wrong in it is added to `faults`."""
        asyncio._set_running_loop(self.loop)
        try:
            profile = self.browser.new_context(base_url=base_url)
            profile.set_default_timeout(MOST_WAITED)
            page = profile.new_page()
            watch(page, base_url, faults)
            yield page
            for opened in self.browser.contexts:
                opened.close()
        finally:
            asyncio._set_running_loop(None)


@contextmanager
def running_chromium() -> Iterator[Chromium]:
    """Start the browser; raises ServiceMissing without it or its driver."""
    binary = chromium_binary()
    if binary is None:
        raise ServiceMissing("no browser: install chromium or google-chrome")
    if importlib.util.find_spec("playwright") is None:
        raise ServiceMissing("no browser driver: run the tests with ./run test")
    # Not at the top: only `./run test` installs the driver, it is as large as all the rest.
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=binary, headless=True, args=FLAGS)
        loop = asyncio.get_running_loop()
        asyncio._set_running_loop(None)
        yield Chromium(browser, loop)
        asyncio._set_running_loop(loop)
        browser.close()


def watch(page: "Page", base_url: str, faults: list[str]) -> None:
    """Note script errors, console errors (policy violations among them) and foreign requests."""

    def note_foreign(address: str) -> None:
        if not address.startswith((base_url, "data:", "blob:", "about:")):
            faults.append(address)

    page.on("pageerror", lambda error: faults.append(f"script error: {error}"))
    page.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
    page.on("request", lambda asked: note_foreign(asked.url))
