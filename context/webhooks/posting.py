"""Posting messages to addresses that people have entered: only to where they may be sent.

A name is looked up and judged in the moment of connecting, so that an address that changes between
check and use leads nowhere; redirects are not followed.
"""

import asyncio
import socket
import time
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from asgiref.sync import async_to_sync
from django.conf import settings

if TYPE_CHECKING:
    import aiohttp

SECONDS = 15.0
MOST_OF_ANSWER = 1_000


@dataclass(frozen=True)
class Post:
    """What is sent where."""

    url: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What came back: a status, or the error that stood in the way of one."""

    status: int | None
    text: str
    error: str
    took_ms: int

    @property
    def accepted(self) -> bool:
        """Whether the receiver has taken the message."""
        return self.status is not None and 200 <= self.status < 300


def fault_of(url: str) -> str:
    """What forbids posting to this address, or nothing; a host's name is judged when it is used."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return "is no web address"
    if parts.scheme not in {"https", "http"} or not host:
        return "must begin with https://"
    if parts.scheme == "http" and not settings.WEBHOOKS_ALLOW_HTTP:
        return "must begin with https://"
    if parts.username or parts.password:
        return "must not hold a user name or password"
    try:
        allowed = may_reach(host)
    except ValueError:  # a name
        allowed = host != "localhost" or settings.WEBHOOKS_ALLOW_PRIVATE
    return "" if allowed else "leads into a private network"


def may_reach(address: str) -> bool:
    """Whether an IP address may be posted to: one of the public internet, unless the installation
    allows others. ValueError for what is no IP address.
    """
    found = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address):
        found = found.ipv4_mapped or found.sixtofour or found
    public = found.is_global and not found.is_multicast
    return public or settings.WEBHOOKS_ALLOW_PRIVATE


class Lookup:
    """Finds the addresses of a host for aiohttp, and refuses those that may not be reached."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[dict[str, Any]]:
        """The addresses of the host that may be reached; OSError when there is none."""
        found = await asyncio.get_running_loop().getaddrinfo(
            host, port, type=socket.SOCK_STREAM, family=family
        )
        allowed = [row for row in found if may_reach(str(row[4][0]))]
        if not allowed:
            raise OSError(f"{host} leads into a private network")
        return [
            {
                "hostname": host,
                "host": address[0],
                "port": address[1],
                "family": kind,
                "proto": protocol,
                "flags": socket.AI_NUMERICHOST,
            }
            for kind, _, protocol, _, address in allowed
        ]

    async def close(self) -> None:
        """There is nothing to close."""


def post_all(posts: list[Post]) -> list[Answer]:
    """Send all at once; an answer for each, after SECONDS at most."""
    return async_to_sync(_post_all)(posts)


async def _post_all(posts: list[Post]) -> list[Answer]:
    # Imported here because it takes a quarter of a second, and every web process imports this.
    import aiohttp

    connector = aiohttp.TCPConnector(resolver=Lookup())  # type: ignore[arg-type]
    timeout = aiohttp.ClientTimeout(total=SECONDS)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        return list(await asyncio.gather(*(_post(session, post) for post in posts)))


async def _post(session: "aiohttp.ClientSession", post: Post) -> Answer:
    """Send one message; every way in which that can fail is an answer with an error."""
    begun, status, text, error = time.monotonic(), None, "", fault_of(post.url)
    try:
        if not error:
            async with session.post(
                post.url, data=post.body, headers=post.headers, allow_redirects=False
            ) as response:
                status = response.status
                text = (await response.content.read(MOST_OF_ANSWER)).decode(errors="replace")
    except TimeoutError:
        error = f"no answer within {SECONDS:.0f} seconds"
    except (OSError, ValueError, _client_error()) as fault:
        error = f"{type(fault).__name__}: {fault}"
    return Answer(status, text.replace("\0", ""), error, round(1000 * (time.monotonic() - begun)))


def _client_error() -> type[Exception]:
    """What aiohttp raises for everything that goes wrong on the way."""
    import aiohttp

    return aiohttp.ClientError
