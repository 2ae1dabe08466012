"""Imports and foreign keys point right: reviews, testing, conversations, context, accounts."""

import ast
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from django.apps import apps
from django.db.models import Model

ROOT = Path(__file__).resolve().parents[2]
APPS = ["reviews", "testing", "conversations", "context", "accounts"]
LINTER = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]

INTRUDERS = {
    "accounts/imports_an_app": "import reviews",
    "context/imports_late": "def late() -> None:\n    from conversations import apps",
    "stats/imports_django": "import django",
    "llm/imports_an_app": "from accounts import apps",
    "reviews/imports_simulation": "import simulation",
    "agentops/imports_simulation": "import simulation",
    "reviews/imports_wiring": "from agentops import celery",
    "testing/imports_the_sdk": "import openai",
}


def broken_contracts(tree: Path) -> str:
    """What import-linter says about the packages in `tree`; empty when all contracts are kept."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def copy_packages(tree: Path) -> None:
    """Copy the Python of every package the contracts name, and the contracts, into `tree`."""
    for package in LINTER["root_packages"]:
        for file in (ROOT / package).rglob("*.py"):
            target = tree / file.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target)
    shutil.copy(ROOT / "pyproject.toml", tree)


def first_party_models() -> list[type[Model]]:
    """All models of our own apps."""
    packages = set(LINTER["root_packages"])
    return [model for model in apps.get_models() if model._meta.app_label in packages]


def test_imports_keep_the_contracts() -> None:
    assert broken_contracts(ROOT) == ""


def test_an_import_to_the_left_is_found_even_inside_a_function(tmp_path: Path) -> None:
    copy_packages(tmp_path)
    for module, line in INTRUDERS.items():
        (tmp_path / f"{module}.py").write_text(line + "\n")
    said = broken_contracts(tmp_path)
    assert [name for name in INTRUDERS if name.replace("/", ".") not in said] == []


def test_foreign_keys_point_right() -> None:
    wrong = []
    for model in first_party_models():
        for field in model._meta.get_fields():
            target = field.related_model
            if field.auto_created or not isinstance(target, type):
                continue
            here, there = model._meta.app_label, target._meta.app_label
            if here in APPS and there in APPS and APPS.index(there) < APPS.index(here):
                wrong.append(f"{here}.{model.__name__}.{field.name} -> {there}")
            if here not in APPS and there in APPS:
                wrong.append(f"{here}.{model.__name__}.{field.name} leaves a leaf package")
    assert wrong == []


def test_every_app_has_models_whose_foreign_keys_are_looked_at() -> None:
    assert set(APPS) <= {model._meta.app_label for model in first_party_models()}


def test_only_the_client_imports_the_model_sdk() -> None:
    importing = []
    for file in sorted((ROOT / "llm").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module]
            if any(name.split(".")[0] == "openai" for name in names):
                importing.append(file.relative_to(ROOT).as_posix())
    assert importing and set(importing) <= {"llm/client.py"}
