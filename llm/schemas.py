"""The JSON schema sent with a call, made from the pydantic model that will read the answer."""

import copy
import re
from functools import lru_cache
from typing import Any

from pydantic import BaseModel

_NOT_IN_STRICT = ("default", "title", "minLength", "maxLength")


def task_name(schema_name: str) -> str:
    """Name of the task a schema stands for: AgentAnswer becomes agent_answer."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", schema_name).lower()


@lru_cache(maxsize=64)
def response_format(schema: type[BaseModel]) -> dict[str, Any]:
    """Return the `response_format` of a chat completion; strict wherever the schema allows it.

    Strict needs every object closed and every property required; a schema with free-form keys
    (dict[str, ...]) cannot be strict and is sent as a plain one.
    """
    plain = schema.model_json_schema()
    strict = copy.deepcopy(plain)
    is_strict = _close(strict)
    form = {
        "name": task_name(schema.__name__),
        "strict": is_strict,
        "schema": strict if is_strict else plain,
    }
    return {"type": "json_schema", "json_schema": form}


def _close(node: Any) -> bool:
    """Close every object below `node` in place; False when one has free-form keys."""
    if isinstance(node, list):
        return all([_close(part) for part in node])
    if not isinstance(node, dict):
        return True
    if node.get("type") == "object":
        if "properties" not in node or isinstance(node.get("additionalProperties"), dict):
            return False
        node["required"] = list(node["properties"])
        node["additionalProperties"] = False
    for word in _NOT_IN_STRICT:
        if not isinstance(node.get(word), dict):  # a property may be called "title"
            node.pop(word, None)
    return all([_close(part) for part in node.values()])
