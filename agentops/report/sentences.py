"""The report in words: pure functions from its stored numbers to lines, each with its evidence.

No database and no clock: what is not in `ReportData` is not said.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from agentops.report import asking, effects, figures, work
from agentops.report.content import ReportData
from agentops.report.lines import Line, counted, date_name


@dataclass(frozen=True)
class Section:
    """A heading with its lines; `key` names it in templates."""

    key: str
    heading: str
    lines: list[Line]


def title(data: ReportData) -> str:
    """`Ada, week 2026-W47`."""
    return f"{data.agent}, week {data.week}"


def period(data: ReportData) -> str:
    """`16 to 22 November 2026`."""
    last = data.monday + timedelta(days=6)
    first = f"{data.monday.day}"
    if data.monday.month != last.month:
        first = f"{data.monday.day} {data.monday:%B}"
    if data.monday.year != last.year:
        first = f"{first} {data.monday.year}"
    return f"{first} to {date_name(last)}"


def standing(data: ReportData) -> list[Line]:
    """What a reader has to know of the numbers before the first of them."""
    found = []
    if data.provisional:
        when = date_name(data.final_on)
        text = f"Provisional: until {when} late reopens and silent closes can still change it."
        found.append(Line(text, f"{data.base}performance/", "warn"))
    if data.simulated:
        text = "Simulated customers: these figures show how the loop works, not how a brand does."
        found.append(Line(text, data.base, "warn"))
    if data.local_model:
        text = "The local stand-in model answered and judged, not a language model."
        found.append(Line(text, f"{data.base}settings/", "warn"))
    return found


def sections(data: ReportData) -> list[Section]:
    """The whole report, in the order in which it is read; a week without conversations has no
    figures.
    """
    parts = [
        ("summary", "In short", summary(data)),
        ("changed", "What changed", effects.changed(data)),
        ("did", "What it did", effects.did(data)),
        ("figures", "The figures", figures.lines(data)),
        ("decide", "What to decide", asking.lines(data)),
        ("people", "Who reviewed how much", work.people(data)),
        ("cost", "What it cost", work.cost(data)),
    ]
    return [
        Section(key, heading, list(lines))
        for key, heading, lines in parts
        if data.conversations or key != "figures"
    ]


def summary(data: ReportData) -> Iterator[Line]:
    """The week in four lines at most."""
    yield figures.volume(data)
    if not data.conversations:
        return
    if line := figures.headline(data):
        yield line
    yield effects.headline(data)
    yield asking.headline(data)


def differences(old: ReportData, new: ReportData) -> list[str]:
    """What a final version says otherwise than the provisional one, figure by figure."""
    found = []
    if old.conversations != new.conversations:
        found.append(f"Conversations: {old.conversations:,} became {new.conversations:,}.")
    for line in new.figures:
        before = old.figure(line.key)
        was = figures.written(before.this.value, line.kind) if before else figures.written(None, "")
        now = figures.written(line.this.value, line.kind)
        if was != now:
            found.append(f"{line.label}: {was} became {now}.")
    known = {(one.release, one.figure): one.verdict for one in old.effects}
    for one in new.effects:
        verdict = known.get((one.release, one.figure))
        if verdict is not None and verdict != one.verdict:
            words = verdict.replace("_", " "), one.verdict.replace("_", " ")
            found.append(f"Release {one.release}, {one.label}: “{words[0]}” became “{words[1]}”.")
    return found


__all__ = ["Line", "Section", "counted", "differences", "period", "sections", "standing", "title"]
