"""The environment the tests run in, set before Django reads its settings (a pytest plugin).

Tests never see the data folder, the keys or the broker of the person who starts them.
`DATABASE_URL` alone is kept: the suite then runs on that server, in a database of its own.
"""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

SETTINGS = (
    "AGENT_MODEL",
    "ALLOWED_HOSTS",
    "API_REQUESTS_PER_MINUTE",
    "CELERY_BROKER_URL",
    "CSRF_TRUSTED_ORIGINS",
    "DAILY_BUDGET_USD",
    "DATABASE_POOL_SIZE",
    "DATABASE_PREPARED_STATEMENTS",
    "DEBUG",
    "EMBEDDING_MODEL",
    "JUDGE_LOG_DAYS",
    "JUDGE_MODEL",
    "LLM_CONCURRENCY",
    "LLM_REQUESTS_PER_MINUTE",
    "LLM_RETRIES",
    "LLM_TOKENS_PER_MINUTE",
    "MODEL_PRICES_FILE",
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
    "RATE_LIMIT_REDIS_URL",
    "SECURE_COOKIES",
)

ROOT = Path(__file__).resolve().parent.parent
installed = Path(os.environ.get("DATA_DIR") or ROOT / ".data").resolve()
data_dir = Path(tempfile.mkdtemp(prefix="agentops-tests-"))
(data_dir / "static").mkdir()
if (installed / "bundle").is_dir():
    # The chart library is made once at set-up; pages in the browser need it.
    (data_dir / "bundle").symlink_to(installed / "bundle")
for name in SETTINGS:
    os.environ.pop(name, None)
os.environ["DATA_DIR"] = str(data_dir)
os.environ["SECRET_KEY"] = "only-for-tests"
os.environ["LOG_LEVEL"] = "WARNING"


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--require-services` is for machines on which nothing may be left out."""
    parser.addoption(
        "--require-services",
        action="store_true",
        help="fail, instead of skipping, where a broker, a database server or a browser is missing",
    )


def pytest_unconfigure() -> None:
    """Remove the data folder of this run."""
    shutil.rmtree(data_dir, ignore_errors=True)
