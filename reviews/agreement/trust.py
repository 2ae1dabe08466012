"""The rule by which a judge may gate or is suspended: numbers in, a state with its reason out."""

from dataclasses import dataclass
from typing import NamedTuple

from context.models import JudgeStanding
from stats.intervals import Interval

State = JudgeStanding.State


@dataclass(frozen=True)
class Measured:
    """What is known of one version of the judge on the overall verdict: the labels it rests on, the
    share of failures it finds and of passes it lets pass.
    """

    labels: int
    sensitivity: Interval
    specificity: Interval


@dataclass(frozen=True)
class Asked:
    """What an agent asks of its judge before it gates anything; shares from 0 to 1."""

    labels: int
    sensitivity: float
    specificity: float


class Decision(NamedTuple):
    """The state, and why, in words without a full stop."""

    state: JudgeStanding.State
    reason: str


def decide(measured: Measured, asked: Asked, *, was_suspended: bool) -> Decision:
    """Suspended, trusted or not measured yet; the first rule that applies gives the sentence.

    Intervals are wide while failures are rare, so a judge is suspended only where a whole interval
    lies below what is asked. Once suspended it stays so, whatever version follows, until one
    reaches what is asked: a change of the prompt is no proof that it got better.
    """
    if unknown := _unknown(measured, asked):
        if was_suspended:
            return Decision(State.SUSPENDED, f"it was found too weak, and since then {unknown}")
        return Decision(State.UNMEASURED, unknown)
    if below := _below(measured, asked):
        return Decision(State.SUSPENDED, below)
    if was_suspended and not _reaches(measured, asked):
        reason = (
            f"it was found too weak, and does not reach what is asked: {_rates(measured, asked)}"
        )
        return Decision(State.SUSPENDED, reason)
    return Decision(State.TRUSTED, _rates(measured, asked))


def _unknown(measured: Measured, asked: Asked) -> str:
    """What is missing before anything can be said; empty when nothing is."""
    if measured.labels < asked.labels:
        return f"{measured.labels} of {asked.labels} labels are there"
    for rate, needed in _sides(measured, asked):
        if rate.is_refused and needed > 0:
            missing = rate.reason.removeprefix("insufficient data: ")
            return f"among {measured.labels} labels are {missing}"
    return ""


def _sides(measured: Measured, asked: Asked) -> list[tuple[Interval, float]]:
    return [
        (measured.sensitivity, asked.sensitivity),
        (measured.specificity, asked.specificity),
    ]


def _below(measured: Measured, asked: Asked) -> str:
    """Which rate surely lies below what is asked, in words; empty when neither does."""
    sides = _sides(measured, asked)
    faults = [
        said
        for (rate, needed), said in zip(sides, _said(measured, asked), strict=True)
        if rate.high is not None and rate.high < needed
    ]
    return "; ".join(faults)


def _reaches(measured: Measured, asked: Asked) -> bool:
    """Whether both estimates are what is asked."""
    return all((rate.estimate or 0.0) >= needed for rate, needed in _sides(measured, asked))


def _rates(measured: Measured, asked: Asked) -> str:
    return "; ".join(_said(measured, asked))


def _said(measured: Measured, asked: Asked) -> list[str]:
    """Both rates in words, with what is asked of them."""
    found, passed = _range(measured.sensitivity), _range(measured.specificity)
    return [
        f"it finds {found} of failures, {_percent(asked.sensitivity)} % are asked",
        f"it lets {passed} of passes pass, {_percent(asked.specificity)} % are asked",
    ]


def _range(rate: Interval) -> str:
    """An interval as `38–52 %`; one number where both limits are rounded to it."""
    if rate.low is None or rate.high is None:
        return "an unknown share"
    limits = dict.fromkeys((_percent(rate.low), _percent(rate.high)))
    return f"{'–'.join(limits)} %"


def _percent(share: float) -> str:
    return f"{100 * share:.0f}"
