"""What changed from one text to another, word by word."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

Operation = Literal["same", "added", "removed"]

# Words, runs of white space, and single other characters: joined they are the text again.
PIECE = re.compile(r"\w+|\s+|[^\w\s]")
WORD = re.compile(r"\w")
MOST_PIECES_EXACT, MOST_PIECES = 2_000, 30_000
LEAST_IN_COMMON = 0.3  # of the words of the longer text; below it the whole was rewritten


@dataclass(frozen=True)
class Passage:
    """A stretch of text that stayed, came or went."""

    operation: Operation
    text: str


class Stretch(NamedTuple):
    """A stretch of both texts, the same or replaced one by the other."""

    same: bool
    old: str
    new: str


def word_diff(before: str, after: str) -> list[Passage]:
    """The passages from `before` to `after`; removed text comes before what replaced it.

    The texts are got back by joining the passages without the added, or without the removed, ones.
    Whole lines are matched first, so that the cost grows with what changed and not with the text.
    """
    old_lines, new_lines = before.splitlines(keepends=True), after.splitlines(keepends=True)
    stretches: list[Stretch] = []
    for line in _stretches(old_lines, new_lines):
        if line.same:
            stretches.append(line)
        else:
            stretches += _words_of(line)
    return _passages(_folded(stretches))


def _words_of(line: Stretch) -> list[Stretch]:
    """The stretches of words within replaced lines; one, when they have too little in common."""
    old, new = PIECE.findall(line.old), PIECE.findall(line.new)
    found = _stretches(old, new)
    kept = sum(_words(stretch.old) for stretch in found if stretch.same)
    if kept < LEAST_IN_COMMON * max(_words(line.old), _words(line.new)):
        return [line]
    return found


def _words(text: str) -> int:
    return sum(WORD.match(piece) is not None for piece in PIECE.findall(text))


def _stretches(old: list[str], new: list[str]) -> list[Stretch]:
    """difflib's steps from one list to the other; a very long rewritten text is replaced as a
    whole, where difflib's quadratic search would take minutes.
    """
    longest = max(len(old), len(new))
    if longest > MOST_PIECES and old != new:
        return [Stretch(False, "".join(old), "".join(new))]
    matcher = SequenceMatcher(None, old, new, autojunk=longest > MOST_PIECES_EXACT)
    return [
        Stretch(tag == "equal", "".join(old[i1:i2]), "".join(new[j1:j2]))
        for tag, i1, i2, j1, j2 in matcher.get_opcodes()
    ]


def _folded(stretches: list[Stretch]) -> list[Stretch]:
    """Neighbours of one kind as one; blanks and commas alone do not part two changes."""
    kept: list[Stretch] = []
    for place, stretch in enumerate(stretches):
        between = 0 < place < len(stretches) - 1 and not stretches[place + 1].same
        if stretch.same and between and not WORD.search(stretch.old) and "\n" not in stretch.old:
            stretch = stretch._replace(same=False)
        if kept and kept[-1].same == stretch.same:
            last = kept.pop()
            stretch = Stretch(stretch.same, last.old + stretch.old, last.new + stretch.new)
        kept.append(stretch)
    return kept


def _passages(stretches: list[Stretch]) -> list[Passage]:
    passages = []
    for stretch in stretches:
        if stretch.same:
            passages.append(Passage("same", stretch.old))
            continue
        if stretch.old:
            passages.append(Passage("removed", stretch.old))
        if stretch.new:
            passages.append(Passage("added", stretch.new))
    return passages
