"""The words of an impact: what each figure is, what stands beside it, the verdict's sentence."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from context.models import Figure, Impact, ImpactEvidence

DEFINITIONS = {
    Figure.AI_RESOLVED: "The AI answered and the conversation ended without a person: of all "
    "conversations.",
    Figure.AI_ANSWERED: "The AI wrote at least one answer to the customer: of all conversations.",
    Figure.AI_HANDOVER: "The AI passed the conversation to a person: of all conversations.",
    Figure.AI_HANDOVER_COLD: "Passed to a person without any answer by the AI: of all "
    "conversations.",
    Figure.ASSISTED: "Passed to a person with the topic's required facts gathered: of all that "
    "were passed on.",
    Figure.REOPENED: "The customer came back within seven days of the close: of all that were "
    "closed.",
    Figure.SNOOZE_SILENT: "Closed after the customer did not answer the AI: of all the AI "
    "waited in.",
    Figure.CSAT: "Mean score of the answered surveys, 1 to 5.",
    Figure.CSAT_AI: "The same, of conversations that the AI finished alone.",
}

Kind = ImpactEvidence.Kind
MEANINGS: dict[str, str] = {
    Kind.RAW: "The regression of the daily values as they are: mix and within together.",
    Kind.MIX: "What the shift of topics, channels and languages alone changed.",
    Kind.STANDARDISED: "Both windows at one mix, conversations taken one by one: no interval, "
    "since it would claim too much.",
    Kind.BAND: "The change of the newest week as counted, and the range that past weekly changes "
    "let one expect.",
    Kind.UNTOUCHED: "What moved in topics whose documents did not change: not the release.",
    Kind.CONTROL: "Touched topics against those, day by day: what both share drops out.",
    Kind.RESPONSE: "When fewer answer, others may be speaking.",
    Kind.DISPERSION: "1 is chance alone; above, conversations of one day are alike, and counting "
    "them one by one would claim too much.",
}

SAID = {
    Impact.Verdict.IMPROVED: "{figure} improved: {change}, {association} release {number}.",
    Impact.Verdict.REGRESSED: "{figure} regressed: {change}, {association} release {number}.",
    Impact.Verdict.NO_CLEAR_CHANGE: "{figure} shows no clear change: {change}.",
    Impact.Verdict.CANNOT_TELL_YET: "Of {figure} nothing can be said yet.",
}


DAYS = "four weeks before against the first whole days on it, without weekdays and mix."
SPLIT = "its customers against those of the live release on the same days, while traffic was split."


def measured_by(impacts: Iterable[Impact]) -> str:
    """What was compared to find these impacts, as a heading says it."""
    kinds = {one.split for one in impacts}
    if kinds == {True, False}:
        return f"Caused by it: {SPLIT} Associated with it: {DAYS}"
    words = SPLIT if kinds == {True} else DAYS
    return words[0].upper() + words[1:]


@dataclass(frozen=True)
class Untold:
    """What must come before anything can be said of some figures; no names means of all."""

    reason: str
    names: str


@dataclass(frozen=True)
class Summary:
    """Impacts in short: those with a verdict, and what the others lack, each lack once."""

    told: list[Impact]
    untold: list[Untold]

    @property
    def is_empty(self) -> bool:
        """Whether nothing was measured yet."""
        return not self.told and not self.untold


def summary(impacts: Iterable[Impact]) -> Summary:
    """The impacts in short, in their order."""
    rows = list(impacts)
    lacking: dict[str, list[str]] = defaultdict(list)
    for one in rows:
        if not one.is_told:
            lacking[one.reason].append(one.get_figure_display())
    return Summary(
        [one for one in rows if one.is_told],
        [
            Untold(reason, "" if len(names) == len(rows) else ", ".join(names))
            for reason, names in lacking.items()
        ],
    )


def sentence(impact: Impact) -> str:
    """The verdict as a sentence, made of stored numbers alone."""
    said = SAID[Impact.Verdict(impact.verdict)].format(
        figure=impact.get_figure_display(),
        change=impact.change,
        association=impact.association,
        number=impact.release.number,
    )
    return f"{said} {impact.reason}".strip()
