"""The one door to models: the OpenAI API through OpenAI's SDK, at any base URL.

Without a key and without a base URL the door leads to the embedded local model, reached in-process
through the client's transport: the same requests, the same answers, the same errors.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, nullcontext
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from llm.answers import make_reply, read_answer
from llm.calls import Call, ModelUnavailable, Reply, RequestRefused, Usage
from llm.local.app import LocalModel
from llm.prices import CHARACTERS_PER_TOKEN, input_estimate, output_limit, price
from llm.ratelimit import RateLimit, rate_limit
from llm.retries import LONGEST_WAIT, is_transient, retry_after, wait_before
from llm.schemas import response_format

if TYPE_CHECKING:
    import openai

TIMEOUT_SECONDS = 60.0
_TRIES_TO_PARSE = 3
_REFUSALS_BEFORE_A_PAUSE = 5
_TEXTS_PER_REQUEST = 256
_CHARACTERS_PER_TEXT = 8000


def is_local() -> bool:
    """Whether the door leads to the embedded local model."""
    return not settings.OPENAI_API_KEY and not settings.OPENAI_BASE_URL


@asynccontextmanager
async def open_door(at_once: int | None = None) -> AsyncIterator["Door"]:
    """Open the door for as many calls as are to be made; never share it across event loops.

    `at_once` bounds the requests under way, however many calls are asked at a time.
    """
    url = "" if is_local() else settings.RATE_LIMIT_REDIS_URL
    limit = rate_limit(url, settings.LLM_REQUESTS_PER_MINUTE, settings.LLM_TOKENS_PER_MINUTE)
    try:
        async with _client() as client:
            yield Door(client, limit, at_once)
    finally:
        await limit.aclose()


def ask(call: Call) -> Reply:
    """Ask one question from synchronous code; raises what Door.ask raises."""

    async def once() -> Reply:
        async with open_door() as door:
            return await door.ask(call)

    return asyncio.run(once())


def embed(texts: Sequence[str]) -> NDArray[np.float32]:
    """Embed texts from synchronous code; raises what Door.embed raises."""

    async def once() -> NDArray[np.float32]:
        async with open_door() as door:
            return await door.embed(texts)

    return asyncio.run(once())


def _client() -> "openai.AsyncOpenAI":
    """Build the SDK's client; retries are ours: attempts are counted, and limits are shared."""
    # The SDK costs 0.9 s to import: web processes and commands that ask nothing must not pay it.
    import httpx2
    import openai

    if is_local():
        model = LocalModel(settings.DATA_DIR / "local-model")
        http = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=model), trust_env=False)
        return openai.AsyncOpenAI(
            api_key="local", base_url="http://local-model/v1", max_retries=0, http_client=http
        )
    return openai.AsyncOpenAI(
        api_key=settings.OPENAI_API_KEY or "none",
        base_url=settings.OPENAI_BASE_URL or None,
        max_retries=0,
        http_client=openai.DefaultAioHttpClient(timeout=TIMEOUT_SECONDS),
    )


