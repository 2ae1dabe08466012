"""What a person has to decide, in words."""

from collections.abc import Iterator

from agentops.report.content import AlertLine, Idea, ReportData
from agentops.report.lines import Line, capital, counted
from stats.wording import shown

TOLD = 3


def lines(data: ReportData) -> Iterator[Line]:
    """Alerts first, then what Today has due, then ideas ranked by what they would have served."""
    for alert in data.alerts:
        mood = "" if alert.acknowledged_by or alert.ended else "warn"
        yield Line(alert_words(alert), f"{data.base}report/alerts/", mood)
    for ask in data.asks:
        yield Line(f"{capital(ask.text)}.", ask.path, "warn" if ask.urgent else "", ask.detail)
    if data.contradictions:
        text = f"{counted(data.contradictions, 'pair')} of passages contradict each other."
        yield Line(text, f"{data.base}tests/", "warn")
    yield from ideas(data.proposals, data.proposal_count, "proposal", f"{data.base}proposals/")
    yield from ideas(
        data.questions, data.question_count, "new question", f"{data.base}tests/questions/"
    )
    if not waiting(data) and not data.alerts:
        yield Line("Nothing waits for a decision.", data.base, "good")


def ideas(found: list[Idea], count: int, noun: str, page: str) -> Iterator[Line]:
    """The heaviest ideas in a line each, and how many more there are."""
    for idea in found[:TOLD]:
        weight = f"{counted(idea.volume, 'conversation')}, {idea.failures:,} of them failed"
        conflict = "; it conflicts with a document" if idea.conflicts else ""
        yield Line(f"{capital(noun)}: “{idea.title}”.", idea.path, sub=f"{weight}{conflict}")
    if count > TOLD:
        yield Line(f"{counted(count - TOLD, f'more {noun}')}.", page)


def alert_words(one: AlertLine) -> str:
    """`AI answered was 21.0 % in 2026-W47, usually 33.1 to 45.2 %: nobody has looked yet.`"""
    low = shown(one.low, one.kind).removesuffix(" %")
    text = (
        f"{one.label} was {shown(one.value, one.kind)} in {one.week}, "
        f"usually {low} to {shown(one.high, one.kind)}"
    )
    if one.acknowledged_by:
        note = f": “{one.note}”" if one.note else ""
        return f"{text}; {one.acknowledged_by} has looked{note}."
    return f"{text}; {'it is back since, ' if one.ended else ''}nobody has looked yet."


def waiting(data: ReportData) -> int:
    """How many things wait."""
    return len(data.asks) + bool(data.contradictions) + data.proposal_count + data.question_count


def headline(data: ReportData) -> Line:
    """What waits, in one sentence."""
    urgent = [ask.text for ask in data.asks if ask.urgent]
    unseen = sum(not alert.acknowledged_by for alert in data.alerts)
    parts = [f"{', '.join(urgent)} first"] if urgent else []
    if unseen:
        parts.append(counted(unseen, "alert"))
    if others := len(data.asks) - len(urgent):
        parts.append(counted(others, "task") + " on Today")
    if data.proposal_count:
        parts.append(counted(data.proposal_count, "open proposal"))
    if data.question_count:
        parts.append(counted(data.question_count, "new question"))
    if not parts:
        return Line("Nothing waits for a decision.", data.base, "good")
    return Line(f"To decide: {', '.join(parts)}.", data.base, "warn" if urgent or unseen else "")
