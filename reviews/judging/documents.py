"""The documents the agent was given when it answered."""

from collections.abc import Iterable, Mapping
from typing import Any

from context.answers.answering import material_of
from context.models import Release
from context.releases.content import DocumentContent
from conversations.models import Author


def documents_for(
    release: Release | None, messages: Iterable[Mapping[str, Any]]
) -> list[DocumentContent]:
    """The documents a release's prompt held for these messages: all of them, or where they are too
    many those retrieved for the customer's words. Empty when the release is not known.

    `messages` are dicts with `author` and `text`, as `conversations.transcripts` makes them.
    """
    if release is None:
        return []
    asked = [str(one["text"]) for one in messages if one["author"] == Author.CUSTOMER]
    return material_of(release).index.relevant("\n".join(asked))
