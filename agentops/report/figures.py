"""The week's figures in words: this week, the week before, the usual range."""

from collections.abc import Iterator
from datetime import timedelta

from agentops.report.content import Estimate, FigureLine, ReportData
from agentops.report.lines import Line, counted
from conversations.figures import WEEK, week_name
from stats.wording import difference, percent, shown

LEADING = ("ai_answered", "ai_resolved", "csat", "quality")
LOST = "too few data"
# Figures whose n is a list of conversations, and what narrows that list.
COUNTED_IN = {
    **dict.fromkeys(
        ("ai_answered", "ai_resolved", "ai_handover", "ai_snooze", "ai_close", "ai_ignore"), ""
    ),
    "csat": "&csat=scored",
}


def written(value: float | None, kind: str) -> str:
    """A value as its kind is written; words where there is none."""
    return "not known" if value is None else shown(value, kind)


def with_doubt(found: Estimate, kind: str) -> str:
    """`41.2 % (38.5 to 44.0 %)`; the reason where there is no interval."""
    if found.value is None:
        return f"not known: {found.reason or LOST}"
    if found.low is None or found.high is None:
        return f"{shown(found.value, kind)} (no interval: {found.reason or LOST})"
    low = shown(found.low, kind).removesuffix(" %")
    return f"{shown(found.value, kind)} ({low} to {shown(found.high, kind)})"


def usual_words(line: FigureLine) -> str:
    """Where the value lies against the usual range; empty where there is none."""
    usual = line.usual
    if usual.low is None or usual.high is None:
        return ""
    low = shown(usual.low, line.kind).removesuffix(" %")
    span = f"{low} to {shown(usual.high, line.kind)}"
    if not line.ripe:
        return f"judged against its usual {span} when the week is final"
    return {
        "above": f"above its usual {span}",
        "below": f"below its usual {span}",
        "within": f"within its usual {span}",
    }.get(line.place, "")


def usual_short(line: FigureLine) -> str:
    """The range for a table: `36.0 to 44.9 %`, and what is said of the value where it matters."""
    if line.usual.low is None or line.usual.high is None:
        return ""
    low = shown(line.usual.low, line.kind).removesuffix(" %")
    said = {"above": "above ", "below": "below "}.get(line.place, "")
    early = "" if line.ripe else ", when final"
    return f"{said}{low} to {shown(line.usual.high, line.kind)}{early}"


def evidence(data: ReportData, key: str) -> str:
    """The page that shows a figure's week beside the week before, and what quality rests on."""
    if key == "quality":
        last = data.monday + timedelta(days=6)
        return f"{data.base}desk/quality/data/?from={data.monday}&to={last}"
    return f"{two_weeks(data)}#change-{key}"


def two_weeks(data: ReportData) -> str:
    """The performance page with this week beside the one before."""
    return f"{data.base}performance/?from={week_name(data.monday - WEEK)}&to={data.week}"


def conversations(data: ReportData, key: str) -> str:
    """The conversations that a figure's n counts; empty where no list shows just these."""
    if key not in COUNTED_IN:
        return ""
    days = f"from={data.monday}&to={data.monday + timedelta(days=6)}"
    return f"{data.base}conversations/?{days}{COUNTED_IN[key]}"


def sentence(data: ReportData, line: FigureLine) -> Line:
    """`AI answered 41.2 % (38.5 to 44.0 %), +2.1 points; within its usual 36.0 to 44.9 %.`"""
    text = f"{line.label}: {with_doubt(line.this, line.kind)}"
    if line.this.value is not None and line.change is not None:
        text += f", {difference(line.change, line.kind)} on the week before"
    elif line.this.value is not None:
        text += ", nothing to compare with in the week before"
    if line.this.value is not None and (words := usual_words(line)):
        text += f"; {words}"
    return Line(f"{text}.", evidence(data, line.key), line.mood, f"n = {line.this.n:,}")


def lines(data: ReportData) -> Iterator[Line]:
    """Every figure, and what usual ranges lack."""
    for line in data.figures:
        yield sentence(data, line)
    if unknown_ranges(data):
        yield Line(range_note(data), f"{data.base}performance/")


def unknown_ranges(data: ReportData) -> str:
    """Why there is no usual range, where that is so of every watched figure; else empty."""
    watched = [line.usual for line in data.figures if line.usual.reason != "not watched"]
    known = [usual for usual in watched if usual.low is not None]
    return watched[0].reason if watched and not known else ""


def range_note(data: ReportData) -> str:
    """How to read the ranges of the table, or why there are none."""
    if reason := unknown_ranges(data):
        return f"Usual ranges are not known yet: {reason}."
    return (
        "The usual range is where the weeks before would expect the figure. "
        f"All watched figures together leave it by chance in about {percent(data.error, 0)} of "
        "weeks."
    )


def volume(data: ReportData) -> Line:
    """How many conversations there were."""
    days = f"from={data.monday}&to={data.monday + timedelta(days=6)}"
    path = f"{data.base}conversations/?{days}"
    if not data.conversations:
        return Line("No conversation came in this week: there is nothing to report.", path)
    text = f"{counted(data.conversations, 'conversation')} came in"
    if data.conversations_before:
        change = data.conversations / data.conversations_before - 1
        sign = "more" if change >= 0 else "fewer"
        text += f", {abs(change):.0%}".replace("%", " %") + f" {sign} than the week before"
    return Line(f"{text}.", path)


def headline(data: ReportData) -> Line | None:
    """The leading figures in one sentence, and whether any figure is out of its range."""
    told = [line for key in LEADING if (line := data.figure(key)) and line.this.value is not None]
    if not told:
        return None
    values = [f"{line.label} {written(line.this.value, line.kind)}" for line in told]
    out = [line for line in data.figures if line.place in ("above", "below")]
    text = ", ".join(values)
    if out:
        text += f"; {' and '.join(f'{line.label} is {usual_words(line)}' for line in out)}"
    elif any(line.place == "within" for line in data.figures):
        text += "; every figure that can be judged is within its usual range"
    moods = {line.mood for line in out}
    mood = "bad" if "bad" in moods else "good" if "good" in moods else ""
    return Line(f"{text}.", two_weeks(data), mood)
