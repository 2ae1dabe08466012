"""docs/conversations.md tells every field, tag, outcome and figure there is."""

from pathlib import Path

import pytest

from conversations.figures import FIGURES
from conversations.files import CONVERSATION_COLUMNS, MESSAGE_COLUMNS
from conversations.models import Outcome
from conversations.schema import ConversationIn, MessageIn, SignalsIn
from conversations.signals import PROCESSING_TAG, SPAM_TAG, TAGS

TEXT = (Path(__file__).parents[2] / "docs" / "conversations.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "name",
    [
        *ConversationIn.model_fields,
        *MessageIn.model_fields,
        *SignalsIn.model_fields,
        *TAGS,
        PROCESSING_TAG,
        SPAM_TAG,
        *Outcome.values,
        *FIGURES,
        *CONVERSATION_COLUMNS,
        *MESSAGE_COLUMNS,
    ],
)
def test_it_is_documented(name: str) -> None:
    assert name in TEXT
