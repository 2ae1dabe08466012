"""Variables of a prompt: `{{name}}` stands for the value that the release's settings give it.

`settings.variables` holds the values, so they are content: hashed, compared, tested and rolled back
with the prompt. Names with a dot or a blank (`{{ticket.customer}}`) are not ours: they are left for
the agent that runs on the release.
"""

import re
from collections.abc import Mapping
from typing import Any

VARIABLES = "variables"
NAME = r"[a-zA-Z_][a-zA-Z0-9_]{0,63}"
_VARIABLE = re.compile(r"\{\{\s*(" + NAME + r")\s*\}\}")


def variables_in(prompt: str) -> list[str]:
    """The names of the variables in a prompt, in the order of their first use."""
    return list(dict.fromkeys(_VARIABLE.findall(prompt)))


def values_of(settings: Mapping[str, Any]) -> dict[str, str]:
    """The values that the settings give."""
    found = settings.get(VARIABLES, {})
    return dict(found) if isinstance(found, dict) else {}


def unknown_variables(prompt: str, settings: Mapping[str, Any]) -> list[str]:
    """The variables in the prompt that have no value."""
    values = values_of(settings)
    return [name for name in variables_in(prompt) if name not in values]


def rendered(prompt: str, settings: Mapping[str, Any]) -> str:
    """The prompt as a model is sent it; a variable without a value stays as it stands. A value is
    text: variables in it are not replaced again.
    """
    values = values_of(settings)
    return _VARIABLE.sub(lambda found: values.get(found[1], found[0]), prompt)
