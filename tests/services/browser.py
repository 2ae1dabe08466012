"""The browser the page tests drive: the Chromium or Chrome that the system has."""

import shutil
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC_APPLICATION = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
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


def launch_options(binary: Path) -> dict[str, Any]:
    """What Playwright needs to start the browser headless, with a profile made for this run."""
    return {"executable_path": str(binary), "headless": True, "args": list(FLAGS)}
