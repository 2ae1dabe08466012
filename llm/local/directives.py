"""The simple instructions the local model understands in a release's prompt.

One a line, anywhere in the prompt, in any case:

- `Always hand over: refunds over 100, legal` – topics a person must take; "over N" wants an amount
- `Ignore: newsletters, job applications` – topics the agent leaves alone
- `Tone: friendly` (or `formal`, `brief`)
- `Sign as: Nora`
- `Answer only when sure` – a higher bar before it answers at all
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from llm.local.text import content_stems

_LINE = re.compile(
    r"^\W*(always hand over|ignore|tone|sign as)\s*:\s*(.+?)\s*$", re.IGNORECASE | re.MULTILINE
)
_CAUTIOUS = re.compile(r"answer only (?:when|if) (?:you are )?sure", re.IGNORECASE)
_OVER = re.compile(r"\b(?:over|above|more than)\s*[$€£]?\s*(\d+(?:[.,]\d+)?)", re.IGNORECASE)
_AMOUNT = re.compile(
    r"(?:[$€£]|\b(?:eur|usd|gbp))\s?(\d+(?:[.,]\d+)?)"
    r"|(\d+(?:[.,]\d+)?)\s?(?:[$€£]|(?:euros?|dollars?|pounds?|eur|usd|gbp)\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Subject:
    """A subject named in a directive: its words, and the amount from which it counts."""

    name: str
    stems: frozenset[str]
    over: float | None

    def is_in(self, text: str) -> bool:
        """Whether the customer's text is about this subject."""
        if not self.stems or not self.stems <= set(content_stems(text)):
            return False
        return self.over is None or any(amount > self.over for amount in amounts(text))


@dataclass(frozen=True)
class Directives:
    """What the prompt asks of the local model."""

    hand_over: tuple[Subject, ...] = ()
    ignore: tuple[Subject, ...] = ()
    tone: str = "friendly"
    signature: str = ""
    cautious: bool = False


@lru_cache(maxsize=256)
def read_directives(prompt: str) -> Directives:
    """Read the directives of a prompt; the last one of a kind counts."""
    lines = {name.lower(): value for name, value in _LINE.findall(prompt)}
    return Directives(
        hand_over=_subjects(lines.get("always hand over", "")),
        ignore=_subjects(lines.get("ignore", "")),
        tone=lines.get("tone", "friendly").split()[0].strip(".,;").lower(),
        signature=lines.get("sign as", "").rstrip("."),
        cautious=bool(_CAUTIOUS.search(prompt)),
    )


def _subjects(text: str) -> tuple[Subject, ...]:
    """Read a comma-separated list of subjects."""
    return tuple(_subject(part) for part in re.split(r"[,;]", text) if part.strip())


def _subject(part: str) -> Subject:
    limit = _OVER.search(part)
    about = _OVER.sub("", part).strip(" .")
    over = float(limit.group(1).replace(",", ".")) if limit else None
    return Subject(part.strip(" ."), frozenset(content_stems(about)), over)


def amounts(text: str) -> list[float]:
    """Return the amounts of money in a text, as numbers."""
    found = (first or second for first, second in _AMOUNT.findall(text))
    return [float(number.replace(",", ".")) for number in found]
