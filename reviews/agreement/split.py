"""Which labels may teach the judge, and which measure it: half and half, for ever the same.

A judge that is measured on what it was tuned with looks better than it is. So every conversation
is on one side from the start, by a hash that nobody can choose.
"""

import hashlib
import hmac

from context.models import Agent
from conversations.models import Conversation

PURPOSE = "tuning"


def tunes(agent: Agent, source: str, external_id: str) -> bool:
    """Whether the conversation of this name is for tuning: the top bit of HMAC-SHA256 of its name
    under the agent's sampling secret.

    The purpose is part of what is hashed, so the split has nothing to do with who is drawn.
    """
    name = f"{PURPOSE}:{source}:{external_id}"
    digest = hmac.digest(agent.sampling_secret.encode(), name.encode(), hashlib.sha256)
    return digest[0] >= 128


def is_for_tuning(agent: Agent, conversation: Conversation) -> bool:
    """Whether people's labels of this conversation may tune the judge; else they measure it."""
    return tunes(agent, conversation.source, conversation.external_id)
