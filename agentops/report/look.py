"""A workspace's look: name, colour, logo and foot of its reports, and what is refused."""

import io
import re
from base64 import b64encode
from dataclasses import dataclass

from PIL import Image, UnidentifiedImageError

from accounts.models import Branding, Workspace

COLOUR = re.compile(r"#[0-9a-f]{6}")
DEFAULT_COLOUR = "#4549c9"
LEAST_CONTRAST = 4.5
LARGEST_LOGO = 200 * 1024
MOST_PIXELS = 2000


@dataclass(frozen=True)
class Look:
    """What a report is dressed in."""

    name: str
    colour: str = DEFAULT_COLOUR
    footer: str = ""
    logo: bytes = b""

    @property
    def logo_uri(self) -> str:
        """The logo as a data: address."""
        return f"data:image/png;base64,{b64encode(self.logo).decode()}" if self.logo else ""


class LogoRefused(ValueError):
    """The picture cannot be used; the message says why."""


def look_of(workspace: Workspace) -> Look:
    """The workspace's look, with the defaults where nothing is set."""
    found = Branding.objects.filter(workspace=workspace).first()
    if found is None:
        return Look(workspace.name)
    return Look(
        found.name or workspace.name,
        found.colour or DEFAULT_COLOUR,
        found.footer,
        bytes(found.logo or b""),
    )


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb` as WCAG defines it."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast_on_white(colour: str) -> float:
    """The ratio in which the colour stands out on white, and white on it."""
    return 1.05 / (luminance(colour) + 0.05)


def colour_fault(colour: str) -> str:
    """Why a colour cannot be used; empty if it can."""
    if not COLOUR.fullmatch(colour):
        return "A colour is written as #rrggbb, such as #4549c9."
    ratio = contrast_on_white(colour)
    if ratio < LEAST_CONTRAST:
        return (
            f"White text on this colour has a contrast of {ratio:.1f} to 1; "
            f"{LEAST_CONTRAST} are needed to be read. Choose a darker one."
        )
    return ""


def clean_logo(given: bytes) -> bytes:
    """The picture as a PNG without anything but its pixels; LogoRefused for what is none.

    SVG is refused: it can hold scripts and addresses of other servers.
    """
    if len(given) > LARGEST_LOGO:
        raise LogoRefused(f"The file has {len(given) / 1024:.0f} KB; at most 200 KB are kept.")
    try:
        with Image.open(io.BytesIO(given), formats=["PNG"]) as picture:
            if max(picture.size) > MOST_PIXELS:
                wide, high = picture.size
                raise LogoRefused(
                    f"The picture is {wide} × {high} pixels; at most {MOST_PIXELS} a side."
                )
            out = io.BytesIO()
            picture.convert("RGBA").save(out, "PNG", optimize=True)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError):
        raise LogoRefused("A PNG picture is expected; SVG and other files are refused.") from None
    return out.getvalue()
