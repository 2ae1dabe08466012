"""The releases of another installation over REST, from wherever their files are."""

import json
import time
import uuid
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

from context.schema import ReleaseIn

TIMEOUT_SECONDS = 60
TRIES = 3


class PushFailed(Exception):
    """The installation could not be reached or refused what was asked; the message says why."""


class NotThere(PushFailed):
    """The installation has no such object."""


def push_to(url: str, key: str, agent: str, release: ReleaseIn) -> tuple[dict[str, Any], bool]:
    """Push to the agent (its slug) at `url`; the release as REST shows it, and whether it is new.

    A push whose answer was lost is sent again with its Idempotency-Key, and done once.
    """
    body = release.model_dump_json(exclude_unset=True).encode()
    return call(f"{agent_url(url, agent)}releases/", key, body)


def submit_at(url: str, key: str, agent: str, number: int) -> dict[str, Any]:
    """Make the draft of this number at `url` a candidate; the release as REST shows it."""
    return call(f"{agent_url(url, agent)}releases/{number}/submit/", key, b"{}")[0]


class RemoteReleases:
    """The releases of an agent at another installation, as `pull` needs them."""

    def __init__(self, url: str, key: str, agent: str) -> None:
        self.address, self.key = agent_url(url, agent), key

    def named(self, name: str) -> tuple[int, dict[str, str]]:
        """Number and files of the release that `live`, `newest`, a number or a label names."""
        number = int(name) if name.isdigit() else self._get(f"labels/{quote(name)}/")["number"]
        return number, self._get(f"releases/{number}/files/")["files"]

    def holding(self, content_hash: str) -> dict[str, str]:
        """The files of the release that holds this content; none when there is none."""
        found = self._get(f"releases/?content_hash={content_hash}")["data"]
        return self._get(f"releases/{found[0]['number']}/files/")["files"] if found else {}

    def _get(self, path: str) -> dict[str, Any]:
        return call(f"{self.address}{path}", self.key)[0]


def agent_url(url: str, agent: str) -> str:
    """Where an agent's calls begin; PushFailed for what is no web address."""
    if not url.startswith(("https://", "http://")):
        raise PushFailed(f"{url!r} does not begin with https:// or http://.")
    return f"{url.rstrip('/')}/api/v1/agents/{quote(agent, safe='')}/"


def call(address: str, key: str, body: bytes | None = None) -> tuple[dict[str, Any], bool]:
    """GET, or POST JSON; the answer and whether something was made (201). PushFailed says what is
    wrong. What got no answer is asked again.
    """
    headers = {"Authorization": f"Bearer {key}"}
    if body is not None:
        headers |= {"Content-Type": "application/json", "Idempotency-Key": uuid.uuid4().hex}
    for tries_left in reversed(range(TRIES)):
        try:
            with urlopen(Request(address, body, headers), timeout=TIMEOUT_SECONDS) as response:
                return json.load(response), response.status == 201
        except HTTPError as error:
            kind = NotThere if error.code == 404 else PushFailed
            raise kind(what_was_wrong(error)) from None
        except OSError as error:  # URLError, timeouts, connections that broke
            if not tries_left:
                raise PushFailed(f"{address}: {getattr(error, 'reason', error)}.") from None
            time.sleep(1)
        except ValueError:
            raise PushFailed(f"{address} did not answer as agentops does.") from None
    raise AssertionError("the last try returns or raises")


def what_was_wrong(error: HTTPError) -> str:
    """The sentence of a problem document and the fields it names, else the bare status."""
    try:
        problem = json.loads(error.read())
        faults = [f"{row['field']}: {row['message']}" for row in problem.get("errors", [])]
        return "\n".join([problem["detail"], *faults])
    except (ValueError, LookupError, TypeError, AttributeError):
        return f"The server answered {error.code} {error.reason}."
