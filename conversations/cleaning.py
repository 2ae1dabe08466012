"""Characters that no database stores and nobody reads, taken out of what comes in."""

import re
from typing import Any

# PostgreSQL refuses NUL, half a surrogate pair is no text in UTF-8, and the other control
# characters only disturb whoever reads.
UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
# The same in JSON, where those below a space are escaped.
ESCAPED = re.compile(r"\\u00|\\[bf]|[\x7f-\x9f]")
NOTE = "Control characters were removed."


def cleaned(value: Any) -> Any:
    """JSON data without control characters in its texts."""
    match value:
        case str():
            return UNSTORABLE.sub("", value)
        case list():
            return [cleaned(part) for part in value]
        case dict():
            return {cleaned(name): cleaned(part) for name, part in value.items()}
    return value
