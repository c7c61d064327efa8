"""What every test may ask for: a store on both databases, the service over it, a clock, and pages that are checked."""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import hypothesis
import pytest
from flask import Flask

from passport_service.app import create_app
from passport_service.config import Settings
from passport_service.store.database import Store, migrate, open_store
from tests import postgres
from tests.pages import Pages

IN_CI = os.environ.get("CI") == "true"

# How long an example takes says more of what else the machine does than of the code.
hypothesis.settings.register_profile(
    "patient", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("patient")


class Clock:
    """A clock that stands still until a test moves it."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> datetime:
        """Moves on by a ``timedelta(**by)``; returns the new moment."""
        self.now += timedelta(**by)
        return self.now


def skip_or_fail(install: str) -> None:
    """A part that CI installs must be there in CI; elsewhere its tests are skipped and say what to install."""
    if IN_CI:
        pytest.fail(install)
    pytest.skip(install)


@pytest.fixture(autouse=True, scope="session")
def _own_environment() -> Iterator[None]:
    """Settings of the person who runs the tests do not reach them."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [*os.environ]:
            if name == "DATABASE_URL" or (
                name.startswith("PASSPORT_") and not name.startswith("PASSPORT_TEST_")
            ):
                patch.delenv(name)
        yield


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a PostgreSQL server where databases may be made."""
    with postgres.server() as address:
        if address is None:
            skip_or_fail(postgres.INSTALL)
        yield str(address)


@pytest.fixture(scope="session")
def _migrated_postgres(postgres_server: str) -> Iterator[str]:
    with postgres.database(postgres_server) as address:
        _migrate(address)
        yield postgres.name_of(address)


@pytest.fixture(scope="session")
def _migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("sqlite") / "template.sqlite"
    _migrate(f"sqlite:///{file}")
    return file


@pytest.fixture
def postgres_url(postgres_server: str, _migrated_postgres: str) -> Iterator[str]:
    """The address of a migrated PostgreSQL database of this test's own."""
    with postgres.database(postgres_server, template=_migrated_postgres) as address:
        yield address


@pytest.fixture
def sqlite_url(_migrated_sqlite: Path, tmp_path: Path) -> str:
    """The address of a migrated SQLite database of this test's own."""
    file = tmp_path / "passport.sqlite"
    shutil.copy(_migrated_sqlite, file)
    return f"sqlite:///{file}"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a migrated database; the test runs once on SQLite and once on PostgreSQL."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """An open, migrated, empty store; the test runs on both databases."""
    yield from _opened(database_url)


@pytest.fixture
def sqlite_store(sqlite_url: str) -> Iterator[Store]:
    """An open, migrated, empty store on SQLite only, for what does not depend on the database."""
    yield from _opened(sqlite_url)


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def clock(now: datetime) -> Clock:
    return Clock(now)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The settings of a test: everything it makes is in its own folder."""
    return Settings(data_folder=tmp_path, secret_key="a secret that is only ever used in tests")


@pytest.fixture
def app(settings: Settings, sqlite_store: Store, clock: Clock) -> Flask:
    """The whole service over an empty SQLite store, with the clock of the test."""
    return _build(settings, sqlite_store, clock)


@pytest.fixture
def pages(app: Flask) -> Pages:
    """A browser without scripts that checks every page it gets."""
    return Pages(app)


def _build(settings: Settings, store: Store, clock: Callable[[], datetime]) -> Flask:
    app = create_app(settings, store, now=clock)
    app.testing = True
    return app


def _migrate(address: str) -> None:
    store = open_store(address, create=True)
    migrate(store)
    store.close()


def _opened(address: str) -> Iterator[Store]:
    store = open_store(address)
    yield store
    store.close()
