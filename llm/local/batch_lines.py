"""The lines of a batch's input file: what is wrong with them, and how they are worked."""

import hashlib
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from llm.local.errors import BadRequest, error_body

Work = Callable[[str, dict[str, Any]], dict[str, Any]]
Task = dict[str, Any] | None  # None: the line is no JSON object

MOST_LINES = 50_000
_MOST_PROBLEMS = 20


def problems(tasks: Sequence[Task], endpoint: str) -> list[dict[str, Any]]:
    """Return what forbids the whole batch, in OpenAI's words where it has some."""
    if not tasks:
        return [_problem("empty_file", "the input file is empty", None)]
    if len(tasks) > MOST_LINES:
        return [_problem("too_many_tasks", f"a batch holds at most {MOST_LINES} lines", None)]
    ids = Counter(str(task.get("custom_id")) for task in tasks if task)
    models = {str((task.get("body") or {}).get("model")) for task in tasks if task}
    found = [_line_problem(task, endpoint, ids) for task in tasks]
    rows = [
        _problem(*what, number) for number, what in enumerate(found, start=1) if what is not None
    ]
    if not rows and len(models) > 1:
        rows = [_problem("mismatched_model", "all lines of a batch must ask one model", None)]
    return rows[:_MOST_PROBLEMS]


def _line_problem(task: Task, endpoint: str, ids: Counter[str]) -> tuple[str, str] | None:
    if task is None:
        return "invalid_json_line", "this line is not a JSON object"
    if not task.get("custom_id"):
        return "missing_required_parameter", "'custom_id' is missing"
    if ids[str(task["custom_id"])] > 1:
        return "duplicate_custom_id", f"the custom_id {task['custom_id']!r} is there twice"
    if task.get("method") != "POST" or task.get("url") != endpoint:
        return "invalid_url", f"every line must POST to {endpoint}"
    if not isinstance(task.get("body"), dict):
        return "missing_required_parameter", "'body' is missing"
    return None


def _problem(code: str, message: str, line: int | None) -> dict[str, Any]:
    return {"code": code, "message": message, "param": None, "line": line}


class Lines:
    """The lines of one batch, and the results of those that are worked, kept in a file."""

    def __init__(
        self,
        content: bytes,
        endpoint: str,
        results: Path,
        work: Work,
        shares: tuple[float, float],
        seed: int,
    ) -> None:
        self.tasks = [_read(line) for line in content.splitlines() if line.strip()]
        self._path = endpoint.removeprefix("/v1")
        self._file = results
        self._work = work
        self._fail, self._malformed = shares
        self._seed = seed
        self._results = self._read_results()

    def _read_results(self) -> list[dict[str, Any]]:
        """Return the results so far; a last line cut off by a crash is worked again."""
        if not self._file.exists():
            return []
        written = self._file.read_bytes()
        whole = written[: written.rfind(b"\n") + 1]
        if whole != written:
            self._file.write_bytes(whole)
        return [json.loads(line) for line in whole.splitlines()]

    @property
    def done(self) -> int:
        """Lines that are worked."""
        return len(self._results)

    @property
    def left(self) -> int:
        """Lines that are not."""
        return len(self.tasks) - self.done

    def counts(self) -> dict[str, int]:
        """Return the counts as OpenAI has them."""
        good = sum(map(_is_good, self._results))
        return {"total": len(self.tasks), "completed": good, "failed": self.done - good}

    def work_to(self, number: int, seconds: float) -> None:
        """Work the lines before `number`, but no longer than some seconds."""
        deadline = time.monotonic() + seconds
        with self._file.open("ab") as file:
            while self.done < number and time.monotonic() < deadline:
                result = self._work_line(self.tasks[self.done] or {})
                self._results.append(result)
                file.write(_line(result))

    def _work_line(self, task: dict[str, Any]) -> dict[str, Any]:
        """Work one line; some fail, or have their answer cut off, as the faults will it."""
        draw = random.Random(f"{self._seed}:{self.done}").random()
        try:
            if draw < self._fail:
                raise BadRequest("The server had an error", status=500)
            answer: Any = self._work(self._path, task["body"])
            status = 200
        except BadRequest as error:
            answer, status = json.loads(error_body(error)), error.status
        for choice in answer.get("choices", []) if draw < self._fail + self._malformed else []:
            text = choice["message"]["content"]
            choice["message"]["content"] = text[: len(text) // 2]
        return _result(task, {"status_code": status, "request_id": "local", "body": answer}, None)

    def results(self, expired: bool) -> tuple[list[bytes], list[bytes]]:
        """Return the lines of the output and of the error file; what expired is an error."""
        bad = [one for one in self._results if not _is_good(one)]
        if expired:
            why = {"code": "batch_expired", "message": "This request could not be executed in time"}
            bad += [_result(task or {}, None, why) for task in self.tasks[self.done :]]
        return [_line(one) for one in self._results if _is_good(one)], [_line(one) for one in bad]


def _read(line: bytes) -> Task:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _result(task: dict[str, Any], response: Any, error: Any) -> dict[str, Any]:
    name = str(task.get("custom_id"))
    number = hashlib.sha256(name.encode()).hexdigest()[:24]
    return {
        "id": f"batch_req_{number}",
        "custom_id": name,
        "response": response,
        "error": error,
    }


def _is_good(result: dict[str, Any]) -> bool:
    return result["error"] is None and result["response"]["status_code"] == 200


def _line(result: dict[str, Any]) -> bytes:
    return json.dumps(result, ensure_ascii=False).encode() + b"\n"
