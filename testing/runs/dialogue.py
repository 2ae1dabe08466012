"""A trial as a dialogue: what was said and looked up so far, and whose turn it is next.

Pure: the case and the finished calls go in. A trial is worked one call at a time, so all of its
state is what this reads: after a crash the dialogue goes on where its last row left it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any

from context.answers.answering import AgentAnswer
from context.answers.chat import Lookup, Part, ToolUse, Turn
from testing.models import Case, Result, Step

# A release that never stops looking up loops: calls of tools (at once counts as one) in a trial.
MOST_LOOKUPS = 24
MOST_LOOKUPS_WITHOUT_A_RECORDING = 3
GOES_ON = {Case.Action.ANSWER, Case.Action.SNOOZE}


class Speaker(Enum):
    """Whose call is next."""

    RELEASE = "release"
    CUSTOMER = "customer"
    NOBODY = "nobody"


def most_lookups(case: Case) -> int:
    """How often a release may use its tools in one trial of the case."""
    return MOST_LOOKUPS if case.recording else MOST_LOOKUPS_WITHOUT_A_RECORDING


@dataclass(frozen=True)
class Dialogue:
    """A case, and the calls of one trial of it that are finished, in their order."""

    case: Case
    steps: Sequence[Step]

    @cached_property
    def turns(self) -> list[Part]:
        """The conversation as the release sees it: the opening, and what came after it."""
        after = (_part(step) for step in self.spoken if step.text or step.calls)
        return [*self.case.messages, *after]

    @cached_property
    def spoken(self) -> list[Step]:
        """All that came after the opening: the steps, and between them the lines of the script."""
        spoken: list[Step] = []
        script = iter(self.case.script if self.case.kind == Case.Kind.SCRIPT else ())
        for step in self.steps:
            spoken.append(step)
            goes_on = step.kind == Step.Kind.ANSWER and step.action in GOES_ON
            if goes_on and (line := next(script, None)):
                spoken.append(Step(kind=Step.Kind.CUSTOMER, text=line))
        return spoken

    @cached_property
    def answers(self) -> list[Step]:
        """The answers of the release."""
        return [step for step in self.steps if step.kind == Step.Kind.ANSWER]

    @property
    def is_single_answer(self) -> bool:
        """Whether this is a question and its answer, and nothing else."""
        return self.case.kind == Case.Kind.QUESTION and len(self.steps) == len(self.answers) == 1

    @cached_property
    def answer(self) -> AgentAnswer | None:
        """All answers as one: the last action, and everything that was said; None without any."""
        if not self.answers:
            return None
        last = self.answers[-1]
        named = dict.fromkeys(source for step in self.answers for source in step.sources)
        return AgentAnswer(
            action=last.action,  # type: ignore[arg-type]
            reply="\n\n".join(step.text for step in self.answers if step.text),
            sources=list(named),
            reason=last.reason,
            missing_facts=last.missing_facts,
        )

    @property
    def model(self) -> str:
        """The model of the release."""
        own = (step.model for step in reversed(self.steps) if step.kind != Step.Kind.CUSTOMER)
        return next(own, "")

    @cached_property
    def calls(self) -> list[dict[str, Any]]:
        """The calls of tools with what they returned."""
        return [call for step in self.steps for call in step.calls]

    @property
    def outside(self) -> list[dict[str, Any]]:
        """The calls that the case's recording does not hold."""
        return [call for call in self.calls if not call["is_recorded"]]

    @property
    def next_speaker(self) -> Speaker:
        """Whose call is next, or nobody's: the dialogue is over."""
        return self._next[0]

    @property
    def ending(self) -> str:
        """How the dialogue ended, one of Result.Ending; empty while it goes on."""
        return self._next[1]

    @cached_property
    def _next(self) -> tuple[Speaker, str]:
        if not self.steps:
            return Speaker.RELEASE, ""
        last = self.steps[-1]
        if last.kind == Step.Kind.TOOLS:
            looked_up = sum(step.kind == Step.Kind.TOOLS for step in self.steps)
            if looked_up < most_lookups(self.case):
                return Speaker.RELEASE, ""
            return Speaker.NOBODY, Result.Ending.TOO_MANY_LOOKUPS
        if last.kind == Step.Kind.CUSTOMER:
            return self._after_the_customer(last)
        if last.action not in GOES_ON:
            return Speaker.NOBODY, last.action
        return self._after_an_answer()

    def _after_the_customer(self, last: Step) -> tuple[Speaker, str]:
        """A customer who leaves ends it; a release that should close gets the last word."""
        if last.action == "goes_on":
            return Speaker.RELEASE, ""
        if last.action == "satisfied" and last.text and self._expects_a_close:
            return Speaker.RELEASE, ""
        return Speaker.NOBODY, last.action

    def _after_an_answer(self) -> tuple[Speaker, str]:
        match self.case.kind:
            case Case.Kind.SCRIPT if len(self.answers) <= len(self.case.script):
                return Speaker.RELEASE, ""
            case Case.Kind.CUSTOMER:
                heard = [step for step in self.steps if step.kind == Step.Kind.CUSTOMER]
                if heard and heard[-1].action == "satisfied":
                    return Speaker.NOBODY, Result.Ending.SATISFIED
                if len(heard) + 1 < self.case.max_turns:
                    return Speaker.CUSTOMER, ""
                return Speaker.NOBODY, Result.Ending.OUT_OF_TURNS
        return Speaker.NOBODY, Result.Ending.ANSWERED

    @property
    def _expects_a_close(self) -> bool:
        return self.case.expected_action == Case.Action.CLOSE


def _part(step: Step) -> Part:
    if step.kind == Step.Kind.TOOLS:
        return Lookup(tuple(map(_use, step.calls)))
    author = "customer" if step.kind == Step.Kind.CUSTOMER else "ai"
    return Turn(author=author, text=step.text)


def _use(call: dict[str, Any]) -> ToolUse:
    return ToolUse(call["id"], call["name"], call["arguments"], call["result"])
