"""What comes in over REST and from folders, as pydantic models: checked once, at the border."""

from collections import Counter
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from context.answers.chat import Turn
from context.editing.upkeep import UPKEEP
from context.models.rollouts import LEAST_SHARE, MOST_SHARE
from context.releases.content import Content, DocumentContent
from context.releases.settings import JsonObject, Settings, Storable

MOST_DOCUMENTS = 2_000
MOST_OF_TEXT = 200_000
SLUG = r"^[-a-zA-Z0-9_]+$"

Title = Annotated[str, Field(min_length=1, max_length=200), Storable]
Short = Annotated[str, Field(max_length=100), Storable]
# The same text is the same content, whatever the line ends of the system it was written on.
UnixLines = AfterValidator(lambda text: text.replace("\r\n", "\n"))
Body = Annotated[str, Field(min_length=1, max_length=MOST_OF_TEXT), Storable, UnixLines]
Reason = Annotated[str, Field(max_length=2_000), Storable]
Number = Annotated[int, Field(ge=1, le=2_147_483_647)]
LabelName = Annotated[str, Field(min_length=1, max_length=100), Storable]
PATH = r"^(prompt\.md|settings\.(toml|json)|context/[-a-zA-Z0-9_]+\.md)$"
FilePath = Annotated[str, Field(max_length=120, pattern=PATH)]
FileText = Annotated[str, Field(max_length=MOST_OF_TEXT + 20_000), Storable]
Slug = Annotated[str, Field(min_length=1, max_length=100, pattern=SLUG)]


def web_address(url: str) -> str:
    """An address a browser may open from a page: http, https, or a path of this installation."""
    if url and not url.startswith(("https://", "http://", "/")):
        raise ValueError("must begin with https://, http:// or /")
    return url


Username = Annotated[str, Field(min_length=1, max_length=150), Storable]
Source = Annotated[str, Field(max_length=500), Storable, AfterValidator(web_address)]


class Incoming(BaseModel):
    """A body in which unknown fields are errors, so that a typing mistake is not lost."""

    model_config = ConfigDict(extra="forbid")


class DocumentIn(Incoming):
    """One topic of what the agent knows."""

    slug: Slug
    title: Title
    body: Body
    topic: Short = ""
    required_facts: Annotated[list[Short], Field(max_length=50)] = []

    def content(self) -> DocumentContent:
        """The document as a value."""
        facts = tuple(self.required_facts)
        return DocumentContent(self.slug, self.title, self.body, self.topic, facts)


class KeptDocumentIn(DocumentIn):
    """A document with its owner (the username of a member), last day and source. These belong to it
    in every release: left out they stay as they are, null clears them.
    """

    owner: Username | None = None
    expires_on: date | None = None
    source: Source | None = None

    def upkeep(self) -> dict[str, Any]:
        """What is said of owner, last day and source; nothing that was left out."""
        named = [name for name in UPKEEP if name in self.model_fields_set]
        return {name: getattr(self, name) for name in named}


class ReleaseIn(Incoming):
    """A draft: what an agent is told, and a note on why it changed.

    With `parent` the push is refused when a newer release has been made since. `labels` name it, or
    the release that holds this content already. `files` are the texts it was read from: a pull
    gives them back as they stand.
    """

    prompt: Body
    settings: Settings = {}
    documents: Annotated[list[KeptDocumentIn], Field(max_length=MOST_DOCUMENTS)] = []
    note: Annotated[str, Field(max_length=10_000), Storable] = ""
    parent: Number | None = None
    labels: Annotated[list[LabelName], Field(max_length=20)] = []
    files: Annotated[dict[FilePath, FileText], Field(max_length=MOST_DOCUMENTS + 2)] = {}

    @model_validator(mode="after")
    def names_each_document_once(self) -> Self:
        """Two documents of one slug would hide one of them."""
        counts = Counter(document.slug for document in self.documents)
        if twice := [slug for slug, count in counts.items() if count > 1]:
            raise ValueError(f"two documents have the slug {twice[0]!r}")
        return self

    def content(self) -> Content:
        """What the draft is to hold."""
        documents = (document.content() for document in self.documents)
        return Content(self.prompt, self.settings, tuple(documents))

    def upkeep(self) -> dict[str, dict[str, Any]]:
        """What is said of the upkeep of each document, by slug."""
        return {document.slug: document.upkeep() for document in self.documents}


