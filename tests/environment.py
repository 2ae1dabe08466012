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
    "CELERY_BROKER_URL",
    "CSRF_TRUSTED_ORIGINS",
    "DAILY_BUDGET_USD",
    "DEBUG",
    "EMBEDDING_MODEL",
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

data_dir = Path(tempfile.mkdtemp(prefix="agentops-tests-"))
(data_dir / "static").mkdir()
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
