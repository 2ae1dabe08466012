"""What changed in the week, and what releases are associated with, in words."""

from collections.abc import Iterator
from itertools import groupby

from agentops.report.content import EffectLine, ReleaseLine, ReportData
from agentops.report.figures import written
from agentops.report.lines import Line, counted, day_name, listed, shortened
from stats.wording import signed

SURE = ("improved", "regressed")
VERDICTS = {
    "improved": "improved",
    "regressed": "regressed",
    "no_clear_change": "no clear change",
    "cannot_tell_yet": "cannot tell yet",
}
SIGNS = {"added": "new", "changed": "changed", "removed": "removed"}


def changed(data: ReportData) -> Iterator[Line]:
    """The releases of the week in a line each, and their documents in another."""
    if not data.releases:
        path = f"{data.base}releases/"
        yield Line("No release went live: the agent was told the same all week.", path)
    for one in data.releases:
        yield Line(release_words(one), f"{data.base}releases/{one.number}/", sub=content_words(one))


def release_words(one: ReleaseLine) -> str:
    """`Release 7 went live on 18 November, by ada: “note”.`"""
    by = f", by {one.by}" if one.by else ""
    if one.rollback:
        why = f": “{shortened(one.reason)}”" if one.reason.strip() else ", without a reason given"
        left = f" in place of release {one.before}" if one.before else ""
        return f"Release {one.number} was put back on {day_name(one.day)}{by}{left}{why}."
    note = f": “{shortened(one.note)}”" if one.note.strip() else ""
    text = f"Release {one.number} went live on {day_name(one.day)}{by}{note}"
    if one.reason.strip():
        text += f"; {shortened(one.reason)}"
    return f"{text}."


def content_words(one: ReleaseLine) -> str:
    """What differs from the release before: `Prompt changed; new: Returns; changed: Sizes.`"""
    parts = ["prompt changed"] if one.prompt else []
    if one.settings:
        parts.append(f"settings changed: {listed(one.settings)}")
    for kind, found in groupby(sorted(one.documents, key=lambda d: d.kind), lambda d: d.kind):
        titles = [document.title for document in found]
        named = listed(titles) if len(titles) <= 4 else f"{len(titles)} documents"
        parts.append(f"{SIGNS.get(kind, kind)}: {named}")
    against = f"Against release {one.before}: " if one.before else "The first release: "
    return against + ("; ".join(parts) if parts else "the same content") + "."


def did(data: ReportData) -> Iterator[Line]:
    """The verdicts of the last weeks' releases; those not known yet in one line a release."""
    if not data.effects:
        text = "No release of the last four weeks has been measured yet."
        yield Line(text, f"{data.base}performance/")
    for number, found in groupby(data.effects, lambda one: one.release):
        path = f"{data.base}releases/{number}/impact/"
        effects = list(found)
        for one in effects:
            if one.verdict != "cannot_tell_yet":
                yield Line(effect_words(one), path, mood_of(one))
        if untold := [one for one in effects if one.verdict == "cannot_tell_yet"]:
            names = listed([one.label for one in untold])
            reason = next((one.reason for one in untold if one.reason), "")
            yield Line(f"Release {number}: cannot tell yet for {names}.", path, sub=reason)


def effect_words(one: EffectLine) -> str:
    """`Release 7 is associated with: AI answered improved, 28.1 % → 36.9 %, +8.8 points (+2.1 to
    +15.5).`
    """
    kind = "share" if one.rate else "score"
    tie = "caused" if one.caused else "is associated with"
    verdict = VERDICTS.get(one.verdict, one.verdict)
    name = one.label
    primary = " (its primary figure)" if one.role == "primary" else ""
    text = f"Release {one.release} {tie}: {name} {verdict}{primary}"
    if one.verdict == "no_clear_change":
        text = f"Release {one.release}: no clear change of {name}"
    if one.before is not None and one.after is not None:
        text += f", {written(one.before, kind)} → {written(one.after, kind)}"
    if one.difference is not None and one.low is not None and one.high is not None:
        text += f", {change_words(one)}"
    return f"{text}{'; provisional' if one.provisional else ''}."


def change_words(one: EffectLine) -> str:
    """`+8.8 points (+2.1 to +15.5)`."""
    assert one.difference is not None and one.low is not None and one.high is not None
    scale, digits, unit = (100, 1, " points") if one.rate else (1, 2, "")
    value, low, high = (signed(scale * x, digits) for x in (one.difference, one.low, one.high))
    return f"{value}{unit} ({low} to {high})"


def mood_of(one: EffectLine) -> str:
    """Good, bad, or none of both."""
    return {"improved": "good", "regressed": "bad"}.get(one.verdict, "")


def grouped(sure: list[EffectLine]) -> list[str]:
    """`AI resolved and CSAT improved with release 6`, a part for each release and verdict."""
    names: dict[tuple[int, str], list[str]] = {}
    for one in sure:
        names.setdefault((one.release, one.verdict), []).append(one.label)
    return [
        f"{listed(labels)} {verdict} with release {number}"
        for (number, verdict), labels in names.items()
    ]


def headline(data: ReportData) -> Line:
    """How many releases went live, and what is surely said of the last ones."""
    live = sum(not one.rollback for one in data.releases)
    back = sum(one.rollback for one in data.releases)
    parts = [f"{counted(live, 'release')} went live" if live else "No release went live"]
    if back:
        parts.append(f"{counted(back, 'rollback')}")
    sure = [one for one in data.effects if one.verdict in SURE]
    if sure:
        parts += grouped(sure)
    elif data.effects:
        parts.append("no release of the last four weeks has a clear effect")
    moods = {mood_of(one) for one in sure}
    mood = "bad" if "bad" in moods or back else "good" if "good" in moods else ""
    return Line(f"{'; '.join(parts)}.", f"{data.base}releases/", mood)
