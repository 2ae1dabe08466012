"""What to do next where a check has not passed: plain sentences. Pure."""

from testing.comparing.comparison import counted
from testing.comparing.outlook import Outlook
from testing.models.rules import MOST_TRIALS

RETRY = "Retry what is ungraded on the page of its run; nothing else is asked again."
OPEN_LOST = (
    "Open the cases named here: mend the release where it is wrong, and change or retire a case "
    "that is outdated."
)
OPEN_REGRESSED = "Open the cases that regressed, mend the release and submit it again."
OPEN_TARGETED = (
    "Open the cases named here: say in the document what they ask for, or change a case that asks "
    "for something else."
)
TRUST_THE_JUDGE = (
    "Have people review more of what the judge decides, or improve the judge, until it is trusted "
    "again; this check is then decided anew by itself."
)
MEND_OR_DISMISS = (
    "Mend one of the two documents, or dismiss the contradiction with a reason on the page of the "
    "release's context test; this check is then decided anew by itself."
)
WAIT = "It is decided when the run has ended."
WAIT_FOR_THE_SEARCH = "It is decided when that has ended."
RETRY_THE_SEARCH = "Retry it on the page of the release's context test."
RUN = "Run the tests of this release."
RESUME = "Resume it on its page, or run the tests of this release again."
MEND_AND_RUN = "Mend that – caps are set in the settings –, then run the tests of this release."


def approve_cases(documents: list[str]) -> str:
    """What a context check needs that has no case."""
    named = ", ".join(documents[:5]) + (" …" if len(documents) > 5 else "")
    return f"Approve a drafted case of the context suite, or add one, for: {named}. Then run it."


def more_evidence(outlook: Outlook | None, margin: float) -> str:
    """How many more cases or trials would mostly show that an equally good release is not worse.

    By 80 % power (statistics.md, section 6). Trials help only while luck within the cases is the
    larger part.
    """
    if outlook is None:
        return "Add cases."
    missing = outlook.needed(margin) - outlook.cases
    if missing <= 0:
        return (
            "The suite is large enough for an equally good release, so the loss may be real: look "
            "at what regressed, or run it again with more trials."
        )
    text = f"It needs about {counted(missing, 'more case')}"
    if more := _more_trials(outlook, margin):
        text += f" or {counted(more, 'more trial')} of each"
    return f"{text}, if the release is as good as the live one; if not, look at what regressed."


def _more_trials(outlook: Outlook, margin: float) -> int:
    """How many more trials a case would do with the cases there are; 0 where none would."""
    if outlook.trials == 1:  # one trial does not tell luck from difference
        return 0
    within = range(1, MOST_TRIALS - outlook.trials + 1)
    enough = (n for n in within if outlook.needed(margin, outlook.trials + n) <= outlook.cases)
    return next(enough, 0)
