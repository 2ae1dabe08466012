"""Which customers a rollout reaches: a rule that any running agent can follow by itself.

    bucket = first 8 hex digits of SHA-256("<salt>:<customer reference>") as a number modulo 10,000
    the new release answers if bucket < 100 * share in percent, else the live one

Both texts are UTF-8, the reference exactly as it is sent with the conversation. A customer keeps
their bucket, so that a larger share only adds customers. Test vectors: docs/rollout.md.
"""

import hashlib

BUCKETS = 10_000
DIGITS = 8


def bucket_of(salt: str, customer: str) -> int:
    """The customer's place from 0 to 9,999, spread evenly and independent between two salts."""
    digest = hashlib.sha256(f"{salt}:{customer}".encode()).hexdigest()
    return int(digest[:DIGITS], 16) % BUCKETS


def is_reached(salt: str, share: int, customer: str) -> bool:
    """Whether the new release answers this customer at a share in percent."""
    return bucket_of(salt, customer) < share * BUCKETS // 100
