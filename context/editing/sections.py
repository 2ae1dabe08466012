"""The sections of a prompt, by its Markdown headings: an outline, and one section to edit alone."""

import re
from dataclasses import dataclass

from context.markdown import parser

_LINES = re.compile(r"[^\n]*\n|[^\n]+")  # as CommonMark counts them


@dataclass(frozen=True)
class Section:
    """A heading with the text below it, up to the next heading of any level; the first may be what
    stands above all headings. `text` is verbatim, heading included.
    """

    number: int
    level: int
    title: str
    text: str

    @property
    def words(self) -> int:
        """How long it is."""
        return len(self.text.split())


def sections_of(prompt: str) -> list[Section]:
    """The sections in order; joined, their texts are the prompt."""
    headings = headings_in(prompt)
    lines = _LINES.findall(prompt)
    starts = [line for line, _, _ in headings]
    if not starts or starts[0] > 0:
        headings = [(0, 0, ""), *headings]
    ends = [line for line, _, _ in headings[1:]] + [len(lines)]
    return [
        Section(number, level, title, "".join(lines[start:end]))
        for number, ((start, level, title), end) in enumerate(zip(headings, ends, strict=True))
    ]


def headings_in(prompt: str) -> list[tuple[int, int, str]]:
    """(line, level, title) of each heading that stands at the top level; not those in code."""
    tokens = parser().parse(prompt)
    return [
        (token.map[0], int(token.tag[1:]), tokens[place + 1].content)
        for place, token in enumerate(tokens)
        if token.type == "heading_open" and token.level == 0 and token.map
    ]


def with_section(prompt: str, number: int, text: str) -> str:
    """The prompt with another text for one section; a line end is added where the next one would
    otherwise run on. IndexError when there is no such section.
    """
    sections = sections_of(prompt)
    texts = [section.text for section in sections]
    texts[number] = text
    if number < len(texts) - 1 and text and not text.endswith("\n"):
        texts[number] += "\n"
    return "".join(texts)
