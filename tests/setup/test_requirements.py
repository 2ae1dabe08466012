"""What gets installed is locked, hashed, free of private addresses, and explained."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted(path.name for path in ROOT.glob("requirements*.txt"))
EXPLAINED = (ROOT / "docs" / "dependencies.md").read_text()


def pins(lock: str) -> dict[str, list[str]]:
    """Name and version of each requirement of a lock, with its hashes."""
    found: dict[str, list[str]] = {}
    for block in re.split(r"\n(?=[a-z0-9])", (ROOT / lock).read_text()):
        if match := re.match(r"[a-z0-9][\w.\[\]-]*==\S+", block):
            found[match[0]] = re.findall(r"--hash=sha256:([0-9a-f]{64})", block)
    return found


def wanted(source: Path) -> list[str]:
    """The names a person asked for, in a source of a lock."""
    lines = [line for line in source.read_text().splitlines() if re.match(r"[a-z]", line)]
    return [re.split(r"[\[<>=~ ]", line)[0] for line in lines]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_its_hashes(lock: str) -> None:
    assert pins(lock)
    assert [pin for pin, hashes in pins(lock).items() if not hashes] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_package_index(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert re.findall(r"\w+://|--(?:extra-)?index-url|--find-links|file:", text) == []


@pytest.mark.parametrize("source", sorted(ROOT.glob("requirements*.in")), ids=lambda p: p.name)
def test_every_library_asked_for_is_locked_and_explained(source: Path) -> None:
    locked = {re.split(r"\[|==", pin)[0] for pin in pins(source.with_suffix(".txt").name)}
    for name in wanted(source):
        assert name in locked
        assert f"`{name}`" in EXPLAINED, f"docs/dependencies.md does not say why {name} is here"
