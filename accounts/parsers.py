"""Reading request bodies as JSON, whatever a client sends."""

import json
import re
from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def refuse_constant(name: str) -> None:
    """NaN and Infinity are no JSON."""
    raise ValueError(f"{name} is not JSON")


def whole(value: Any) -> Any:
    """The value with U+FFFD for half surrogate pairs, which can be neither stored nor sent."""
    match value:
        case str():
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case list():
            return [whole(part) for part in value]
        case dict():
            return {whole(name): whole(part) for name, part in value.items()}
    return value


class BoundedJSONParser(BaseParser):
    """JSON up to `DATA_UPLOAD_MAX_MEMORY_SIZE` (beyond: 413), read so that nothing in it is a 500.

    DRF's own parser has no limit, and fails on JSON that is nested too deeply.
    """

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The body's value; ParseError (400) when it is not JSON in UTF-8."""
        assert parser_context is not None
        try:
            text = parser_context["request"]._request.body.decode("utf-8-sig")
            value = json.loads(text, parse_constant=refuse_constant)
            return whole(value) if SURROGATE.search(text) else value
        except RecursionError:
            raise ParseError("JSON parse error: nested too deeply") from None
        except ValueError as error:
            raise ParseError(f"JSON parse error: {error}") from None
