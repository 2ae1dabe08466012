"""Pushing a release to an installation over REST, from wherever its files are."""

import hashlib
import json
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

from context.schema import ReleaseIn

TIMEOUT_SECONDS = 60


class PushFailed(Exception):
    """The installation could not be reached or refused the release; the message says why."""


def push_to(url: str, key: str, agent: str, release: ReleaseIn) -> tuple[dict[str, Any], bool]:
    """Push to the agent (its slug) at `url`; the release as REST shows it, and whether it is new.

    Sending it twice is harmless: the content and the Idempotency-Key made of it are the same.
    """
    body = release.model_dump_json(exclude_unset=True).encode()
    return post(releases_url(url, agent), key, body)


def submit_at(url: str, key: str, agent: str, number: int) -> dict[str, Any]:
    """Make the draft of this number at `url` a candidate; the release as REST shows it."""
    return post(f"{releases_url(url, agent)}{number}/submit/", key, b"{}")[0]


def releases_url(url: str, agent: str) -> str:
    """The address of an agent's releases; PushFailed for what is no web address."""
    if not url.startswith(("https://", "http://")):
        raise PushFailed(f"{url!r} does not begin with https:// or http://.")
    return f"{url.rstrip('/')}/api/v1/agents/{quote(agent, safe='')}/releases/"


def post(address: str, key: str, body: bytes) -> tuple[dict[str, Any], bool]:
    """POST JSON; the answer and whether something was made (201). PushFailed says what is wrong."""
    headers = {
        "Authorization": f"Bearer {key}",
        "Content-Type": "application/json",
        "Idempotency-Key": hashlib.sha256(address.encode() + body).hexdigest(),
    }
    try:
        with urlopen(Request(address, body, headers), timeout=TIMEOUT_SECONDS) as response:
            return json.load(response), response.status == 201
    except HTTPError as error:
        raise PushFailed(what_was_wrong(error)) from None
    except (URLError, TimeoutError) as error:
        raise PushFailed(f"{address}: {getattr(error, 'reason', error)}.") from None
    except ValueError:
        raise PushFailed(f"{address} did not answer as agentops does.") from None


def what_was_wrong(error: HTTPError) -> str:
    """The sentence of a problem document and the fields it names, else the bare status."""
    try:
        problem = json.loads(error.read())
        faults = [f"{row['field']}: {row['message']}" for row in problem.get("errors", [])]
        return "\n".join([problem["detail"], *faults])
    except (ValueError, LookupError, TypeError, AttributeError):
        return f"The server answered {error.code} {error.reason}."
