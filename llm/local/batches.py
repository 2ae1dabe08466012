"""Files and batches of the local model: a folder holds them, and each look at a batch works it on.

A batch goes through the states of OpenAI's: validating, in_progress, finalizing, then completed,
failed, expired or cancelled. Its lines are worked by the same tasks as live requests.
"""

import fcntl
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from llm.local.batch_lines import Lines, Work, problems
from llm.local.errors import BadRequest
from llm.local.files import Files, Records, public

_ENDPOINTS = ("/v1/chat/completions", "/v1/embeddings")
_ENDED = ("completed", "failed", "expired", "cancelled")
# One look works lines no longer than this, so that no client waits in vain for its answer.
_SECONDS_PER_LOOK = 15.0
_WINDOW_SECONDS = 24 * 3600
# The shares of a batch's time at which it is validated, and at which all its lines are worked.
_VALIDATED, _WORKED = 0.1, 0.9


@dataclass(frozen=True)
class BatchFaults:
    """How slow batches are and what goes wrong with them.

    `seconds` a batch takes, from when it was made; `fail` and `malformed` are shares of its lines;
    `expire` is the share of the lines after which the batch expires (0: never); `refuse` fails
    every input file in validation; `missing` makes the server one without files and batches.
    """

    seconds: float = 0.0
    fail: float = 0.0
    malformed: float = 0.0
    expire: float = 0.0
    refuse: bool = False
    missing: bool = False
    seed: int = 0


class Batches:
    """The files and batches in one folder; any number of processes may share it."""

    def __init__(self, folder: Path, work: Work, faults: BatchFaults | None = None) -> None:
        self._folder = folder
        self._work = work
        self._faults = faults or BatchFaults()

    @property
    def _files(self) -> Files:
        return Files(self._folder / "files")

    @property
    def _records(self) -> Records:
        return Records(self._folder / "batches", "batch")

    def respond(self, method: str, path: str, query: str, body: bytes, content_type: str) -> Any:
        """Answer a request to /files or /batches; bytes are a file's content."""
        asked = dict(parse_qsl(query))
        match [method, *path.strip("/").split("/")]:
            case _ if self._faults.missing:
                pass
            case ["POST", "files"]:
                return self._files.upload(body, content_type)
            case ["GET", "files"]:
                return self._files.page(asked)
            case ["GET", "files", name]:
                return self._files.facts(name)
            case ["DELETE", "files", name]:
                return self._files.delete(name)
            case ["GET", "files", name, "content"]:
                return self._files.content(name)
            case ["POST", "batches"]:
                return self._create(body)
            case ["GET", "batches"]:
                return self._records.page(asked)
            case ["GET", "batches", name]:
                return self._change(name, self._go_on)
            case ["POST", "batches", name, "cancel"]:
                return self._change(name, _cancel)
        raise BadRequest(f"unknown path: {method} {path}", status=404, code="not_found")

    def _create(self, body: bytes) -> dict[str, Any]:
        """Make a batch; its lines are read and worked when it is looked at."""
        request = _read_object(body)
        if request.get("endpoint") not in _ENDPOINTS:
            raise BadRequest(f"'endpoint' must be one of {', '.join(_ENDPOINTS)}", param="endpoint")
        self._files.facts(str(request.get("input_file_id")))
        now = time.time()
        record = {
            "id": self._records.new_id("batch_"),
            "object": "batch",
            "endpoint": request["endpoint"],
            "input_file_id": request["input_file_id"],
            "completion_window": request.get("completion_window", "24h"),
            "status": "validating",
            "output_file_id": None,
            "error_file_id": None,
            "errors": None,
            "created_at": int(now),
            "expires_at": int(now) + _WINDOW_SECONDS,
            "request_counts": {"total": 0, "completed": 0, "failed": 0},
            "metadata": request.get("metadata"),
        }
        self._records.save(record)
        return public(record)

    def _change(self, name: str, change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
        """Change a batch while nobody else does, and return it."""
        self._records.read(name)  # no lock is made for a batch that is not there
        with _held(self._records.path(name, ".lock")):
            record = self._records.read(name)
            change(record)
            self._records.save(record)
            if record["status"] in _ENDED:  # its results are files of their own now
                self._records.path(name, ".results").unlink(missing_ok=True)
        return public(record)

    def _go_on(self, record: dict[str, Any]) -> None:
        """Take a batch as far as its age and one look allow."""
        if record["status"] in _ENDED:
            return
        lines = self._lines(record)
        if record["status"] == "cancelling":
            self._end(record, "cancelled", lines)
            return
        spent = time.time() - record["order"] / 1e9
        share = spent / self._faults.seconds if self._faults.seconds else 1.0
        if record["status"] == "validating" and share >= _VALIDATED:
            self._validate(record, lines)
        if record["status"] == "in_progress":
            self._work_on(record, lines, share)
        if record["status"] == "finalizing" and share >= 1:
            self._end(record, "expired" if lines.left else "completed", lines)

    def _lines(self, record: dict[str, Any]) -> Lines:
        content = self._files.content(record["input_file_id"])
        results = self._records.path(record["id"], ".results")
        shares = (self._faults.fail, self._faults.malformed)
        return Lines(content, record["endpoint"], results, self._work, shares, self._faults.seed)

    def _validate(self, record: dict[str, Any], lines: Lines) -> None:
        """Refuse the input file, or begin."""
        found = problems(lines.tasks, record["endpoint"])
        if self._faults.refuse:
            found = [{"code": "invalid_file", "message": "the input file is refused", "line": None}]
        if found:
            record["errors"] = {"object": "list", "data": found}
            record |= {"status": "failed", "failed_at": int(time.time())}
            return
        record |= {"status": "in_progress", "in_progress_at": int(time.time())}

    def _work_on(self, record: dict[str, Any], lines: Lines, share: float) -> None:
        """Work the lines that are due by now."""
        total = len(lines.tasks)
        last = int(total * self._faults.expire) if self._faults.expire else total
        due = last if share >= _WORKED else int(last * share / _WORKED)
        lines.work_to(due, _SECONDS_PER_LOOK)
        record["request_counts"] = lines.counts()
        if lines.done >= last:
            record |= {"status": "finalizing", "finalizing_at": int(time.time())}

    def _end(self, record: dict[str, Any], status: str, lines: Lines) -> None:
        """Write the output and the error file; no lines, no file."""
        good, bad = lines.results(expired=status == "expired")
        for name, parts in (("output", good), ("error", bad)):
            if parts:
                kept = self._files.keep(f"{record['id']}_{name}.jsonl", parts, "batch_output")
                record[f"{name}_file_id"] = kept["id"]
        total = len(lines.tasks)
        counts = {"total": total, "completed": len(good), "failed": len(bad)}
        record |= {"status": status, f"{status}_at": int(time.time()), "request_counts": counts}


def _cancel(record: dict[str, Any]) -> None:
    """Ask a batch to end with what it has."""
    if record["status"] in _ENDED:
        raise BadRequest(f"a batch that is {record['status']} cannot be cancelled", status=409)
    record |= {"status": "cancelling", "cancelling_at": int(time.time())}


def _read_object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        raise BadRequest("the body is not JSON") from None
    if not isinstance(found, dict):
        raise BadRequest("the body is not a JSON object")
    return found


@contextmanager
def _held(path: Path) -> Iterator[None]:
    """Hold a lock among all threads and processes that share the folder."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
