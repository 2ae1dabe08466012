"""What a trial may cost at most: every call of its kind made, each at full length."""

from decimal import Decimal

from context.answers.answering import AgentAnswer, answer_call, material_of
from context.answers.chat import Lookup, Part, ToolUse, Turn
from context.models import Release
from llm.prices import estimate
from testing.models import Case
from testing.runs.customer import customer_call
from testing.runs.dialogue import most_lookups
from testing.runs.grader import grade_call

CHARACTERS_OF_A_REPLY = 2000
CHARACTERS_OF_A_CUSTOMER = 500
_REPLY = "x" * CHARACTERS_OF_A_REPLY


def estimate_trial(release: Release, case: Case) -> Decimal:
    """Dollars one trial of the case costs at most; UnknownPrice if a model has no price.

    A dialogue grows with every call, so the first and the last are priced, and those between lie
    evenly between them.
    """
    whole = AgentAnswer(action="answer", reply=_REPLY)
    first = estimate(answer_call(release, case.messages))
    answers = most_answers(case)
    lookups = most_lookups(case) if material_of(release).tools else 0
    if answers + lookups == 1:
        return first + estimate(grade_call(case, whole))
    longest = _longest(case, answers, lookups)
    last = estimate(answer_call(release, longest))
    spoken = whole.model_copy(update={"reply": _REPLY * answers})
    total = (answers + lookups) * (first + last) / 2 + estimate(grade_call(case, spoken, longest))
    if case.kind == Case.Kind.CUSTOMER and answers > 1:
        begins, ends = customer_call(case, case.messages), customer_call(case, longest)
        total += (answers - 1) * (estimate(begins) + estimate(ends)) / 2
    return total


def most_answers(case: Case) -> int:
    """How often the release may answer in one trial."""
    match case.kind:
        case Case.Kind.SCRIPT:
            return 1 + len(case.script)
        case Case.Kind.CUSTOMER:
            return int(case.max_turns)
    return 1


def _longest(case: Case, answers: int, lookups: int) -> list[Part]:
    """The longest dialogue the case can become."""
    result = "x" * max((len(call["result"]) for call in case.recording), default=0)
    use = Lookup((ToolUse("call", "tool", {}, result),))
    said = (
        Turn(author="ai", text=_REPLY),
        Turn(author="customer", text="x" * CHARACTERS_OF_A_CUSTOMER),
    )
    return [*case.messages, *[use] * lookups, *said * (answers - 1)]
