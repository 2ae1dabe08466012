"""What of a release's context test is still under way, so that its check is not final."""

from collections.abc import Sequence

from context.models import Release
from llm.states import WorkState
from testing.comparing.comparison import counted
from testing.context_suite.contradictions import brought_by
from testing.models import ContextTest, Contradiction

OPEN = (WorkState.PENDING, WorkState.WORKING)


def is_searched(release: Release, baseline: Release | None) -> bool:
    """Whether guards and contradictions were looked for, or could not be; also where nobody asked
    for it.
    """
    test = ContextTest.objects.of(release, baseline)
    return test is None or test.state not in OPEN


def under_way(release: Release, baseline: Release | None) -> str:
    """What the context check waits for, in a sentence; empty when nothing is left to do."""
    test = ContextTest.objects.of(release, baseline)
    return said_under_way(test, brought_by(release, baseline).suspected)


def said_under_way(test: ContextTest | None, suspected: Sequence[Contradiction]) -> str:
    """The sentence, from what was read already."""
    if test is not None and test.state in OPEN:
        return "Cases near the changes and contradictions are being looked for."
    left = sum(row.state in OPEN for row in suspected)
    if not left:
        return ""
    be = "is" if left == 1 else "are"
    return f"{counted(left, 'suspected contradiction')} {be} being judged."


def why_not_searched(release: Release, baseline: Release | None) -> str:
    """Why guards and contradictions could not be looked for; empty when they were."""
    test = ContextTest.objects.of(release, baseline)
    if test is None or test.state in (*OPEN, WorkState.DONE):
        return ""
    return f"Cases near the changes and contradictions were not looked for: {test.error}"
