"""What happens when a server or a program that a test needs is not there."""

from typing import NoReturn

import pytest


class ServiceMissing(Exception):
    """No server or program could be found; the message says what was looked for."""


def skip_or_fail(request: pytest.FixtureRequest, reason: object) -> NoReturn:
    """Skip the test, or fail it where services are required."""
    if request.config.getoption("--require-services"):
        pytest.fail(str(reason))
    pytest.skip(str(reason))
