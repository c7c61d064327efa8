"""The invented county: made by the real services, every state in it, the same every time, in bounds."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from time import sleep

import pytest
from click.testing import CliRunner

from passport_service.commands import demo, settings_here
from passport_service.demo import making
from passport_service.demo.play import play
from passport_service.plugins import load
from passport_service.services import keys, learning, ledgers
from passport_service.store import queries, recognitions
from passport_service.store.database import Store, migrate, open_store

TODAY = date(2026, 6, 30)
NOW = datetime(2026, 6, 30, 8, tzinfo=UTC)
MOST_CALLS = 15_000
STATES = {"active", "working_towards", "suspended", "revoked", "lapsed", "ended", "void"}


def _nothing(done: int, days: int) -> None:
    """Nobody watches a test."""


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, int]]:
    """The whole county, and how many service calls it took."""
    learning.use(load(("integrations.*",)).recognisers)
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('county')}/county.sqlite", create=True)
    migrate(store)
    made = keys.create(store, label="Moodle", purpose="xapi", pepper="p" * 40, by="t", now=NOW, may_void=True)
    playing = play(store, key=made.key, draw_key=b"k" * 32, today=TODAY, progress=_nothing)
    yield store, playing.calls
    store.close()


def test_every_state_of_a_passport_is_there_to_look_at(county: tuple[Store, int]) -> None:
    assert set(queries.count_by_state(county[0])) >= STATES - {"ended"}


def test_the_county_takes_a_bounded_number_of_service_calls(county: tuple[Store, int]) -> None:
    assert county[1] <= MOST_CALLS


def test_folding_the_county_again_gives_what_is_stored_and_its_chain_verifies(
    county: tuple[Store, int],
) -> None:
    assert ledgers.rebuild(county[0]).differences == []
    assert ledgers.verify(county[0]) == []
    assert ledgers.unpooled(county[0]) == []


def test_what_nobody_could_place_waits_in_quarantine(county: tuple[Store, int]) -> None:
    assert recognitions.waiting_reasons(county[0])


def test_the_same_day_gives_the_same_county_every_time(tmp_path: Path) -> None:
    def first_weeks(name: str) -> list[str]:
        store = open_store(f"sqlite:///{tmp_path}/{name}.sqlite", create=True)
        migrate(store)
        learning.use(load(("integrations.*",)).recognisers)
        made = keys.create(
            store, label="Moodle", purpose="xapi", pepper="p" * 40, by="t", now=NOW, may_void=True
        )
        play(store, key=made.key, draw_key=b"k" * 32, today=TODAY, progress=_nothing, days=20)
        rows = store.execute(
            "SELECT stream, seq, kind, effective_at, recorded_at FROM event ORDER BY id"
        ).fetchall()
        store.close()
        return [str(row) for row in rows]

    assert first_weeks("one") == first_weeks("two")


def test_of_two_terminals_that_make_it_at_once_the_second_finds_it_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []

    def fill(store: Store, secret: str, *_: object) -> dict[str, str]:
        migrate(store)
        begun.append(secret)
        sleep(0.3)
        return {"made_with": secret}

    monkeypatch.setattr(making, "_fill", fill)
    with ThreadPoolExecutor(2) as pool:
        assert [*pool.map(demo._make, [tmp_path] * 2)] == [None] * 2
    assert making.is_made(tmp_path)
    assert [making.facts_of(tmp_path)[name] for name in ("secret_key", "made_with")] == begun * 2
    assert (tmp_path / making.FACTS).stat().st_mode & 0o777 == 0o600
    assert sorted(one.name for one in tmp_path.iterdir()) == [making.FACTS, making.DATABASE, "draw.key"]


def test_what_was_killed_before_its_end_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / making.FACTS).write_text('{"secret_key": "of a database that is there no more"}')
    monkeypatch.setattr(making, "_fill", lambda store, *_: migrate(store) and {})

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(making, "write_once", killed)
        with pytest.raises(KeyboardInterrupt):
            demo._make(tmp_path)
    assert not making.is_made(tmp_path)
    demo._make(tmp_path)
    assert making.is_made(tmp_path)
    assert "no more" not in making.facts_of(tmp_path)["secret_key"]


def test_commands_in_another_terminal_know_where_the_demonstration_is_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "_fill", lambda store, *_: migrate(store) and {})
    for name in ("PASSPORT_PUBLIC_URL", "PASSPORT_DATABASE_URL", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    CliRunner().invoke(demo.command, ["--data", str(tmp_path), "--port", "8123", "--only-make"])
    assert settings_here(data_folder=tmp_path).public_url == "http://127.0.0.1:8123"
