"""Pulling a release into a folder, without losing what only the folder holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from context.files.folders import files_in, write_folder
from context.files.reading import BadFolder, read_files
from context.files.remote import NotThere
from context.files.sources import release_files
from context.models import Agent
from context.releases.content import content_hash
from context.releases.labels import named_release

Files = Mapping[str, str]


class Releases(Protocol):
    """Where releases are pulled from: this installation or another."""

    def named(self, name: str) -> tuple[int, dict[str, str]]:
        """Number and files of the release that `live`, `newest`, a number or a label names."""
        ...

    def holding(self, content_hash: str) -> dict[str, str]:
        """The files of the release that holds this content; none when there is none."""
        ...


class OwnReleases:
    """The releases of an agent of this installation."""

    def __init__(self, agent: Agent) -> None:
        self.agent = agent

    def named(self, name: str) -> tuple[int, dict[str, str]]:
        """Number and files; NotThere for a name that names nothing."""
        found = named_release(self.agent, name)
        if found is None:
            raise NotThere(f"{self.agent} has no release {name!r}.")
        return found.number, release_files(found)

    def holding(self, content_hash: str) -> dict[str, str]:
        """The files of the newest release that holds this content."""
        found = self.agent.releases.filter(content_hash=content_hash).order_by("-number").first()
        return release_files(found) if found else {}


class LocalChanges(Exception):
    """The folder holds what no release does; `paths` would be lost."""

    def __init__(self, paths: list[str]) -> None:
        self.paths = paths
        super().__init__(
            f"{', '.join(paths)}: changed here and in no release. Push first, or give --force."
        )


@dataclass(frozen=True)
class Drift:
    """How a folder differs from a release: by path, `changed`, `missing` here, or only here
    (`added`).
    """

    number: int
    paths: dict[str, str]


def drift(folder: Path, releases: Releases, name: str) -> Drift:
    """What a pull of the release of this name would change."""
    number, wanted = releases.named(name)
    return Drift(number, differences(local_files(folder), wanted))


def pull(folder: Path, releases: Releases, name: str, *, force: bool = False) -> Drift:
    """Make the folder hold the files of the release; returns what was changed.

    Raises LocalChanges, unless forced, when a file that would be replaced or removed stands in no
    release as it is. Files that do not belong to a release are left alone.
    """
    number, wanted = releases.named(name)
    local = local_files(folder)
    found = differences(local, wanted)
    if not force and (lost := only_here(local, found, releases)):
        raise LocalChanges(lost)
    write_folder(folder, wanted, local)
    return Drift(number, found)


def local_files(folder: Path) -> dict[str, str]:
    """The files of the folder; none while it does not exist."""
    return files_in(folder) if folder.exists() else {}


def differences(local: Files, wanted: Files) -> dict[str, str]:
    """How each path differs, in the order of paths."""
    kinds = {}
    for path in sorted(local.keys() | wanted.keys()):
        if path not in local:
            kinds[path] = "missing"
        elif path not in wanted:
            kinds[path] = "added"
        elif local[path] != wanted[path]:
            kinds[path] = "changed"
    return kinds


def only_here(local: Files, found: Mapping[str, str], releases: Releases) -> list[str]:
    """The paths that would be overwritten or removed although no release holds them so."""
    touched = [path for path, kind in found.items() if kind != "missing"]
    if not touched:
        return []
    try:
        known = releases.holding(content_hash(read_files(local).content()))
    except BadFolder:
        known = {}
    return [path for path in touched if known.get(path) != local[path]]
