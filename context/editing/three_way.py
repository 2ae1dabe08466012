"""Two people's changes of one text, put together sentence by sentence; pure.

The method of diff3 (Khanna, Kunal and Pierce, 2007, "A formal investigation of diff3"): sentences
that all three texts share are the fixed points; between them a stretch that only one side changed
is taken from that side, and one that both changed differently is a conflict, for a person.
"""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

Origin = Literal["same", "mine", "theirs", "both", "conflict"]

# A line, or a sentence within one, with the blanks that follow: joined they are the text again.
_SENTENCE = re.compile(r"[^\n]*?(?:[.!?](?=\s)[^\S\n]*|\n|\Z)")


@dataclass(frozen=True)
class Stretch:
    """A stretch of the three texts and where its new wording comes from."""

    origin: Origin
    base: str
    mine: str
    theirs: str

    @property
    def merged(self) -> str:
        """The wording that both can live with; mine where the two are at odds."""
        return self.theirs if self.origin == "theirs" else self.mine


def three_way(base: str, mine: str, theirs: str) -> list[Stretch]:
    """The stretches from the first word to the last; joined they are each of the three texts."""
    parts = [sentences_of(text) for text in (base, mine, theirs)]
    found = []
    done = (0, 0, 0)
    for shared in [*_fixed_points(*parts), tuple(len(part) for part in parts)]:
        texts = [
            "".join(part[start:end]) for part, start, end in zip(parts, done, shared, strict=True)
        ]
        if any(texts):
            found.append(Stretch(_origin(*texts), *texts))
        if shared[0] < len(parts[0]):
            same = parts[0][shared[0]]
            found.append(Stretch("same", same, same, same))
        done = (shared[0] + 1, shared[1] + 1, shared[2] + 1)
    return _joined(found)


def merged(stretches: list[Stretch]) -> str:
    """The merged text; mine where the two are at odds."""
    return "".join(stretch.merged for stretch in stretches)


def both(stretches: list[Stretch]) -> str:
    """The merged text; where the two are at odds, theirs and then mine, for a person to edit."""
    return "".join(
        f"{one.theirs.rstrip()}\n{one.mine}" if one.origin == "conflict" else one.merged
        for one in stretches
    )


def is_conflict(stretches: list[Stretch]) -> bool:
    """Whether a person has to decide."""
    return any(stretch.origin == "conflict" for stretch in stretches)


def sentences_of(text: str) -> list[str]:
    """Lines and sentences with the blanks behind them; joined they are the text."""
    return [part for part in _SENTENCE.findall(text) if part]


def _fixed_points(
    base: list[str], mine: list[str], theirs: list[str]
) -> list[tuple[int, int, int]]:
    """The places (in base, mine, theirs) of the sentences that all three share, in order."""
    in_mine, in_theirs = _matches(base, mine), _matches(base, theirs)
    return [(place, in_mine[place], in_theirs[place]) for place in in_mine if place in in_theirs]


def _matches(base: list[str], other: list[str]) -> dict[int, int]:
    """Place in base to place in the other text, for the sentences they share."""
    blocks = SequenceMatcher(None, base, other, autojunk=False).get_matching_blocks()
    return {a + step: b + step for a, b, size in blocks for step in range(size)}


def _origin(base: str, mine: str, theirs: str) -> Origin:
    if mine == theirs:
        return "same" if mine == base else "both"
    if theirs == base:
        return "mine"
    return "theirs" if mine == base else "conflict"


def _joined(stretches: list[Stretch]) -> list[Stretch]:
    """Neighbours of one origin as one."""
    kept: list[Stretch] = []
    for one in stretches:
        if kept and kept[-1].origin == one.origin:
            last = kept.pop()
            one = Stretch(
                one.origin, last.base + one.base, last.mine + one.mine, last.theirs + one.theirs
            )
        kept.append(one)
    return kept
