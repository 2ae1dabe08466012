"""Which failures of a request are worth another try, and how long to wait before it."""

import random
from collections.abc import Mapping

LONGEST_WAIT = 120.0
_FIRST_WAIT = 0.5
_LONGEST_BACKOFF = 20.0
_TRANSIENT = {408, 409, 425, 429}


def is_transient(status: int) -> bool:
    """Whether a server that answers with this HTTP status may answer better in a moment."""
    return status in _TRANSIENT or status >= 500


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the wait in seconds the server asks for (Retry-After-Ms, Retry-After), if it does."""
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            return max(0.0, float(headers[name]) / unit)
        except (KeyError, ValueError):
            continue
    return None


def wait_before(attempt: int, asked: float | None) -> float:
    """Return the seconds before the try after `attempt` (1 = the first): what was asked for, else
    a doubling wait; up to a quarter more by chance, so that a thousand calls spread out.
    """
    backoff = min(_LONGEST_BACKOFF, _FIRST_WAIT * 2 ** (attempt - 1))
    return (backoff if asked is None else asked) * random.uniform(1.0, 1.25)
