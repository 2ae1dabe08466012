"""What changed in the week, and what releases are associated with, in words."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from agentops.report.content import EffectLine, ReleaseLine, ReportData
from agentops.report.figures import written
from agentops.report.lines import Line, counted, day_name, listed, shortened, uncapital
from stats.wording import signed

SURE = ("improved", "regressed")
NAMED = 3  # figures of a list that would be longer than this and one more
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
    """Two lines a release, and one more where something fell: what is clear, its primary
    figure first, and what is not.
    """
    if not data.effects:
        text = "No release of the last four weeks has been measured yet."
        yield Line(text, f"{data.base}performance/")
    for number, found in groupby(data.effects, lambda one: one.release):
        path = f"{data.base}releases/{number}/impact/"
        effects = primary_first(found)
        for verdict in SURE:
            if same := [one for one in effects if one.verdict == verdict]:
                yield clear(same, path)
        if unsure := [one for one in effects if one.verdict not in SURE]:
            yield unclear(unsure, path)


def primary_first(found: Iterable[EffectLine]) -> list[EffectLine]:
    """The effects with the figure the release is judged by at the head."""
    return sorted(found, key=lambda one: one.role != "primary")


def clear(same: list[EffectLine], path: str) -> Line:
    """Effects of one verdict: the first in a sentence, the others below it."""
    head, *others = same
    more = "; ".join(f"{inline(one.label)}{short_change(one)}" for one in others)
    sub = f"Also {VERDICTS[head.verdict]}: {more}." if others else ""
    return Line(effect_words(head), path, mood_of(head), sub)


def unclear(unsure: list[EffectLine], path: str) -> Line:
    """What did not clearly change and what cannot be told yet, of one release, in a line."""
    still = [one for one in unsure if one.verdict == "no_clear_change"]
    untold = [one for one in unsure if one.verdict != "no_clear_change"]
    parts = []
    if still and still[0].role == "primary":
        text = effect_words(still[0]).removesuffix(".")
        parts.append(f"{text}; nor of {some(still[1:])}" if still[1:] else text)
    elif still:
        parts.append(f"Release {still[0].release}: no clear change of {some(still)}")
    if untold:
        text = f"cannot tell yet for {some(untold)}"
        parts.append(text if parts else f"Release {untold[0].release}: {text}")
    sub = " ".join(part for part in (doubts(still), missing(untold)) if part)
    return Line(f"{'; '.join(parts)}.", path, sub=sub)


def doubts(still: list[EffectLine]) -> str:
    """How far each figure without a clear change may have moved; the primary one's sentence says it
    already.
    """
    found = []
    for one in still:
        if one.role != "primary" and (change := short_change(one)):
            early = one.low is not None and one.high is not None and one.low * one.high > 0
            found.append(
                f"{inline(one.label)}{change}{', not clear among so many figures' if early else ''}"
            )
    return f"{'; '.join(found)}." if found else ""


def missing(untold: list[EffectLine]) -> str:
    """What is missing for a verdict: of all of them if it is the same, else of the first."""
    reasons = [one.reason for one in untold if one.reason]
    if not reasons or len(set(reasons)) == 1:
        return reasons[0] if reasons else ""
    first = next(one for one in untold if one.reason)
    return f"{inline(first.label)}: {uncapital(first.reason)}"


def some(effects: list[EffectLine]) -> str:
    """Their figures, of which three are named where there are more than four."""
    names = [inline(one.label) for one in effects]
    return listed([*names[:NAMED], f"{len(names) - NAMED} more"] if len(names) > 4 else names)


def inline(label: str) -> str:
    """A label without a comma of its own, for lists: `CSAT (AI only)`."""
    head, comma, tail = label.partition(", ")
    return f"{head} ({tail})" if comma else label


def effect_words(one: EffectLine) -> str:
    """`Release 7 is associated with: AI answered improved, 28.1 % → 36.9 %, +8.8 points (+2.1 to
    +15.5).`
    """
    kind = "share" if one.rate else "score"
    tie = "caused" if one.caused else "is associated with"
    verdict = VERDICTS.get(one.verdict, one.verdict)
    name = inline(one.label)
    primary = " (its primary figure)" if one.role == "primary" else ""
    text = f"Release {one.release} {tie}: {name} {verdict}{primary}"
    if one.verdict == "no_clear_change":
        text = f"Release {one.release}: no clear change of {name}"
    if one.before is not None and one.after is not None:
        text += f", {written(one.before, kind)} → {written(one.after, kind)}"
    if one.difference is not None and one.low is not None and one.high is not None:
        # The days are compared with weekdays, trend and mix held: no plain subtraction.
        text += f", {'' if is_subtraction(one) else 'adjusted '}{change_words(one)}"
    return f"{text}{'; provisional' if one.provisional else ''}."


def change_words(one: EffectLine) -> str:
    """`+8.8 points (+2.1 to +15.5)`."""
    assert one.difference is not None and one.low is not None and one.high is not None
    scale, digits, unit = (100, 1, " points") if one.rate else (1, 2, "")
    value, low, high = (signed(scale * x, digits) for x in (one.difference, one.low, one.high))
    return f"{value}{unit} ({low} to {high})"


def short_change(one: EffectLine) -> str:
    """` +8.8 points (+2.1 to +15.5)`; empty where it is not known."""
    if one.difference is None or one.low is None or one.high is None:
        return ""
    return f" {change_words(one)}"


def is_subtraction(one: EffectLine) -> bool:
    """Whether the difference is what a reader gets who subtracts, as far as it is written."""
    if one.before is None or one.after is None or one.difference is None:
        return True
    return abs(one.after - one.before - one.difference) < (0.001 if one.rate else 0.01)


def mood_of(one: EffectLine) -> str:
    """Good, bad, or none of both."""
    return {"improved": "good", "regressed": "bad"}.get(one.verdict, "")


def grouped(sure: list[EffectLine]) -> list[str]:
    """`AI resolved, CSAT and 2 more improved with release 6`, a part a release and verdict."""
    same: dict[tuple[int, str], list[EffectLine]] = {}
    for one in primary_first(sure):
        same.setdefault((one.release, one.verdict), []).append(one)
    newest = sorted(same.items(), key=lambda item: -item[0][0])
    return [
        f"{some(found)} {VERDICTS[verdict]} with release {number}"
        for (number, verdict), found in newest
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
