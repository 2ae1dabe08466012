"""The live release of agentops for a running agent: one file to copy, the standard library alone.

    live = LiveRelease("https://agentops.example", "ada", key, "/var/lib/ada")
    release = live.get()                      # or live.for_customer("customer-17")
    release["prompt"], release["settings"], release["documents"], release["number"]

It asks every few seconds with the ETag it knows, nearly always gets an empty 304, and keeps the
last good copy on disk: while agentops cannot be reached, and after a restart meanwhile, the agent
goes on with it. Any number of threads may share one. Send `number` along with each conversation
(`release`).
"""

import hashlib
import json
import logging
import os
import threading
import time
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

log = logging.getLogger(__name__)


class LiveRelease:
    """What the agent is told now; `failing_since` is the time from which on nobody answered."""

    def __init__(
        self,
        url: str,
        agent: str,
        key: str,
        folder: str | Path,
        every: float = 10,
        timeout: float = 3,
    ) -> None:
        self.address = f"{url.rstrip('/')}/api/v1/agents/{quote(agent)}/releases/"
        self.key, self.every, self.timeout = key, every, timeout
        self.folder, self.agent = Path(folder), agent
        self.failing_since: float | None = None
        self._asking = threading.Lock()
        self._next = 0.0
        self._kept: dict[str, Any] | None = self._read("live")
        self._others: dict[int, dict[str, Any]] = {}

    def get(self) -> dict[str, Any]:
        """The live release; raises OSError only if there never was a copy to go on with.

        One thread asks, the others go on with the copy; only the very first answer is waited for.
        """
        if self._must_ask() and self._asking.acquire(blocking=self._kept is None):
            try:
                if self._must_ask():  # another thread may have asked meanwhile
                    self._refresh()
            finally:
                self._asking.release()
        assert self._kept is not None
        release: dict[str, Any] = self._kept["release"]
        return release

    def _must_ask(self) -> bool:
        return self._kept is None or time.monotonic() >= self._next

    def for_customer(self, reference: str) -> dict[str, Any]:
        """The release that answers this customer: while a rollout runs, some get the new one."""
        live = self.get()
        rollout = live["rollout"]
        if not rollout or not reference:
            return live
        digest = hashlib.sha256(f"{rollout['salt']}:{reference}".encode()).hexdigest()
        if int(digest[:8], 16) % 10_000 >= 100 * rollout["share"]:
            return live
        try:
            return self._beside(rollout["release"], reference)
        except (OSError, ValueError) as error:
            log.warning("release %s cannot be had, the live one answers: %s", rollout, error)
            return live

    def _refresh(self) -> None:
        known = self._kept["etag"] if self._kept else ""
        try:
            etag, release = self._ask("live/", known)
        except (OSError, ValueError) as error:
            self._next = time.monotonic() + self.every
            self.failing_since = self.failing_since or time.time()
            if self._kept is None:
                raise
            log.warning("agentops cannot be reached, going on with the last copy: %s", error)
            return
        self._next, self.failing_since = time.monotonic() + self.every, None
        if release is not None:
            self._kept = {"etag": etag, "release": release}
            self._write("live", self._kept)

    def _beside(self, number: int, reference: str) -> dict[str, Any]:
        """The release of a rollout: its content never changes, so it is asked for once."""
        if number not in self._others:
            kept = self._read(str(number))
            if kept is None:
                _, found = self._ask(f"live/?customer={quote(reference, safe='')}")
                assert found is not None
                if found["number"] != number:  # the rollout has ended meanwhile
                    return found
                kept = {"release": found}
                self._write(str(number), kept)
            self._others[number] = kept["release"]
        return self._others[number]

    def _ask(self, path: str, etag: str = "") -> tuple[str, dict[str, Any] | None]:
        """ETag and release; None for the release that is known already."""
        headers = {"Authorization": f"Bearer {self.key}"}
        if etag:
            headers["If-None-Match"] = etag
        try:
            request = Request(self.address + path, headers=headers)
            with urlopen(request, timeout=self.timeout) as response:
                return response.headers.get("ETag", ""), json.load(response)
        except HTTPError as error:
            if error.code == 304:
                return etag, None
            raise

    def _path(self, name: str) -> Path:
        return self.folder / f"agentops-{self.agent}-{name}.json"

    def _read(self, name: str) -> dict[str, Any] | None:
        try:
            kept: dict[str, Any] = json.loads(self._path(name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return kept

    def _write(self, name: str, kept: dict[str, Any]) -> None:
        """Put the copy in its place whole, so that a crash leaves the old one or the new one."""
        path = self._path(name)
        beside = path.with_suffix(f".{os.getpid()}.{threading.get_ident()}")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            beside.write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")
            os.replace(beside, path)
        except OSError as error:
            log.warning("the copy could not be kept on disk: %s", error)