class LabelIn(Incoming):
    """The release that a label names from now on."""

    release: Number


class CheckIn(Incoming):
    """Evidence on a release: a named result with its numbers and where the story stands."""

    name: Annotated[str, Field(min_length=1, max_length=50, pattern=SLUG)]
    status: Literal["pending", "passed", "failed", "undecided"]
    summary: Annotated[str, Field(max_length=500), Storable] = ""
    numbers: JsonObject = {}
    url: Annotated[str, Field(max_length=300), Storable, AfterValidator(web_address)] = ""


class ReasonIn(Incoming):
    """Why something is done; may be left out."""

    reason: Reason = ""


class NeededReasonIn(Incoming):
    """Why something is refused."""

    reason: Annotated[str, Field(min_length=1, max_length=2_000), Storable]


class DeclineIn(Incoming):
    """Why a proposal is declined: a cause, in words, or both."""

    cause: Literal[
        "wrong",
        "known",
        "one_customer",
        "passing",
        "not_to_be_said",
        "needs_a_person",
        "too_rare",
        "other",
    ] = "other"
    reason: Annotated[str, Field(max_length=2_000, validate_default=True), Storable] = ""

    @field_validator("reason")
    @classmethod
    def says_why(cls, reason: str, info: ValidationInfo) -> str:
        """Another reason is given in words."""
        if info.data.get("cause") == "other" and not reason.strip():
            raise ValueError("say why, or give a cause other than `other`")
        return reason


class MergeIn(Incoming):
    """The proposal that says the same and becomes a wording of this one."""

    proposal: Number


class PublishIn(Incoming):
    """`override_reason` publishes without the required checks; the key's maker must be an admin."""

    override_reason: Reason = ""


Share = Annotated[int, Field(ge=LEAST_SHARE, le=MOST_SHARE)]


class RolloutIn(ReasonIn):
    """Which share of the customers, in percent, and for how many days."""

    share: Share
    days: Literal[7, 14] = 7


class RaiseIn(ReasonIn):
    """The larger share of the customers, in percent."""

    share: Share


class TurnIn(Incoming):
    """One public message."""

    author: Literal["customer", "ai", "human"]
    text: Annotated[str, Field(max_length=60_000), Storable]


class RespondIn(Incoming):
    """A conversation up to the customer's message that is to be answered, oldest first."""

    messages: Annotated[list[TurnIn], Field(min_length=1, max_length=500)]

    @model_validator(mode="after")
    def ends_with_the_customer(self) -> Self:
        """What is to be answered is the customer's."""
        if self.messages[-1].author != "customer":
            raise ValueError("the last message must be the customer's")
        return self

    def turns(self) -> list[Turn]:
        """The messages as a release is asked them."""
        return [Turn(author=message.author, text=message.text) for message in self.messages]


class RespondLiveIn(RespondIn):
    """`customer` is the reference that is sent with the conversation: it decides during a
    rollout which release answers.
    """

    customer: Annotated[str, Field(max_length=200), Storable] = ""


class ProposalIn(Incoming):
    """A suggested change of context or prompt."""

    title: Title
    body: Body
    kind: Literal["document", "prompt"] = "document"
    topic: Short = ""
    required_facts: Annotated[list[Short], Field(max_length=50)] = []


class AcceptIn(Incoming):
    """How a proposal goes into a draft: as it is, with another body, or as exactly this
    document.
    """

    body: Body | None = None
    into: Number | None = None
    document: DocumentIn | None = None
