"""Fixtures every test may use: the database, a broker, a worker, a browser."""

import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import redis
from django.conf import settings as django_settings
from django.db import connection, connections
from hypothesis import settings as hypothesis_settings
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer
from pytest_django.plugin import DjangoDbBlocker

from agentops.celery import app, configuration
from tests.environment import data_dir
from tests.services.browser import Chromium, running_chromium
from tests.services.mail import Postbox, running_postbox
from tests.services.migrated import keep, kept_file
from tests.services.missing import ServiceMissing, skip_or_fail
from tests.services.valkey import redis_address, running_valkey
from tests.services.worker import running_worker

if TYPE_CHECKING:
    from playwright.sync_api import Page

DATABASE_FIXTURES = {"db", "transactional_db", "live_server", "admin_client"}

# Shared machines are slow by turns, and a failure must come back when it is run again.
hypothesis_settings.register_profile("agentops", deadline=None, derandomize=True, database=None)
hypothesis_settings.load_profile("agentops")


# A slow hash protects passwords of people; a test has none to protect.
django_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what opens a browser, and what never touches a database: they run once."""
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if "chromium" in fixtures:
            item.add_marker("browser")
        if not item.get_closest_marker("django_db") and not fixtures & DATABASE_FIXTURES:
            item.add_marker("any_database")


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """Give SQLite a file: a worker, a second thread and the live server must see the same data."""
    database = django_settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        database.setdefault("TEST", {})["NAME"] = str(data_dir / "tests.sqlite3")
    else:
        # A pool keeps connections open, and the test database could not be dropped.
        database["OPTIONS"].pop("pool", None)


@pytest.fixture(scope="session")
def django_db_keepdb(request: pytest.FixtureRequest, django_db_modify_db_settings: None) -> bool:
    """Begin with the SQLite database of an earlier run where no migration has changed since."""
    kept = kept_file(request.config)
    if connection.vendor != "sqlite" or kept is None or not kept.exists():
        return False
    shutil.copyfile(kept, django_settings.DATABASES["default"]["TEST"]["NAME"])
    return True


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest,
    django_db_keepdb: bool,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
) -> None:
    """Keep a SQLite database that was just migrated for the next run."""
    kept = kept_file(request.config)
    if connection.vendor == "sqlite" and kept is not None and not django_db_keepdb:
        with django_db_blocker.unblock():
            keep(kept)


@pytest.fixture(scope="session")
def valkey_server(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of one real broker for the whole run."""
    try:
        with running_valkey() as url:
            yield url
    except ServiceMissing as error:
        skip_or_fail(request, error)


@pytest.fixture
def valkey_url(valkey_server: str) -> str:
    """A real, empty broker, as Celery's URL; mark the test `services`."""
    with redis.Redis.from_url(redis_address(valkey_server)) as client:
        client.flushdb()
    return valkey_server


def connect_celery(configured: dict[str, object]) -> None:
    """Configure the app anew and make it forget connections of before, as in a forked process."""
    app.conf.update(configured)
    app._after_fork()  # type: ignore[attr-defined]
    app.__dict__.pop("control", None)


@pytest.fixture
def broker(valkey_url: str) -> Iterator[str]:
    """Tasks of this test are sent to the real broker instead of being run at once."""
    before = {name: app.conf[name] for name in configuration(valkey_url)}
    connect_celery(configuration(valkey_url))
    yield valkey_url
    connect_celery(before)


@pytest.fixture
def live_worker(transactional_db: None, broker: str) -> Iterator[str]:
    """A real Celery worker on this test's database; the value is its broker's URL."""
    with running_worker(app, broker):
        yield broker


@pytest.fixture(scope="session")
def chromium(request: pytest.FixtureRequest) -> Iterator[Chromium]:
    """One headless browser for the whole run."""
    try:
        with running_chromium() as running:
            yield running
    except ServiceMissing as error:
        skip_or_fail(request, error)


@pytest.fixture
def postbox(settings: Settings) -> Iterator[Postbox]:
    """A real SMTP server, which the product is told to use."""
    with running_postbox() as (box, port):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        yield box


@pytest.fixture
def forgiven() -> list[str]:
    """What a test expects to go wrong in the browser: parts of the lines that are then no fault."""
    return []


@pytest.fixture
def browser_page(
    live_server: LiveServer,
    chromium: Chromium,
    monkeypatch: pytest.MonkeyPatch,
    forgiven: list[str],
) -> "Iterator[Page]":
    """A page with a new profile; relative addresses go to the live server.

    The test fails when a page raises an error, breaks its content security policy, or asks another
    host for anything. Name fixtures that make data first: while the page is open, an event loop
    runs in this thread and `asyncio.run` cannot be used.
    """
    # For the same reason Django would refuse to query the database in this thread.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    faults: list[str] = []
    with chromium.open_page(live_server.url, faults) as page:
        yield page
        # Inside the event loop queries run on connections of their own; nobody else ends them.
        connections.close_all()
    unexpected = [fault for fault in faults if not any(part in fault for part in forgiven)]
    assert not unexpected, unexpected
