"""Fixtures every test may use: the database, a broker, a worker, a browser."""

from collections.abc import Iterator
from typing import NoReturn

import pytest
import redis
from django.conf import settings as django_settings
from hypothesis import settings as hypothesis_settings
from playwright.sync_api import Browser, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from agentops.celery import app, transport_options
from tests.environment import data_dir
from tests.services.browser import chromium_binary, launch_options
from tests.services.valkey import ServiceMissing, redis_address, running_valkey
from tests.services.worker import running_worker

# Shared machines are slow by turns, and a failure must come back when it is run again.
hypothesis_settings.register_profile("agentops", deadline=None, derandomize=True, database=None)
hypothesis_settings.load_profile("agentops")


def missing(request: pytest.FixtureRequest, reason: str) -> NoReturn:
    """Skip the test, or fail it where services are required."""
    if request.config.getoption("--require-services"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """Give SQLite a file: a worker, a second thread and the live server must see the same data."""
    database = django_settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        database["TEST"]["NAME"] = str(data_dir / "tests.sqlite3")
    else:
        # A pool keeps connections open, and the test database could not be dropped.
        database["OPTIONS"].pop("pool", None)


@pytest.fixture(scope="session")
def valkey_server(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of one real broker for the whole run."""
    try:
        with running_valkey() as url:
            yield url
    except ServiceMissing as error:
        missing(request, str(error))


@pytest.fixture
def valkey_url(valkey_server: str) -> str:
    """A real, empty broker, as Celery's URL; mark the test `services`."""
    with redis.Redis.from_url(redis_address(valkey_server)) as client:
        client.flushdb()
    return valkey_server


@pytest.fixture
def broker(valkey_url: str) -> Iterator[str]:
    """Tasks of this test are sent to the real broker instead of being run at once."""
    before = {
        name: app.conf[name]
        for name in ("broker_url", "broker_transport_options", "task_always_eager")
    }
    app.conf.update(
        broker_url=valkey_url,
        broker_transport_options=transport_options(valkey_url),
        task_always_eager=False,
    )
    yield valkey_url
    app.close()
    app.conf.update(before)


@pytest.fixture
def live_worker(transactional_db: None, broker: str) -> Iterator[str]:
    """A real Celery worker on this test's database; the value is its broker's URL."""
    with running_worker(app, broker):
        yield broker


@pytest.fixture(scope="session")
def browser(request: pytest.FixtureRequest) -> Iterator[Browser]:
    """The system's Chromium, headless, one for the whole run."""
    binary = chromium_binary()
    if binary is None:
        missing(request, "no Chromium: install chromium or google-chrome")
    with sync_playwright() as playwright:
        instance = playwright.chromium.launch(**launch_options(binary))
        yield instance
        instance.close()


@pytest.fixture
def browser_page(
    browser: Browser, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Page]:
    """A page in a new browser context; relative addresses go to the live server.

    The test fails when the page raises an error, breaks its content security policy, or asks
    another host for anything.
    """
    # Playwright keeps an event loop in this thread; Django would refuse to query in it.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    faults: list[str] = []
    with browser.new_context(base_url=live_server.url) as session:
        page = session.new_page()
        page.on("pageerror", lambda error: faults.append(f"script error: {error}"))
        page.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
        page.on(
            "request", lambda request: faults.extend(foreign_host(request.url, live_server.url))
        )
        yield page
    assert not faults, faults


def foreign_host(url: str, own: str) -> list[str]:
    """A complaint when `url` is not on the host `own`."""
    return [] if url.startswith((own, "data:", "blob:", "about:")) else [f"request to {url}"]
