"""The provider's side: files and batches over HTTP. Each function sends one request, or pages.

Nothing is tried again here: a lost answer may belong to a request that was carried out, so the
caller looks what is there before it sends anything twice. All raise ModelUnavailable and
RequestRefused.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import IO, Any, TypeVar

from asgiref.sync import async_to_sync
from pydantic import BaseModel, Field, ValidationError

from llm.calls import RequestRefused
from llm.client import Door, open_door

Found = TypeVar("Found")
Shape = TypeVar("Shape", bound=BaseModel)

ENDPOINT = "/v1/chat/completions"
_TRANSFER_SECONDS = 300.0
_PAGE = 100
_MOST_PAGES = 50
_MISSING = ("HTTP 404", "HTTP 405")


class Counts(BaseModel):
    """How many lines the provider is done with."""

    total: int = 0
    completed: int = 0
    failed: int = 0


class Problem(BaseModel):
    """Why the provider refused a whole file."""

    message: str | None = None


class Problems(BaseModel):
    """The list of them."""

    data: list[Problem] | None = None


class ProviderBatch(BaseModel):
    """A batch as the provider tells it."""

    id: str
    status: str
    output_file_id: str | None = None
    error_file_id: str | None = None
    request_counts: Counts | None = None
    errors: Problems | None = None
    metadata: dict[str, Any] | None = None

    @property
    def problem(self) -> str:
        """The first thing that is wrong with the input file."""
        texts = [one.message for one in (self.errors and self.errors.data) or [] if one.message]
        return texts[0] if texts else ""


class ProviderFile(BaseModel):
    """A file as the provider tells it."""

    id: str
    filename: str = ""


class Listing(BaseModel):
    """A page of a list."""

    data: list[dict[str, Any]] = Field(default_factory=list)
    has_more: bool = False


def upload(file: IO[bytes], filename: str) -> str:
    """Upload an input file; returns its id."""

    async def send(door: Door) -> bytes:
        return await door.send(
            "post",
            "/files",
            timeout=_TRANSFER_SECONDS,
            body={"purpose": "batch"},
            files=[("file", (filename, file, "application/jsonl"))],
            options={"headers": {"Content-Type": "multipart/form-data"}},
        )

    try:
        return _read(ProviderFile, _through_door(send)).id
    except RequestRefused as refused:
        raise _explained(refused) from None


def create(file_id: str, key: str, purpose: str) -> ProviderBatch:
    """Start a batch over an uploaded file, marked with our key."""
    body = {
        "input_file_id": file_id,
        "endpoint": ENDPOINT,
        "completion_window": "24h",
        "metadata": {"agentops_key": key, "purpose": purpose},
    }
    try:
        found = _through_door(lambda door: door.send("post", "/batches", body=body))
    except RequestRefused as refused:
        raise _explained(refused) from None
    return _read(ProviderBatch, found)


def is_missing(refused: RequestRefused) -> bool:
    """Whether the server does not have what was asked for, as against not letting us have it."""
    return str(refused).startswith(_MISSING)


def _explained(refused: RequestRefused) -> RequestRefused:
    """Say what a missing address means."""
    if is_missing(refused):
        return RequestRefused(f"this model server has no batches ({refused})")
    return refused


def find_file(filename: str) -> str | None:
    """Return the id of an uploaded file by its name."""

    async def look(door: Door) -> str | None:
        async for row in _rows(door, "/files", purpose="batch"):
            if row.get("filename") == filename:
                return str(row["id"])
        return None

    return _through_door(look)


def find_batch(key: str) -> ProviderBatch | None:
    """Return the batch that carries our key, among the newest five thousand."""

    async def look(door: Door) -> ProviderBatch | None:
        async for row in _rows(door, "/batches"):
            if (row.get("metadata") or {}).get("agentops_key") == key:
                return _shaped(ProviderBatch, row)
        return None

    return _through_door(look)


async def _rows(door: Door, path: str, **query: str) -> AsyncIterator[dict[str, Any]]:
    """Read a list, newest first."""
    params: dict[str, Any] = {"limit": _PAGE, **query}
    for _ in range(_MOST_PAGES):
        page = _read(Listing, await door.send("get", path, options={"params": params}))
        for row in page.data:
            yield row
        if not page.has_more or not page.data:
            return
        params["after"] = page.data[-1]["id"]


def retrieve(batch_id: str) -> ProviderBatch:
    """Return how a batch stands."""
    return _read(
        ProviderBatch, _through_door(lambda door: door.send("get", f"/batches/{batch_id}"))
    )


def cancel(batch_id: str) -> ProviderBatch:
    """Ask the provider to stop a batch; it ends some minutes later, with what it has."""
    path = f"/batches/{batch_id}/cancel"
    return _read(ProviderBatch, _through_door(lambda door: door.send("post", path, body={})))


def download(file_id: str, target: IO[bytes]) -> None:
    """Write a file of results to `target` as it comes."""
    _through_door(lambda door: door.download(file_id, target, _TRANSFER_SECONDS))


def delete(file_id: str) -> None:
    """Have the provider forget a file: what customers wrote does not stay there."""
    _through_door(lambda door: door.send("delete", f"/files/{file_id}"))


def _through_door(step: Callable[[Door], Awaitable[Found]]) -> Found:
    async def once() -> Found:
        async with open_door() as door:
            return await step(door)

    return async_to_sync(once)()


def _read(shape: type[Shape], content: bytes) -> Shape:
    try:
        return shape.model_validate_json(content)
    except ValidationError:
        raise RequestRefused(f"the server's answer is no {shape.__name__}") from None


def _shaped(shape: type[Shape], row: dict[str, Any]) -> Shape:
    try:
        return shape.model_validate(row)
    except ValidationError:
        raise RequestRefused(f"the server's answer is no {shape.__name__}") from None
