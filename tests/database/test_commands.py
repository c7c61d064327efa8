"""The commands of docs/operations.md, as a person types them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from playhouse.migrations import Runner

from passport_service.services import setup
from passport_service.store.database import MIGRATIONS, Store
from tests.conftest import Clock
from tests.database.api_client import found_council
from tests.database.test_jobs import environment

ROOT = Path(__file__).parents[2]
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


def passport(url: str, folder: Path, *words: str, status: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "passport_service", *words], env=environment(url, folder), cwd=ROOT, text=True,
        capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr if status else done.stdout


def test_a_new_database_is_made_set_up_once_and_sound(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new.sqlite"
    assert "0001_ledger" in passport(url, tmp_path, "migrate")
    assert passport(url, tmp_path, "setup", "--preset", "essex-baseline", "--set", "streak.length=4") == (
        "set up with essex-baseline\n"
    )
    assert "already set up" in passport(url, tmp_path, "setup", "--preset", "essex-with-safeguards")
    assert "streak.length = 4" in passport(url, tmp_path, "policy", "show")
    assert "nothing was changed" in passport(url, tmp_path, "verify")
    assert "no differences" in passport(url, tmp_path, "rebuild")
    assert "set `passport" not in passport(url, tmp_path, "setup", "--preset", "nonsense", status=2)


def test_on_a_database_that_is_not_up_to_date_nothing_starts_but_it_can_be_copied(
    store: Store, database_url: str, tmp_path: Path
) -> None:
    """As when a worker is started before the release has migrated."""
    Runner(store.db, str(MIGRATIONS)).down()
    store.close()
    for words in (["worker"], ["setup", "--preset", "essex-baseline"]):
        assert passport(database_url, tmp_path, *words, status=2) == (
            "PASSPORT_DATABASE_URL: this database is not up to date; run `passport migrate` first\n"
        )
    assert "bytes" in passport(database_url, tmp_path, "backup", str(tmp_path / "before"))
    assert "applied" in passport(database_url, tmp_path, "migrate")


def test_a_changed_copy_is_named_and_put_right(
    store: Store, database_url: str, tmp_path: Path, clock: Clock
) -> None:
    streams = found_council(store, clock.now)
    with store.writing():
        store.execute("UPDATE practitioner SET name = 'Someone' WHERE stream = ?", (streams["ben"],))
    told = passport(database_url, tmp_path, "rebuild", status=1)
    assert "name: stored 'Someone', folded 'Ben'" in told
    assert "1 difference, put right" in passport(database_url, tmp_path, "rebuild", "--write")
    assert "no differences" in passport(database_url, tmp_path, "rebuild")


def test_a_changed_fact_is_named(sqlite_store: Store, sqlite_url: str, tmp_path: Path, clock: Clock) -> None:
    found_council(sqlite_store, clock.now)
    sqlite_store.execute("DROP TRIGGER event_no_update")
    with sqlite_store.writing():
        sqlite_store.execute("UPDATE event SET caused_by = 'nobody' WHERE stream = 'P000002' AND seq = 1")
    assert "P000002" in passport(sqlite_url, tmp_path, "verify", status=1)


def test_a_draw_is_run_shown_and_checked_offline(
    store: Store, database_url: str, tmp_path: Path, clock: Clock
) -> None:
    setup.set_up(store, now=clock.now)
    printed = passport(
        database_url, tmp_path, "draw", "run", "--seed", "dice:4-2-6", "--source", "two people"
    )
    file = tmp_path / "receipt.json"
    file.write_text(passport(database_url, tmp_path, "draw", "show", "last"))
    assert json.loads(printed)["pool_hash"] == json.loads(file.read_text())["pool_hash"]
    assert passport(database_url, tmp_path, "draw", "verify", str(file)) == "The draw is right.\n"
    receipt = json.loads(file.read_text())
    file.write_text(json.dumps({**receipt, "quota": 3}))
    assert "picks" in passport(database_url, tmp_path, "draw", "verify", str(file), status=1)
    file.write_text("{")
    assert "MALFORMED" in passport(database_url, tmp_path, "draw", "verify", str(file), status=1)


def test_after_the_key_was_lost_another_hash_is_published_with_its_reason(
    store: Store, database_url: str, tmp_path: Path, clock: Clock
) -> None:
    setup.set_up(store, now=clock.now)
    passport(database_url, tmp_path, "jobs", "run", "draw")
    lost = passport(database_url, tmp_path, "draw", "list").splitlines()[-1]
    assert "NOT_ALLOWED" in passport(
        database_url, tmp_path, "draw", "recommit", "--reason", "no reason", status=1
    )
    (tmp_path / "draw.key").unlink()
    made = passport(database_url, tmp_path, "draw", "recommit", "--reason", "the disk failed").strip()
    assert made not in lost
    assert made in passport(database_url, tmp_path, "draw", "list").splitlines()[-1]


def test_a_backup_is_restored_elsewhere_and_sound(
    sqlite_store: Store, sqlite_url: str, tmp_path: Path, clock: Clock
) -> None:
    found_council(sqlite_store, clock.now)
    file = tmp_path / "copy.backup"
    assert "The draw key" in passport(sqlite_url, tmp_path, "backup", str(file))
    assert "is there already" in passport(sqlite_url, tmp_path, "backup", str(file), status=1)
    there = f"sqlite:///{tmp_path}/elsewhere.sqlite"
    assert "verified" in passport(there, tmp_path, "restore", str(file))
    assert "is there already" in passport(there, tmp_path, "restore", str(file), status=1)
    assert "no differences" in passport(there, tmp_path, "rebuild")


def test_jobs_are_listed_and_run_by_name(
    store: Store, database_url: str, tmp_path: Path, clock: Clock
) -> None:
    setup.set_up(store, now=clock.now)
    listed = passport(database_url, tmp_path, "jobs", status=1)
    assert "no worker is running" in listed
    assert all(name in listed for name in ("sweep", "draw", "deliver", "self-check", "not set up"))
    assert passport(database_url, tmp_path, "jobs", "run", "self-check").startswith("self-check: people 0")
    assert "by hand" in passport(database_url, tmp_path, "jobs", "show", "self-check")
    assert "NOT_FOUND" in passport(database_url, tmp_path, "jobs", "run", "nothing", status=1)


def test_a_policy_is_published_by_two_people_and_never_for_the_past(
    store: Store, database_url: str, tmp_path: Path, clock: Clock
) -> None:
    setup.set_up(store, now=clock.now)
    publish = ("policy", "publish", "--set", "streak.length=4", "--author", "a")
    assert "IN_THE_PAST" in passport(
        database_url, tmp_path, *publish, "--from", "2020-01-01", "--approver", "b", status=1
    )
    assert "SAME_PERSON" in passport(
        database_url, tmp_path, *publish, "--from", "2099-01-01", "--approver", "a", status=1
    )
    told = passport(database_url, tmp_path, *publish, "--from", "2099-01-01", "--approver", "b")
    assert "streak.length: 3 -> 4" in told


@pytest.mark.parametrize(
    "words", ["migrate", "setup", "jobs", "verify", "rebuild", "backup", "restore", "draw", "policy"]
)
def test_the_page_about_running_names_the_command(words: str) -> None:
    assert f"passport {words}" in OPERATIONS
    assert (ROOT / "passport_service" / "commands" / f"{words}.py").exists()
