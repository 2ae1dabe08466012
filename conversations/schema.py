"""The conversation schema of REST and files: what may come in, and what is refused by name."""

from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
)

MOST_MESSAGES = 2000
MOST_TAGS = 100
MOST_SOURCES = 50
LONGEST_TEXT = 1_000_000
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)


def believable(moment: datetime) -> datetime:
    """Refuse times that no helpdesk wrote, and that time zones could not be applied to."""
    if not EARLIEST <= moment < LATEST:
        raise ValueError(f"a time between {EARLIEST.year} and {LATEST.year} is expected")
    return moment.astimezone(UTC)


def to_micro_dollars(value: Decimal) -> Decimal:
    """Round to what is stored."""
    return value.quantize(Decimal("0.000001"), ROUND_HALF_EVEN)


Time = Annotated[AwareDatetime, AfterValidator(believable)]
Key = Annotated[str, Field(min_length=1, max_length=200)]
Slug = Annotated[str, Field(pattern=r"^[-a-zA-Z0-9_]{1,100}$")]
Tag = Annotated[str, Field(min_length=1, max_length=100)]
SignalTime = StrictBool | Time


class _Strict(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid")


class MessageIn(_Strict):
    """One message. Without `sent_at` its time is reconstructed from its place in the list."""

    external_id: Key
    author: Literal["customer", "ai", "human", "system", "tool"]
    public: StrictBool = Field(default=True, description="False: an internal note.")
    text: str = Field(max_length=LONGEST_TEXT)
    sent_at: Time | None = None
    sources: list[Slug] | None = Field(
        default=None,
        max_length=MOST_SOURCES,
        description="Slugs of the documents that the AI's message rests on.",
    )


class CsatIn(_Strict):
    """The customer's score. Good/bad scales do not belong here."""

    score: StrictInt = Field(ge=1, le=5)
    scored_at: Time | None = None


class SignalsIn(_Strict):
    """What the sender knows of the signals: a time, true (time unknown) or false (never).

    A signal left out is derived from tags and messages.
    """

    ai_processing: StrictBool | None = None
    ai_answered: SignalTime | None = None
    ai_snoozed: SignalTime | None = None
    ai_handed_over: SignalTime | None = None
    ai_closed: SignalTime | None = None
    ai_ignored: SignalTime | None = None
    human_replied: SignalTime | None = None
    reopened: SignalTime | None = None


class ConversationIn(_Strict):
    """A conversation, or what is new of one: it is found by (source, external_id).

    Fields left out or null leave what is stored as it is, but `closed_at: null` says that the
    conversation is open again. Messages are merged by their external_id.
    """

    external_id: Key
    source: str = Field(min_length=1, max_length=50)
    channel: str = Field(max_length=50)
    topic: str | None = Field(default=None, max_length=100)
    language: str | None = Field(default=None, max_length=20)
    tier: str | None = Field(default=None, max_length=10)
    customer_ref: str | None = Field(default=None, max_length=200)
    opened_at: Time
    closed_at: Time | None = None
    release: StrictInt | None = Field(
        default=None, ge=1, lt=2**31, description="Number of the release that answered it."
    )
    tags: list[Tag] | None = Field(default=None, max_length=MOST_TAGS)
    csat: CsatIn | None = None
    survey_sent_at: Time | None = None
    signals: SignalsIn | None = None
    cost_usd: Annotated[Decimal, AfterValidator(to_micro_dollars)] | None = Field(
        default=None, ge=0, le=9_999, description="What the AI's work on it cost."
    )
    messages: list[MessageIn] = Field(default_factory=list, max_length=MOST_MESSAGES)


class RatingIn(_Strict):
    """A person's rating of a handover brief."""

    rating: Literal["useful", "incomplete", "wrong"]
    note: str = Field(default="", max_length=2000)
    reviewer: str | None = Field(default=None, description="Username; the key's maker if empty.")
