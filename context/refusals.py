"""Why a change of a release or proposal is refused; nothing has changed when one of these is
raised.
"""

from collections.abc import Iterable


def _opening(subject: str) -> str:
    """The subject as a sentence begins with it."""
    return subject[:1].upper() + subject[1:]


class Refused(Exception):
    """A change that may not be made; the message says why, for a reader."""


class WrongStatus(Refused):
    """The thing is not in a status from which this step is possible."""

    def __init__(self, subject: str, step: str, status: str, needed: Iterable[str]) -> None:
        self.subject, self.step, self.status = subject, step, status
        self.needed = sorted(needed)
        wanted = " or ".join(self.needed)
        super().__init__(f"{_opening(subject)} cannot be {step}: it is {status}, not {wanted}.")


class ChecksMissing(Refused):
    """Required checks have not passed; `missing` maps each one's name to what stands instead."""

    def __init__(self, subject: str, missing: dict[str, str]) -> None:
        self.missing = missing
        stands = ", ".join(f"{name} ({state})" for name, state in missing.items())
        super().__init__(f"{_opening(subject)} cannot be published without its checks: {stands}.")


class OverrideRefused(Refused):
    """Only an admin of the workspace may publish without the required checks."""

    def __init__(self) -> None:
        super().__init__("Only an admin may publish a release without its checks.")


class SameContent(Refused):
    """Another release that is no draft holds exactly this content; `number` names it."""

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(f"Release {number} already holds exactly this content.")


class EmptyPrompt(Refused):
    """A release without a prompt would leave the agent without instructions."""

    def __init__(self) -> None:
        super().__init__("The prompt is empty: the agent would have no instructions.")


class UnknownVariables(Refused):
    """The prompt names variables that have no value; `names` are theirs."""

    def __init__(self, names: list[str]) -> None:
        self.names = names
        named = ", ".join("{{" + name + "}}" for name in names)
        super().__init__(f"The prompt names variables without a value in the settings: {named}.")


class EditConflict(Refused):
    """The draft was changed by somebody else since it was read."""

    def __init__(self, number: int) -> None:
        super().__init__(
            f"Release {number} was changed by somebody else meanwhile. Your text is kept below; "
            "compare it with what stands now and save again."
        )


class NoEarlierRelease(Refused):
    """There is no release that was live before."""

    def __init__(self) -> None:
        super().__init__("There is no earlier release to roll back to.")


class UnknownOwner(Refused):
    """A document's owner is no member of the workspace; `slug` is the document's."""

    def __init__(self, slug: str, name: str) -> None:
        self.slug, self.name = slug, name
        super().__init__(f"The owner of {slug}: nobody called {name} is a member here.")


class NothingLive(Refused):
    """A rollout needs a live release to stand beside."""

    def __init__(self) -> None:
        super().__init__("No release is live: publish this one, there is nothing to compare with.")


class RolloutOpen(Refused):
    """An agent has one open rollout at most; `number` names its release."""

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(
            f"The rollout of release {number} is still open: stop or promote it first."
        )


class NoRollout(Refused):
    """The release has no open rollout."""

    def __init__(self, subject: str) -> None:
        super().__init__(f"{_opening(subject)} has no open rollout.")


class ShareNotRaised(Refused):
    """The share of a rollout changes upwards only, so that customers stay where they are."""

    def __init__(self, share: int, most: int) -> None:
        super().__init__(f"The share can only be raised: above {share} %, up to {most} %.")


class BadLabel(Refused):
    """A label may not have this name."""

    def __init__(self, name: str, wanted: str) -> None:
        super().__init__(f"{name!r} cannot be a label; it takes {wanted}.")


class ParentNotNewest(Refused):
    """Something was made since the release that this one was made from; `newest` is its number."""

    def __init__(self, parent: int, newest: int) -> None:
        self.newest = newest
        super().__init__(
            f"Release {parent} is no longer the newest: release {newest} was made since. "
            "Compare with it, and push again with it as the parent."
        )


class NoSuchParent(Refused):
    """There is no release of the number that is named as the parent."""

    def __init__(self, parent: int) -> None:
        super().__init__(f"There is no release {parent} that could be the parent.")


class CannotMerge(Refused):
    """Two proposals that cannot be one."""


class CannotTakeBack(Refused):
    """What was done with a proposal has been built upon since."""