class Door:
    """An open connection to the models; `ask` and `embed` may run many at a time."""

    def __init__(
        self, client: "openai.AsyncOpenAI", limit: RateLimit, at_once: int | None = None
    ) -> None:
        self._client = client
        self._limit = limit
        self._places = asyncio.Semaphore(at_once) if at_once else nullcontext()
        self._refusals_in_a_row = 0

    async def ask(self, call: Call) -> Reply:
        """Ask one question and return its parsed answer.

        Raises UnknownPrice (nothing is sent), ModelUnavailable (after the retries), RequestRefused,
        and UnparsableAnswer when three answers in a row do not fit the schema.
        """
        price(call.model)
        started, usage = time.monotonic(), Usage(model=call.model)
        body = chat_body(call)
        tokens = input_estimate(call) + output_limit(call)
        for _ in range(_TRIES_TO_PARSE):
            content = await self._send("/chat/completions", body, tokens, usage)
            answer = read_answer(content, call.schema, usage)
            if answer.parsed is not None:
                break
        return make_reply(call.model, answer, usage, time.monotonic() - started)

    async def embed(self, texts: Sequence[str], usage: Usage | None = None) -> NDArray[np.float32]:
        """Return one embedding a text, as an array of shape (len(texts), dimensions).

        The tokens billed are added to `usage`. Raises UnknownPrice, ModelUnavailable and
        RequestRefused.
        """
        model, spent = settings.EMBEDDING_MODEL, usage or Usage()
        price(model)
        rows: list[list[float]] = []
        for start in range(0, len(texts), _TEXTS_PER_REQUEST):
            # Servers refuse an empty text; a space stands for it.
            part = [
                text[:_CHARACTERS_PER_TEXT] or " "
                for text in texts[start : start + _TEXTS_PER_REQUEST]
            ]
            tokens = sum(map(len, part)) // CHARACTERS_PER_TOKEN
            body = {"model": model, "input": part, "encoding_format": "float"}
            content = await self._send("/embeddings", body, tokens, Usage())
            rows += _read_embeddings(content)
            spent.input_tokens += _read_tokens(content, tokens)
        return np.asarray(rows, dtype=np.float32).reshape(len(texts), -1 if rows else 0)

    async def _send(self, path: str, body: dict[str, Any], tokens: int, usage: Usage) -> bytes:
        """Send a request until it is answered; every try passes the shared rate limit.

        A call that waits for its next try gives its place to another.
        """
        last_try = usage.attempts + 1 + settings.LLM_RETRIES
        while True:
            try:
                async with self._places:
                    await self._limit.acquire(tokens)
                    usage.attempts += 1
                    content = await self._post(path, body)
            except ModelUnavailable as error:
                asked = error.retry_after
                if usage.attempts >= last_try or (asked is not None and asked > LONGEST_WAIT):
                    raise
                await asyncio.sleep(wait_before(usage.attempts, asked))
            else:
                self._refusals_in_a_row = 0
                return content

    async def _post(self, path: str, body: dict[str, Any]) -> bytes:
        """Send one request to a model."""
        return await self.send("post", path, body=body)

    async def send(
        self, method: str, path: str, *, timeout: float = TIMEOUT_SECONDS, **sent: Any
    ) -> bytes:
        """Send one request, once; `sent` are the SDK's `body`, `files` and `options`.

        Raises ModelUnavailable and RequestRefused.
        """
        import httpx2

        options = {"timeout": timeout, **sent.pop("options", {})}
        async with self._failures(timeout):
            # A plain request: typed response objects would cost more than the rest of the call.
            response = await getattr(self._client, method)(
                path, cast_to=httpx2.Response, options=options, **sent
            )
        content: bytes = response.content
        return content

    async def download(self, file_id: str, target: IO[bytes], timeout: float) -> None:
        """Write the content of a provider's file to `target` as it comes; raises as `send`."""
        files = self._client.files.with_streaming_response
        async with self._failures(timeout), files.content(file_id, timeout=timeout) as response:
            async for part in response.iter_bytes():
                target.write(part)

    @asynccontextmanager
    async def _failures(self, timeout: float) -> AsyncIterator[None]:
        """Make the SDK's failures our own exceptions, told apart by who can mend them."""
        import httpx2
        import openai

        try:
            yield
        except (openai.APIConnectionError, httpx2.HTTPError) as error:
            why = str(error.__cause__ or "") or f"no answer within {timeout:.0f} s"
            raise ModelUnavailable(f"connection lost: {why}") from None
        except openai.APIStatusError as error:
            if not is_transient(error.status_code):
                raise RequestRefused(f"HTTP {error.status_code}: {error.message}") from None
            asked = retry_after(error.response.headers)
            if error.status_code == 429:
                await self._slow_down(asked)
            raise ModelUnavailable(
                f"HTTP {error.status_code}: {error.message}", retry_after=asked
            ) from None

    async def _slow_down(self, asked: float | None) -> None:
        """Hold all workers back once refusals come one after the other; a single one is noise."""
        self._refusals_in_a_row += 1
        if self._refusals_in_a_row >= _REFUSALS_BEFORE_A_PAUSE:
            await self._limit.pause(min(asked or 1.0, LONGEST_WAIT))


def chat_body(call: Call) -> dict[str, Any]:
    """Build the request; models that think take neither a temperature nor a seed."""
    body: dict[str, Any] = {
        "model": call.model,
        "messages": list(call.messages),
        "response_format": response_format(call.schema),
    }
    if call.tools:
        body["tools"] = list(call.tools)
    if price(call.model).reasoning:
        return body | {"reasoning_effort": "low", "max_completion_tokens": output_limit(call)}
    # Servers other than OpenAI's own mostly know only the older name of the limit.
    limit = "max_tokens" if settings.OPENAI_BASE_URL else "max_completion_tokens"
    body |= {"temperature": call.temperature, limit: call.max_output_tokens}
    return body if call.seed is None else body | {"seed": call.seed}


def _read_embeddings(content: bytes) -> list[list[float]]:
    """Read the vectors of a response in the order of the texts."""
    try:
        data = json.loads(content)["data"]
        return [row["embedding"] for row in sorted(data, key=lambda row: row["index"])]
    except (ValueError, LookupError, TypeError):
        raise ModelUnavailable("the server's answer holds no embeddings") from None


def _read_tokens(content: bytes, estimated: int) -> int:
    """Read the tokens billed; a server that does not say is taken at the estimate."""
    return int((json.loads(content).get("usage") or {}).get("prompt_tokens") or estimated)
