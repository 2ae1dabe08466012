"""`./run` installs once, notices what changed, and says what is missing."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = ["requirements.txt", "requirements-embedded.txt", "requirements-uv.txt"]
TOOLS = ["sh", "dirname", "cat", "cksum", "rm", "mkdir", "id"]
INSTALLING = "installing the locked requirements"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with the script, nothing to install, and a manage.py that says what it was asked."""
    folder = tmp_path / "a project"
    folder.mkdir()
    shutil.copy(ROOT / "run", folder)
    for name in REQUIREMENTS:
        (folder / name).write_text("# nothing\n")
    (folder / "manage.py").write_text("import sys; print('asked:', *sys.argv[1:])\n")
    return folder


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A PATH with the tools the script needs, and no Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in TOOLS:
        found = shutil.which(name)
        assert found
        (folder / name).symlink_to(found)
    return folder


def run(
    project: Path, *arguments: str, path: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Call the script from another folder, with `path` as PATH."""
    keep = {k: v for k, v in os.environ.items() if k != "DATA_DIR"}
    environment = keep | {"PYTHON": sys.executable}
    if path:
        environment |= {"PYTHON": "", "PATH": str(path)}
    command = [str(project / "run"), *arguments]
    return subprocess.run(command, cwd="/", env=environment, capture_output=True, text=True)


def test_the_second_call_installs_nothing(project: Path) -> None:
    first = run(project, "manage", "check", "--deploy")
    assert first.returncode == 0, first.stderr
    assert INSTALLING in first.stderr
    assert first.stdout == "asked: check --deploy\n"

    second = run(project, "manage", "check")
    assert second.stdout == "asked: check\n"
    assert INSTALLING not in second.stderr

    (project / "requirements.txt").write_text("# nothing, in other words\n")
    assert INSTALLING in run(project, "manage", "check").stderr
    assert INSTALLING not in run(project, "manage", "check").stderr


def test_a_broken_environment_is_made_again(project: Path) -> None:
    run(project, "manage", "check")
    (project / ".venv" / "bin" / "python").unlink()
    again = run(project, "manage", "check")
    assert again.stdout == "asked: check\n"
    assert "making .venv" in again.stderr


def test_a_failed_installation_stops_and_is_tried_again(project: Path) -> None:
    (project / "requirements.txt").write_text("-r missing.txt\n")
    for _ in range(2):
        failed = run(project, "manage", "check")
        assert failed.returncode != 0
        assert failed.stdout == ""
        assert INSTALLING in failed.stderr


def test_without_python_the_way_to_get_it_is_told(project: Path, tools: Path) -> None:
    said = run(project, "manage", "check", path=tools)
    assert said.returncode == 1
    assert "sudo apt-get install -y python3 python3-venv" in said.stderr
    assert "brew install python" in said.stderr


def test_without_venv_the_package_of_this_very_python_is_told(project: Path, tools: Path) -> None:
    (tools / "python3").write_text(
        f'#!/bin/sh\n[ "$2" = venv ] && exit 1\nexec "{sys.executable}" "$@"\n'
    )
    (tools / "python3").chmod(0o755)
    said = run(project, "manage", "check", path=tools)
    assert said.returncode == 1
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert f"sudo apt-get install -y python{version}-venv" in said.stderr
    assert not (project / ".venv").exists()


def test_an_unknown_word_shows_what_there_is(project: Path) -> None:
    said = run(project, "dance")
    assert said.returncode == 2
    assert "./run demo" in said.stderr
    assert not (project / ".venv").exists()
