"""Adding cases, for the rooms on the left."""

from typing import Unpack

from testing.cases.content import NewCase
from testing.models import Case, Suite


def add_case(suite: Suite, **case: Unpack[NewCase]) -> Case:
    """Add a case to a suite, or return the one that stands there under its key.

    See `Suite.add_case`; Refused when a case that expects nothing is to be added as approved.
    """
    return suite.add_case(**case)
