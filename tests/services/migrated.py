"""The SQLite database as the migrations leave it, kept from one run of the tests to the next."""

import hashlib
import os
from pathlib import Path

import django
import pytest
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]


def kept_file(config: pytest.Config) -> Path | None:
    """Where the database is kept that these very migrations make; None without pytest's cache."""
    cache: pytest.Cache | None = getattr(config, "cache", None)
    if cache is None:
        return None
    made_by = hashlib.sha256(django.__version__.encode())
    for file in sorted(ROOT.glob("*/migrations/*.py")):
        made_by.update(f"{file.relative_to(ROOT)}\n".encode() + file.read_bytes())
    return cache.mkdir("migrated") / f"{made_by.hexdigest()[:16]}.sqlite3"


def keep(file: Path) -> None:
    """Keep the database of this moment, before any test, in the place of older ones."""
    for older in file.parent.glob("*.sqlite3"):
        older.unlink(missing_ok=True)
    half = file.with_suffix(f".{os.getpid()}")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(half)])
    half.rename(file)
