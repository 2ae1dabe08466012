"""Files of the local model, kept in a folder: they outlive the process and are seen by all."""

import json
import os
import re
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from llm.local.errors import BadRequest

_ID = re.compile(r"[a-z]+[-_][0-9a-f]{24}")
_PART_NAME = re.compile(rb'name="([^"]+)"(?:; filename="([^"]*)")?')


class Records:
    """JSON objects with an id, one file each; `order` puts the newest first and stays inside."""

    def __init__(self, folder: Path, kind: str) -> None:
        self.folder = folder
        self._kind = kind
        folder.mkdir(parents=True, exist_ok=True)

    def new_id(self, prefix: str) -> str:
        """Return an id nobody has."""
        return f"{prefix}{uuid.uuid4().hex[:24]}"

    def save(self, record: dict[str, Any]) -> None:
        """Write a record as a whole or not at all."""
        record.setdefault("order", time.time_ns())
        path = self.path(record["id"], ".json")
        beside = path.with_suffix(f".{uuid.uuid4().hex}.new")
        beside.write_text(json.dumps(record))
        os.replace(beside, path)

    def read(self, name: str) -> dict[str, Any]:
        """Return a record; 404 for an unknown id."""
        try:
            found: dict[str, Any] = json.loads(self.path(name, ".json").read_text())
        except (FileNotFoundError, BadRequest):
            raise BadRequest(
                f"no such {self._kind}: {name}", status=404, param="id", code="not_found"
            ) from None
        return found

    def path(self, name: str, ending: str) -> Path:
        """Return where something about a record is kept; an id is never a way out of the folder."""
        if not _ID.fullmatch(name):
            raise BadRequest(f"{name!r} is no id", status=404, param="id", code="not_found")
        return self.folder / f"{name}{ending}"

    def _all(self) -> Iterator[dict[str, Any]]:
        for path in self.folder.glob("*.json"):
            with suppress(BadRequest):  # deleted while we look
                yield self.read(path.stem)

    def page(self, query: dict[str, str], **wanted: str) -> dict[str, Any]:
        """Return a page of the list, newest first, after the id `after`, at most `limit` long."""
        rows = sorted(self._all(), key=lambda row: -row["order"])
        rows = [row for row in rows if all(row.get(k) == v for k, v in wanted.items() if v)]
        if after := query.get("after"):
            place = next((n for n, row in enumerate(rows) if row["id"] == after), len(rows))
            rows = rows[place + 1 :]
        limit = int(query.get("limit") or 20)
        shown = [public(row) for row in rows[:limit]]
        ends = {"first_id": shown[0]["id"], "last_id": shown[-1]["id"]} if shown else {}
        return {"object": "list", "data": shown, "has_more": len(rows) > limit} | ends


class Files:
    """The files one local model holds."""

    def __init__(self, folder: Path) -> None:
        self._records = Records(folder, "file")

    def upload(self, body: bytes, content_type: str) -> dict[str, Any]:
        """Keep a file sent as multipart/form-data."""
        fields = _read_form(body, content_type)
        if "file" not in fields:
            raise BadRequest("'file' is missing", param="file")
        filename, content = fields["file"]
        return self.keep(filename, [content], fields.get("purpose", ("", b"batch"))[1].decode())

    def keep(self, filename: str, parts: Iterable[bytes], purpose: str) -> dict[str, Any]:
        """Keep a file and return what is known about it."""
        name = self._records.new_id("file-")
        path = self._records.path(name, ".content")
        with path.open("wb") as file:
            file.writelines(parts)
        facts = {
            "id": name,
            "object": "file",
            "bytes": path.stat().st_size,
            "created_at": int(time.time()),
            "filename": filename,
            "purpose": purpose,
            "status": "processed",
        }
        self._records.save(facts)
        return public(facts)

    def facts(self, name: str) -> dict[str, Any]:
        """Return what is known about a file; 404 for an unknown one."""
        return public(self._records.read(name))

    def content(self, name: str) -> bytes:
        """Return a file's content."""
        self._records.read(name)
        return self._records.path(name, ".content").read_bytes()

    def page(self, query: dict[str, str]) -> dict[str, Any]:
        """Return a page of the list of files, of one purpose if asked."""
        return self._records.page({"limit": "10000"} | query, purpose=query.get("purpose", ""))

    def delete(self, name: str) -> dict[str, Any]:
        """Forget a file."""
        self._records.read(name)
        self._records.path(name, ".json").unlink()
        self._records.path(name, ".content").unlink(missing_ok=True)
        return {"id": name, "object": "file", "deleted": True}


def public(record: dict[str, Any]) -> dict[str, Any]:
    """Return what a client is told of a record."""
    return {name: value for name, value in record.items() if name != "order"}


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
