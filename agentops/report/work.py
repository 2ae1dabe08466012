"""People's work and the money, in words."""

from collections.abc import Iterator

from agentops.report.content import ReportData
from agentops.report.figures import evidence, with_doubt
from agentops.report.lines import Line, counted
from stats.wording import dollars, percent

FEW_DOUBLES = 10


def people(data: ReportData) -> Iterator[Line]:
    """Who decided how many, and how far two people agree."""
    team, page = data.team, f"{data.base}desk/team/?days=7"
    if not team.decided and not team.skipped:
        yield Line("Nobody reviewed a conversation this week.", page, "warn")
        return
    total = f"{counted(team.decided, 'conversation')} reviewed by people in {spent(team.minutes)}"
    skipped = f", {team.skipped:,} skipped" if team.skipped else ""
    yield Line(f"{total}{skipped}.", page)
    for one in team.reviewers:
        skipped = f", {one.skipped:,} skipped" if one.skipped else ""
        yield Line(f"{one.name}: {one.decided:,} in {spent(one.minutes)}{skipped}.", page)
    if team.drawn:
        share = team.judged / team.drawn
        text = f"{team.judged:,} of {team.drawn:,} drawn conversations are judged"
        early = " (the quality figure is provisional below 90 %)" if share < 0.9 else ""
        yield Line(f"{text}{early}.", f"{data.base}desk/quality/", "warn" if early else "")
    yield agreement(data)


def agreement(data: ReportData) -> Line:
    """How often two people said the same of one conversation."""
    team, page = data.team, f"{data.base}desk/agreement/"
    if not team.doubles:
        return Line("No conversation was read by two people: their agreement is not known.", page)
    text = f"Two people agreed on {team.same:,} of {team.doubles:,} conversations both had read"
    if team.doubles < FEW_DOUBLES:
        return Line(f"{text}: too few for a percentage.", page)
    return Line(f"{text} ({percent(team.same / team.doubles, 0)}).", page)


def spent(minutes: float) -> str:
    """`45 minutes`, `3.5 hours`."""
    if minutes < 90:
        return counted(round(minutes), "minute")
    return f"{minutes / 60:.1f} hours"


def cost(data: ReportData) -> Iterator[Line]:
    """Dollars for models, dollars a conversation, minutes of people."""
    found = data.cost
    if found.calls:
        calls = counted(found.calls, "model call")
        price = dollars(found.models_usd) if found.models_usd else "nothing"
        text = f"Reviews, briefs, captures and tests: {price} for {calls}"
    else:
        text = "The loop made no model call this week"
    yield Line(f"{text}.", data.base)
    each = found.per_conversation
    performance = evidence(data, "cost_per_conversation")
    if each.value is None:
        yield Line(
            "What an answer cost is not known: no conversation came with a cost.", performance
        )
    elif not each.value:
        text = f"The agent's answers: nothing; {each.n:,} conversations came with a cost of $0."
        yield Line(text, performance)
    else:
        yield Line(f"The agent's answers: {with_doubt(each, 'money')} a conversation.", performance)
    if data.team.decided:
        per = data.team.minutes / data.team.decided
        text = f"People: {spent(data.team.minutes)} at the desk, {per:.1f} minutes a conversation."
        yield Line(text, f"{data.base}desk/team/?days=7")
