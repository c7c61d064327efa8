"""``passport person``: what is held of somebody, found and erased from the command line."""

import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest
from click.testing import CliRunner

from passport_service.app import open_deployment
from passport_service.cli import passport
from passport_service.config import Settings
from passport_service.domain.errors import Refused
from passport_service.services import people
from passport_service.store.chunks import Gone
from passport_service.store.database import Store
from tests.conftest import Clock
from tests.people import BY, Town
from tests.workforce import MOODLE, completion, moodle_key, send, workforce_town

ASHA = f"account|{MOODLE}|12"
Type = Callable[..., str]


@pytest.fixture
def here(sqlite_store: Store, clock: Clock) -> Town:
    made = workforce_town(sqlite_store, clock)
    send(made, moodle_key(made), completion(7), completion(98, who="stranger"))
    return made


@pytest.fixture
def run(here: Town, settings: Settings, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Type:
    """Types a command; what it prints is returned, and a refusal is raised."""
    deployment = open_deployment(settings, here.store, now=clock)
    monkeypatch.setattr("passport_service.commands.person.deployment_here", lambda: deployment)

    def typed(*words: str) -> str:
        done = CliRunner().invoke(passport, ("person", *words), catch_exceptions=False, standalone_mode=False)
        return str(done.stdout)

    return typed


def test_a_practitioner_is_found_by_reference_with_the_identifiers_that_are_theirs(run: Type) -> None:
    told = run("find", "asha")
    assert ASHA in told
    assert "statements of their own: 1, of others that name them: 0" in told


def test_erasing_says_first_what_would_go_and_changes_nothing(run: Type, here: Town) -> None:
    people.leave(here.store, here.streams["asha"], on=here.now.date(), now=here.now, caused_by=BY)
    here.clock.move(days=1)
    assert "Nothing was changed" in run("erase", "asha", "--why", "asked")
    assert "statements of their own: 1" in run("find", "asha")
    assert run("erase", "asha", "--why", "asked", "--yes").endswith("Erased.\n")
    with pytest.raises(Refused, match="Nobody has the reference"):
        run("find", "asha")


def test_whoever_may_not_be_erased_is_named_before_it_is_tried(run: Type, here: Town) -> None:
    with pytest.raises(Refused, match="who has left"):
        run("erase", "asha", "--why", "asked")
    stranger = f"account|{MOODLE}|stranger"
    run("hold", stranger, "--reason", "tribunal")
    with pytest.raises(Refused, match="legal hold"):
        run("erase", stranger, "--why", "asked")


def test_somebody_who_is_no_practitioner_is_erased_by_an_identifier(run: Type) -> None:
    stranger = f"account|{MOODLE}|stranger"
    run("erase", stranger, "--why", "never_meant", "--yes")
    assert "statements of their own: 0" in run("find", stranger)
    with pytest.raises(Refused, match="Nothing is held"):
        run("erase", stranger, "--why", "asked", "--yes")


def test_what_is_held_is_written_into_a_file_that_is_not_there_yet(run: Type, tmp_path: Path) -> None:
    file = tmp_path / "asha.zip"
    assert run("export", "asha", str(file)).startswith("statements: 1")
    with ZipFile(file) as archive:
        assert "index.html" in archive.namelist()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with pytest.raises(Refused, match="never overwrites"):
        run("export", "asha", str(file))


def test_nothing_is_left_of_a_file_that_could_not_be_written(
    run: Type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def erased(*_: object) -> Iterator[bytes]:
        yield b"PK"
        raise Gone("piece 1")

    monkeypatch.setattr("passport_service.store.exports.pieces", erased)
    with pytest.raises(Gone):
        run("export", "asha", str(tmp_path / "asha.zip"))
    assert not (tmp_path / "asha.zip").exists()


def test_a_hold_is_set_listed_and_lifted(run: Type, here: Town) -> None:
    stranger = f"account|{MOODLE}|stranger"
    for who in (stranger, "asha"):
        run("hold", who, "--reason", "tribunal")
    assert [line.split("\t")[2:] for line in run("holds").splitlines()] == [
        ["identifier", stranger, "tribunal"],
        ["person", "asha", "tribunal"],
    ]
    with pytest.raises(
        Refused, match=r"\(hold 1\).*page Personal data.*`passport person release 1`.*`passport person holds`"
    ):
        run("erase", stranger, "--why", "asked", "--yes")
    with pytest.raises(Refused, match="No hold 99 stands: `passport person holds`"):
        run("release", "99", "--reason", "settled")
    assert run("release", "1", "--reason", "settled") == "hold 1 is lifted\n"
    run("erase", stranger, "--why", "asked", "--yes")


def test_a_word_that_is_no_identifier_is_refused(run: Type) -> None:
    with pytest.raises(Refused, match="An identifier is"):
        run("find", "name|Asha")


@pytest.mark.parametrize(
    "words", [["find"], ["export"], ["hold", "--reason", "tribunal"], ["erase", "--why", "asked"]]
)
@pytest.mark.parametrize("who", ["noor@council.example", "mailto:noor@council.example"])
def test_a_bare_address_is_told_how_it_is_written(
    run: Type, tmp_path: Path, words: list[str], who: str
) -> None:
    more = [str(tmp_path / "one.zip")] if words == ["export"] else []
    with pytest.raises(Refused, match=r"write mbox\|mailto:noor@council.example$") as refused:
        run(*words, who, *more)
    assert refused.value.code == "NOT_FOUND"
