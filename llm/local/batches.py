"""Files and batches of the local model: a batch is worked, by the same tasks, when it is made."""

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

from llm.local.errors import BadRequest, error_body

Work = Callable[[str, dict[str, Any]], dict[str, Any]]

_PART_NAME = re.compile(rb'name="([^"]+)"(?:; filename="([^"]*)")?')
_ENDPOINTS = ("/v1/chat/completions", "/v1/embeddings")


class Batches:
    """The files and batches one local model holds, in memory."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._files: dict[str, tuple[dict[str, Any], bytes]] = {}
        self._batches: dict[str, dict[str, Any]] = {}

    def respond(self, method: str, path: str, body: bytes, content_type: str) -> Any:
        """Answer a request to /files or /batches; bytes are a file's content."""
        match [method, *path.strip("/").split("/")]:
            case ["POST", "files"]:
                return self._upload(body, content_type)
            case ["GET", "files"]:
                return {"object": "list", "data": [facts for facts, _ in self._files.values()]}
            case ["GET", "files", name]:
                return self._file(name)[0]
            case ["GET", "files", name, "content"]:
                return self._file(name)[1]
            case ["POST", "batches"]:
                return self._create(body)
            case ["GET", "batches"]:
                return {"object": "list", "data": list(self._batches.values()), "has_more": False}
            case ["GET", "batches", name]:
                return self._batch(name)
            case ["POST", "batches", name, "cancel"]:
                return self._batch(name)  # it has ended already, as soon as it was made
        raise BadRequest(f"unknown path: {method} {path}", status=404, code="not_found")

    def _upload(self, body: bytes, content_type: str) -> dict[str, Any]:
        """Keep a file sent as multipart/form-data."""
        fields = _read_form(body, content_type)
        if "file" not in fields:
            raise BadRequest("'file' is missing", param="file")
        filename, content = fields["file"]
        return self._keep(filename, content, fields.get("purpose", ("", b"batch"))[1].decode())

    def _keep(self, filename: str, content: bytes, purpose: str) -> dict[str, Any]:
        name = f"file-{hashlib.sha256(content + str(len(self._files)).encode()).hexdigest()[:24]}"
        facts = {
            "id": name,
            "object": "file",
            "bytes": len(content),
            "created_at": 0,
            "filename": filename,
            "purpose": purpose,
            "status": "processed",
        }
        self._files[name] = (facts, content)
        return facts

    def _file(self, name: str) -> tuple[dict[str, Any], bytes]:
        if name not in self._files:
            raise BadRequest(f"no such file: {name}", status=404, param="id", code="not_found")
        return self._files[name]

    def _batch(self, name: str) -> dict[str, Any]:
        if name not in self._batches:
            raise BadRequest(f"no such batch: {name}", status=404, param="id", code="not_found")
        return self._batches[name]

    def _create(self, body: bytes) -> dict[str, Any]:
        """Work every line of the input file; a bad line becomes an error of its own."""
        request = _read_object(body)
        if request.get("endpoint") not in _ENDPOINTS:
            raise BadRequest(f"'endpoint' must be one of {', '.join(_ENDPOINTS)}", param="endpoint")
        content = self._file(str(request.get("input_file_id")))[1]
        lines = [line for line in content.splitlines() if line.strip()]
        results = [self._work_line(line, str(request["endpoint"])) for line in lines]
        good = [
            line
            for line in results
            if line["error"] is None and line["response"]["status_code"] == 200
        ]
        bad = [line for line in results if line not in good]
        name = f"batch_{hashlib.sha256(body + str(len(self._batches)).encode()).hexdigest()[:24]}"
        self._batches[name] = {
            "id": name,
            "object": "batch",
            "endpoint": request["endpoint"],
            "input_file_id": request["input_file_id"],
            "completion_window": request.get("completion_window", "24h"),
            "status": "completed",
            "output_file_id": self._write(good),
            "error_file_id": self._write(bad),
            "created_at": 0,
            "completed_at": 0,
            "request_counts": {"total": len(results), "completed": len(good), "failed": len(bad)},
            "metadata": request.get("metadata"),
        }
        return self._batches[name]

    def _work_line(self, line: bytes, endpoint: str) -> dict[str, Any]:
        """Work one line of a batch."""
        task: dict[str, Any] = {}
        try:
            task = _read_object(line)
            answer: Any = self._work(endpoint.removeprefix("/v1"), task.get("body") or {})
            status = 200
        except BadRequest as error:
            answer, status = json.loads(error_body(error)), error.status
        return {
            "id": f"batch_req_{hashlib.sha256(line).hexdigest()[:24]}",
            "custom_id": task.get("custom_id"),
            "response": {"status_code": status, "request_id": "local", "body": answer},
            "error": None,
        }

    def _write(self, lines: list[dict[str, Any]]) -> str | None:
        """Keep result lines as a file; no lines, no file."""
        if not lines:
            return None
        content = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        return str(self._keep("results.jsonl", content.encode(), "batch_output")["id"])


def _read_object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        raise BadRequest("the body is not JSON") from None
    if not isinstance(found, dict):
        raise BadRequest("the body is not a JSON object")
    return found


def _read_form(body: bytes, content_type: str) -> dict[str, tuple[str, bytes]]:
    """Read multipart/form-data: field name to (file name, content)."""
    boundary = re.search(r'boundary="?([^";]+)', content_type)
    if boundary is None:
        raise BadRequest("the body is not multipart/form-data")
    fields: dict[str, tuple[str, bytes]] = {}
    for part in body.split(b"--" + boundary.group(1).encode()):
        head, _, content = part.partition(b"\r\n\r\n")
        if name := _PART_NAME.search(head):
            fields[name[1].decode()] = ((name[2] or b"").decode(), content.removesuffix(b"\r\n"))
    return fields
