"""Secrets and signatures of webhooks, after the Standard Webhooks specification.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime

from django.utils.crypto import salted_hmac

PREFIX = "whsec_"
PURPOSE = "agentops.webhooks"


def new_salt() -> str:
    """256 random bits in hex, of which a webhook's secret is made."""
    return secrets.token_hex(32)


def secret_of(salt: str) -> str:
    """The secret that the receiver of a webhook is given: `whsec_` and 32 bytes in base64.

    It is HMAC-SHA256 of the salt under the installation's SECRET_KEY, so that the database alone
    signs nothing and no secret is stored.
    """
    key = salted_hmac(PURPOSE, salt, algorithm="sha256").digest()
    return PREFIX + base64.b64encode(key).decode()


def signature(secret: str, message_id: str, at: datetime, body: bytes) -> str:
    """`v1,` and the HMAC-SHA256 of id, time in seconds and body, in base64."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{message_id}.{int(at.timestamp())}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def signed_headers(
    salts: Iterable[str], message_id: str, at: datetime, body: bytes
) -> dict[str, str]:
    """The headers of one attempt: the message's id, the time of the attempt, and a signature by
    each secret that holds now, separated by spaces.
    """
    signatures = (signature(secret_of(salt), message_id, at, body) for salt in salts)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
