"""What comes in over REST and from files, as pydantic models: checked once, at the border."""

import json
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, RootModel, model_validator

from context.releases.settings import JsonObject

Text = Annotated[str, Field(max_length=5000)]
Fact = Annotated[str, Field(min_length=1, max_length=1000)]
Short = Annotated[str, Field(max_length=100)]
Facts = Annotated[list[Fact], Field(max_length=50)]
Said = Annotated[str, Field(min_length=1, max_length=20_000)]
ToolName = Annotated[str, Field(pattern=r"^[a-zA-Z0-9_-]{1,64}$")]
KINDS = {"questions", "context", "regression"}
Action = Literal["", "answer", "snooze", "handover", "close", "ignore"]


def as_text(value: Any) -> Any:
    """What a tool returned as the text a model reads: JSON, unless it is a text."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


class Incoming(BaseModel):
    """A body in which unknown fields are errors, so that a typing mistake is not lost."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class CaseTurnIn(Incoming):
    """One message of a scripted conversation."""

    author: Literal["customer", "ai"]
    text: Said


class CallIn(Incoming):
    """A call of a tool."""

    name: ToolName
    arguments: JsonObject = {}


class RecordedCall(CallIn):
    """A call of a tool with what it returned: a text, or anything JSON can hold."""

    result: Annotated[str, Field(max_length=100_000), BeforeValidator(as_text)]


class CaseFields(Incoming):
    """The question or the turns up to the message to answer, who goes on from there and how, and
    what a good answer does.
    """

    question: Annotated[str, Field(min_length=1, max_length=5000)]
    key: Short = ""
    turns: Annotated[list[CaseTurnIn], Field(max_length=100)] = []
    expected_action: Action = ""
    expected_facts: Facts = []
    must_not: Facts = []
    required_facts: Facts = []
    rubric: Text = ""
    critical: bool = False
    tags: Annotated[list[Short], Field(max_length=50)] = []
    topic: Short = ""
    document_slug: Short = ""
    kind: Literal["question", "script", "customer"] = "question"
    script: Annotated[list[Said], Field(max_length=50)] = []
    persona: Text = ""
    goal: Text = ""
    known_facts: Facts = []
    withheld_facts: Facts = []
    max_turns: Annotated[int, Field(ge=1, le=50)] = 8
    recording: Annotated[list[RecordedCall], Field(max_length=500)] = []
    expected_calls: Annotated[list[CallIn], Field(max_length=100)] = []
    writing_tools: Annotated[list[ToolName], Field(max_length=128)] = []

    @model_validator(mode="after")
    def ends_with_the_customer(self) -> Self:
        """What is to be answered is the customer's."""
        if self.turns and self.turns[-1].author != "customer":
            raise ValueError("the last turn must be the customer's")
        return self


class CaseIn(CaseFields):
    """A new case."""

    status: Literal["draft", "approved"] = "draft"

    @model_validator(mode="after")
    def goes_on(self) -> Self:
        """Somebody has to speak after the first answer where somebody should."""
        if self.kind == "customer" and not self.goal:
            raise ValueError("a simulated customer needs a goal")
        if self.kind == "script" and not self.script:
            raise ValueError("a scripted conversation needs a script")
        return self


class CasesIn(RootModel[CaseIn | list[CaseIn]]):
    """One case, or a list of at most 1,000."""


class CaseChange(CaseFields):
    """A change of a case; what is left out stays. An empty owner is nobody, an empty reason takes
    the flaky mark off.
    """

    question: Annotated[str, Field(min_length=1, max_length=5000)] = ""
    owner: Annotated[str, Field(max_length=150)] = ""
    flaky_reason: Annotated[str, Field(max_length=300)] = ""


class SuiteIn(Incoming):
    """A suite; the slug is made from the name unless given."""

    kind: Literal["questions", "context", "regression"]
    name: Annotated[str, Field(min_length=1, max_length=100)]
    slug: Annotated[str, Field(max_length=50, pattern=r"^[-a-zA-Z0-9_]*$")] = ""
    description: Annotated[str, Field(max_length=1000)] = ""

    @model_validator(mode="after")
    def leaves_standard_slugs(self) -> Self:
        """The slugs of the standard suites stay with their kinds."""
        if (self.slug or self.name.casefold()) in KINDS - {self.kind}:
            raise ValueError(f"{self.slug or self.name} is the name of another kind")
        return self


class SuiteChange(Incoming):
    """A change of a suite; what is left out stays. An archived suite is not run."""

    name: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    description: Annotated[str, Field(max_length=1000)] | None = None
    archived: bool | None = None


class RunIn(Incoming):
    """A run of a suite; the baseline is the live release unless another number is given."""

    release: Annotated[int, Field(ge=1, le=2_147_483_647)]
    baseline: Annotated[int, Field(ge=1, le=2_147_483_647)] | None = None
    trials: Annotated[int, Field(ge=1, le=20)] = 3


class GateIn(Incoming):
    """How often each case is asked in runs that are still missing (the gate's rules say it unless
    given), and what they may cost together.
    """

    trials: Annotated[int, Field(ge=1, le=20)] | None = None
    cap_usd: Annotated[Decimal, Field(ge=0)] | None = None


class SuiteRuleIn(Incoming):
    """What a suite adds: whether it decides its kind's check, and its own margin (null: none)."""

    id: Annotated[int, Field(ge=1, le=9_223_372_036_854_775_807)]
    decides: bool = True
    margin: float | None = None


class RulesIn(Incoming):
    """A change of the gate's rules; what is left out stays. Shares are from 0 to 1."""

    margin: float = 0.05
    cases_for_an_interval: int = 100
    trials: int = 3
    least_trials: int = 1
    most_ungraded: float = 0.1
    targeted_share: float = 0.8
    contradictions: Literal["undecided", "failed", "ignored"] = "undecided"
    required_checks: Annotated[list[Short], Field(max_length=20)] = []
    critical_tags: Annotated[list[Short], Field(max_length=50)] = []
    suites: Annotated[list[SuiteRuleIn], Field(max_length=200)] = []


class RegradeIn(Incoming):
    """How many of a run's grades are asked for again."""

    sample: Annotated[int, Field(ge=1, le=1000)] = 50
