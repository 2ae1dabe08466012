"""Chance that depends on a name, not on the order of events: the same seed gives the same world."""

import hashlib
import random


def dice(*name: object) -> random.Random:
    """A random generator of its own for whatever `name` says, for example `dice(seed, "chat",
    17)`.
    """
    text = "/".join(str(part) for part in name)
    return random.Random(hashlib.sha256(text.encode()).digest())
