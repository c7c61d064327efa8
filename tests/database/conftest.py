"""What several test files of this folder start from."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from passport_service.app import create_app
from passport_service.config import Settings
from passport_service.services import keys
from passport_service.services.keys import Key
from passport_service.store.database import Store
from tests import postgres
from tests.conftest import Clock, _migrate, skip_or_fail
from tests.database.learning_system import Lms
from tests.database.serving import PEPPER, Server, headers_of, serving
from tests.people import Town
from tests.workforce import moodle_key, workforce_town


@pytest.fixture
def made(store: Store, clock: Clock) -> Town:
    """A council with its training mapped, and people."""
    return workforce_town(store, clock)


@pytest.fixture
def key(made: Town) -> Key:
    """The key of its Moodle."""
    return moodle_key(made)


@pytest.fixture
def own_server() -> Iterator[Any]:
    """A PostgreSQL that the test may stop and start again."""
    with postgres.own_server() as server:
        if server is None:
            skip_or_fail(postgres.INSTALL)
        _migrate(server.address)
        yield server


@pytest.fixture
def lms(settings: Settings, store: Store, clock: Clock) -> Lms:
    app = create_app(settings, store, now=clock)
    app.testing = True
    pepper = settings.secret_key.get_secret_value()
    made = keys.create(
        store, label="LMS", purpose="xapi", pepper=pepper, by="admin", now=clock(), may_void=True
    )
    return Lms(app, made)


@pytest.fixture
def headers(sqlite_store: Store, clock: Clock) -> dict[str, str]:
    """What a learning system sends to the real server with each request."""
    made = keys.create(sqlite_store, label="LMS", purpose="xapi", pepper=PEPPER, by="admin", now=clock())
    return headers_of(made)


@pytest.fixture
def server(sqlite_store: Store, tmp_path: Path) -> Iterator[Server]:
    """The real server, whatever the database: what is looked at happens at its sockets."""
    with serving(sqlite_store, tmp_path) as one:
        yield one
