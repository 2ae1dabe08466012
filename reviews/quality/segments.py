"""Segments of the conversations: by release, topic, channel and language, as of a day's draw."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from conversations.models import Conversation
from reviews.models import Queue, Stratum, StratumPart

# Of a part or a conversation: what each dimension of a segment is looked up by.
DIMENSIONS = {
    "release": "release__number",
    "topic": "topic",
    "channel": "channel",
    "language": "language",
}


class Segment(NamedTuple):
    """The segment one conversation is in; `release` is a key."""

    release: int | None
    topic: str
    channel: str
    language: str

    @classmethod
    def of(cls, conversation: Conversation) -> Self:
        """The segment of a conversation as it is now."""
        return cls(
            conversation.release_id,
            conversation.topic,
            conversation.channel,
            conversation.language,
        )


@dataclass(frozen=True)
class Chosen:
    """The segment a figure is asked of; None is everything. `release` is a number, an empty text
    stands for conversations without a topic, channel or language.
    """

    release: int | None = None
    topic: str | None = None
    channel: str | None = None
    language: str | None = None

    def __bool__(self) -> bool:
        return any(value is not None for value in vars(self).values())

    def lookups(self, prefix: str) -> dict[str, Any]:
        """The filter of rows whose part or conversation is reached by the prefix."""
        return {
            prefix + DIMENSIONS[name]: value
            for name, value in vars(self).items()
            if value is not None
        }


EVERYTHING = Chosen()


def write_parts(
    queue: Queue, strata: Mapping[str, Stratum], segments: Iterable[tuple[str, Segment]]
) -> dict[tuple[str, Segment], StratumPart]:
    """Count the conversations of each stratum by segment, once, when the queue is drawn."""
    counted = Counter((name, one) for name, one in segments if name != Stratum.LATE)
    StratumPart.objects.bulk_create(
        StratumPart(
            stratum=strata[name],
            release_id=one.release,
            topic=one.topic,
            channel=one.channel,
            language=one.language,
            size=size,
        )
        for (name, one), size in counted.items()
    )
    parts = StratumPart.objects.filter(stratum__queue=queue).select_related("stratum")
    return {(part.stratum.name, segment_of(part)): part for part in parts}


def segment_of(part: StratumPart) -> Segment:
    """The segment of a part."""
    return Segment(part.release_id, part.topic, part.channel, part.language)


def part_of(stratum: Stratum, segment: Segment) -> StratumPart | None:
    """The part of a stratum that a conversation belongs to; None where it has none."""
    return stratum.parts.filter(**segment._asdict()).first()
