"""Quotes: whether they stand in the message they name, and where.

Whitespace, letter case, Unicode forms and typographic quotation marks are folded on both sides, so
that a quote is refused for what it says, not for how it was typed.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

_MARKS = str.maketrans(
    {"‘": "'", "’": "'", "‚": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"',
     "–": "-", "—": "-", "‑": "-", "−": "-", "\u200b": "", "\ufeff": "", "\u00ad": ""}
)  # fmt: skip
_WRAPPING = " \t\r\n\"'“”„«»‘’…."
LEAST_CHARACTERS = 2


@dataclass(frozen=True)
class Folded:
    """A text as it is compared, and for each of its characters the place in the original."""

    text: str
    places: Sequence[int]


def fold(text: str) -> Folded:
    """Fold case, Unicode forms (compatibility decomposition), quotation marks and whitespace."""
    letters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        for letter in unicodedata.normalize("NFKD", character).translate(_MARKS).casefold():
            is_space = letter.isspace()
            if is_space and (not letters or letters[-1] == " "):
                continue
            letters.append(" " if is_space else letter)
            places.append(place)
    return Folded("".join(letters), places)


def find(quote: str, text: str) -> tuple[int, int] | None:
    """Where the quote stands in the text, as (start, end) of the original; None if nowhere.

    A quote without two letters or digits proves nothing and is found nowhere, unless it is the
    whole message.
    """
    bare = quote.strip(_WRAPPING)
    if sum(letter.isalnum() for letter in bare) >= LEAST_CHARACTERS and bare in text:
        start = text.index(bare)  # nearly all quotes are exact, and folding costs 100 times more
        return start, start + len(bare)
    wanted, within = fold(bare).text.strip(), fold(text)
    letters = sum(letter.isalnum() for letter in wanted)
    if not letters or (letters < LEAST_CHARACTERS and wanted != within.text.strip(_WRAPPING)):
        return None
    start = within.text.find(wanted)
    if start < 0:
        return None
    return within.places[start], within.places[start + len(wanted) - 1] + 1


def locate(quote: str, message_id: str, texts: Mapping[str, str]) -> str | None:
    """The id of the message that holds the quote: the one named, else the first that does.

    A right quote with a wrong message id is still evidence, so the id is put right. None when no
    message holds it.
    """
    named = {message_id: texts[message_id]} if message_id in texts else {}
    for candidate, text in (named | dict(texts)).items():
        if find(quote, text) is not None:
            return candidate
    return None


@dataclass(frozen=True)
class Piece:
    """A stretch of a message: marked as a quote for a verdict ("pass", "fail"), or plain ("")."""

    text: str
    verdict: str = ""


def marked(text: str, quotes: Iterable[tuple[str, str]]) -> list[Piece]:
    """The text in pieces with the (quote, verdict) pairs marked; where quotes overlap, the one
    that begins first wins, and of those the longest.
    """
    spans = sorted(
        ((*span, verdict) for quote, verdict in quotes if (span := find(quote, text))),
        key=lambda span: (span[0], -span[1]),
    )
    pieces, reached = [], 0
    for start, end, verdict in spans:
        if start < reached:
            continue
        pieces += [Piece(text[reached:start]), Piece(text[start:end], verdict)]
        reached = end
    return [piece for piece in [*pieces, Piece(text[reached:])] if piece.text]
