"""The pages of those who answer requests about personal data: see it, give it, hold it, erase it in two steps (D.18.2)."""

import shutil
from io import BytesIO
from pathlib import Path
from urllib.parse import quote
from zipfile import ZipFile

import pytest
from flask import Flask

from passport_service.app import create_app
from passport_service.config import Settings
from passport_service.services import people
from passport_service.store import ledger, security_log
from passport_service.store.database import Store
from tests.conftest import Clock
from tests.pages import ORIGIN, Pages
from tests.people import BY, Town
from tests.workforce import MOODLE, completion, moodle_key, send, workforce_town

STRANGER = f"account|{MOODLE}|stranger"
OF_STRANGER = f"/personal-data/one?who={quote(STRANGER, safe='')}"


@pytest.fixture
def here(sqlite_store: Store, clock: Clock) -> Town:
    made = workforce_town(sqlite_store, clock)
    send(made, moodle_key(made), completion(7), completion(98, who="stranger"))
    return made


@pytest.fixture
def wendy(here: Town, app: Flask) -> Pages:
    return here.signed_in(app, "wendy")


def leave(here: Town) -> None:
    people.leave(here.store, here.streams["asha"], on=here.now.date(), now=here.now, caused_by=BY)


def test_somebody_is_found_by_reference_and_looking_is_noted(here: Town, wendy: Pages) -> None:
    page = wendy.get("/personal-data").submit("Find", who="asha")
    assert page.path.startswith("/personal-data/one")
    assert "Statements of their own 1" in page.text
    [seen] = [one for one in security_log.latest(here.store) if one.kind == "personal_data_seen"]
    assert seen.detail == {"stream": here.streams["asha"]}


@pytest.mark.parametrize(
    ("who", "says"),
    [("nobody", "Nobody has the reference"), ("name|x", "An identifier is"), ("", "Enter a staff reference")],
)
def test_whom_nobody_knows_is_said_beside_the_question(wendy: Pages, who: str, says: str) -> None:
    assert says in wendy.get("/personal-data").submit("Find", who=who).text


def test_the_file_is_made_and_taken(here: Town, wendy: Pages) -> None:
    page = wendy.get("/personal-data/one?who=asha").submit("Make the file")
    link = next(address for address in page.links.values() if "/exports/" in address)
    taken = wendy.client.get(link, base_url=ORIGIN)
    with ZipFile(BytesIO(taken.data)) as archive:
        assert "statements.jsonl" in archive.namelist()
    assert "attachment" in taken.headers["Content-Disposition"]
    assert [one.kind for one in security_log.latest(here.store, limit=2)] == [
        "export_taken",
        "personal_data_seen",
    ]


def test_a_file_made_through_one_web_node_is_taken_through_another(
    store: Store, clock: Clock, settings: Settings, tmp_path: Path
) -> None:
    """They share nothing but the database."""
    made = workforce_town(store, clock)
    send(made, moodle_key(made), completion(7))
    one, other = (
        made.signed_in(
            create_app(settings.model_copy(update={"data_folder": tmp_path / name}), store, now=clock),
            "wendy",
        )
        for name in ("one", "other")
    )
    page = one.get("/personal-data/one?who=asha").submit("Make the file")
    link = next(address for address in page.links.values() if "/exports/" in address)
    assert link in other.get("/personal-data/one?who=asha").links.values()
    shutil.rmtree(tmp_path / "one", ignore_errors=True)
    taken = other.client.get(link, base_url=ORIGIN)
    assert (taken.status_code, taken.mimetype) == (200, "application/zip")
    assert taken.content_length == len(taken.data)
    assert "no-store" in taken.headers["Cache-Control"]
    with ZipFile(BytesIO(taken.data)) as archive:
        assert archive.testzip() is None
    people.leave(store, made.streams["asha"], on=clock.now.date(), now=clock.now, caused_by=BY)
    other.get("/personal-data/erase?who=asha").submit("Erase it for good", why="asked")
    assert "not there any more" in one.get(link, status=404).text


def test_erasing_is_two_steps_and_is_for_those_who_left(here: Town, wendy: Pages) -> None:
    assert "Only the record of somebody who has left" in wendy.get("/personal-data/one?who=asha").text
    leave(here)
    assert "See what would go" in wendy.get("/personal-data/one?who=asha").text
    step = wendy.get("/personal-data/erase?who=asha")
    assert "This is what would go" in step.text
    assert "Choose why" in step.submit("Erase it for good", status=400).text
    assert ledger.read(here.store, here.streams["asha"])
    assert "It is erased" in step.submit("Erase it for good", why="asked").text
    assert ledger.read(here.store, here.streams["asha"]) == []


def test_a_stranger_is_erased_by_an_identifier(wendy: Pages) -> None:
    assert "Statements of their own 1" in wendy.get(OF_STRANGER).text
    step = wendy.get(OF_STRANGER.replace("/one", "/erase"))
    assert "It is erased" in step.submit("Erase it for good", why="never_meant").text
    assert "Statements of their own 0" in wendy.get(OF_STRANGER).text


def test_a_hold_is_shown_wherever_erasing_is_offered_and_lifted_with_a_reason(
    here: Town, wendy: Pages
) -> None:
    leave(here)
    late = wendy.get("/personal-data/erase?who=asha")
    page = wendy.get("/personal-data/one?who=asha")
    assert "Say why" in page.submit("Put it under hold", status=400).text
    held = page.submit("Put it under hold", reason="An employment tribunal")
    assert "An employment tribunal" in held.text
    assert "See what would go" not in held.text
    assert "cannot be erased" in wendy.get("/personal-data/erase?who=asha").text
    assert "under legal hold since" in late.submit("Erase it for good", why="asked", status=400).text
    lift = next(address for address in wendy.get("/personal-data").links.values() if "/release" in address)
    assert "Say why" in wendy.get(lift).submit("Lift the hold", status=400).text
    assert (
        "Nothing is under legal hold" in wendy.get(lift).submit("Lift the hold", reason="It was settled").text
    )
    assert wendy.client.get(lift, base_url=ORIGIN).status_code == 404


def test_the_practitioners_page_leads_there_for_those_who_may(here: Town, wendy: Pages, app: Flask) -> None:
    address = f"/practitioners/{here.streams['asha']}"
    assert any("/personal-data/one" in link for link in wendy.get(address).links.values())
    assert not any(
        "/personal-data" in link for link in here.signed_in(app, "sven").get(address).links.values()
    )


def test_the_privacy_page_says_for_how_long_what_is_kept_to_everybody(app: Flask) -> None:
    told = Pages(app).get("/privacy").text
    assert "whose person nobody knows: 12 months from storing, then deleted." in told
    assert "The security log: 12 months" in told
