"""The colours of tokens.css against WCAG 2.2: text 4.5:1, controls, dots and lines 3:1."""

import re
from pathlib import Path

import pytest

TOKENS = Path(__file__).parents[2] / "agentops" / "static" / "agentops" / "tokens.css"
PAIR = re.compile(r"--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)")
COLOURS = {name: (light, dark) for name, light, dark in PAIR.findall(TOKENS.read_text())}
THEMES = [0, 1]

GROUNDS = ["page", "surface", "sunken", "raised"]
TEXTS = [(text, ground) for text in ["text", "muted", "faint", "accent"] for ground in GROUNDS]
MOODS = [(mood, ground) for mood in ["good", "warn", "bad", "info"] for ground in GROUNDS]
SOFT = [(mood, f"{mood}-soft") for mood in ["good", "warn", "bad", "info", "accent"]]
ON_SOFT = [("text", f"{mood}-soft") for mood in ["good", "warn", "bad", "info", "accent"]]
MARKED = [("text", "mark"), ("text", "hover"), ("muted", "hover")]
CONTROLS = [("control", ground) for ground in ["surface", "page", "raised"]]
SERIES = [(name, "surface") for name in COLOURS if name.startswith("series-")]


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb` (WCAG 2.2)."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in channels
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours (WCAG 2.2)."""
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def test_the_measure_is_that_of_the_guidelines() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", THEMES, ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXTS + MOODS + SOFT + ON_SOFT + MARKED)
def test_text_can_be_read(text: str, ground: str, theme: int) -> None:
    assert contrast(COLOURS[text][theme], COLOURS[ground][theme]) >= 4.5


@pytest.mark.parametrize("theme", THEMES, ids=["light", "dark"])
@pytest.mark.parametrize(("edge", "ground"), CONTROLS + SERIES)
def test_controls_and_lines_can_be_seen(edge: str, ground: str, theme: int) -> None:
    assert contrast(COLOURS[edge][theme], COLOURS[ground][theme]) >= 3


@pytest.mark.parametrize("theme", THEMES, ids=["light", "dark"])
@pytest.mark.parametrize("fill", ["accent-fill", "accent-fill-hover", "bad-fill"])
def test_white_text_can_be_read_on_filled_buttons(fill: str, theme: int) -> None:
    assert contrast("#ffffff", COLOURS[fill][theme]) >= 4.5
