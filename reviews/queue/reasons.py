"""Why a conversation is in the day's queue, in words."""

from reviews.models import Flag, Stratum
from reviews.queue.population import Unit

PHRASES = {
    Flag.Kind.CRITICAL: "a critical criterion failed: {detail}",
    Flag.Kind.LOW_CSAT: "{detail}",
    Flag.Kind.REOPENED: "reopened after the AI closed it",
    Flag.Kind.ANGRY: "angry and not handed over: {detail}",
    Flag.Kind.LEGAL: "legal or safety words: {detail}",
    Flag.Kind.UNVERIFIED: "the judge's quote is not there: {detail}",
    Flag.Kind.CONTRADICTED: "the judge is contradicted: {detail}",
}


def reason(stratum: Stratum, unit: Unit) -> str:
    """Why a conversation is in the queue, in words."""
    odds = stratum.size / stratum.drawn
    if stratum.grade is not None:
        rounded = f"{odds:.0f}" if odds >= 2 else f"{odds:.1f}"
        return "random check, all of its kind" if odds == 1 else f"random check, 1 in {rounded}"
    phrases = [PHRASES[Flag.Kind(kind)].format(detail=detail) for kind, detail in unit.flags]
    exact = f"{odds:.1f}".removesuffix(".0")
    chance = "" if odds == 1 else f" (drawn, 1 in {exact} of the flagged)"
    return f"here because {'; '.join(phrases)}{chance}"
