"""The brands of the simulation, read from `simulation/brands/*.toml`."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import TypeAdapter

FOLDER = Path(__file__).parent / "brands"


@dataclass(frozen=True)
class Topic:
    """What customers of a brand ask about, and the truth about it.

    `share` weighs the topic in the traffic, `season` multiplies it week by week. `says` are the
    words of a right answer. A `person` topic needs a person whatever the agent knows;
    `handover_document` is what the agent may be taught about it (what to gather first).
    """

    slug: str
    title: str
    share: float
    fact: str
    says: tuple[str, ...]
    questions: tuple[str, ...]
    known: bool = False
    person: bool = False
    stale: str = ""
    handover_document: str = ""
    required_facts: tuple[str, ...] = ()
    season: tuple[float, ...] = field(default=(1.0,))

    def weight(self, week: int) -> float:
        """The topic's weight in the traffic of one week (0 is the first)."""
        return self.share * self.season[week % len(self.season)]

    def is_answered_by(self, reply: str) -> bool:
        """Whether a reply says what is true about this topic."""
        text = reply.lower()
        return all(words.lower() in text for words in self.says)


@dataclass(frozen=True)
class Brand:
    """A shop with an AI agent."""

    name: str
    slug: str
    agent: str
    agent_slug: str
    time_zone: str
    conversations_a_day: int
    response_rate: float
    prompt: str
    topics: tuple[Topic, ...]

    def topic(self, slug: str) -> Topic | None:
        """The topic of that slug, or None."""
        return next((topic for topic in self.topics if topic.slug == slug), None)


BRAND = TypeAdapter(Brand)


def load_brand(name: str) -> Brand:
    """Read one brand file (`outerwear`, `supplements`)."""
    return BRAND.validate_python(tomllib.loads((FOLDER / f"{name}.toml").read_text()))


def all_brands() -> list[str]:
    """The names of the brand files."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))
