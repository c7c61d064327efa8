"""Bringing people in from a file: first look, then all of it or nothing."""

import zlib
from base64 import b64encode
from datetime import date
from io import BytesIO

import pytest
from click.testing import CliRunner

from passport_service.app import open_deployment
from passport_service.cli import passport
from passport_service.domain.errors import Refused
from passport_service.domain.spreadsheets import write_csv
from passport_service.services import dossiers, importing, people, setup
from passport_service.store import ledger, lookups, queries
from tests.workforce import workforce_town

FILE = """reference,name,email,email_identifies,role,team,manager,registered,registration_checked_on,accounts,\
absent_from,absent_until
C1,Asha,asha@council.example,yes,social_worker,North A,C2,yes,2026-03-01,https://moodle.example 112,2026-08-03,2026-08-14
C2,Rhys,,,team_manager,North A,,not required,,,,
"""


@pytest.fixture
def council(store, now):
    setup.set_up(store, now=now)
    return store


def plan(store, text, now):
    return importing.plan(store, text.encode(), now=now)


def apply(store, text, now, **more):
    return importing.apply(store, text.encode(), now=now, caused_by="test", **more)


def messages(store, text, now):
    return {(one.line, one.column): one.message for one in plan(store, text, now).faults}


def test_a_look_changes_nothing_and_says_what_each_line_would_do(council, now):
    found = plan(council, FILE, now)

    assert found.faults == []
    assert [one.does for one in found.steps] == ["new", "new"]
    assert "link account https://moodle.example 112" in found.steps[0].more
    assert lookups.all_streams() == []


def test_applying_makes_the_people_with_all_that_the_file_says(council, now):
    apply(council, FILE, now)

    asha = queries.find_person_by_ref(council, "C1")
    assert (asha.name, asha.role, asha.team, asha.manager) == ("Asha", "social_worker", "North A", "C2")
    assert asha.registration == "registered"
    keys = {one.key for one in queries.identifiers_of(council, asha.stream)}
    assert {"account|https://moodle.example|112", "mbox|mailto:asha@council.example"} <= keys
    dossier = dossiers.load(council, asha.stream)
    assert [(one.from_on, one.until_on) for one in dossier.absences] == [
        (date(2026, 8, 3), date(2026, 8, 14))
    ]
    assert dossier.registration_checked_at is not None


def test_applying_twice_finds_nothing_to_do_the_second_time(council, now):
    apply(council, FILE, now)
    before = len(ledger.read(council, lookups.find_stream("C1")))

    again = apply(council, FILE, now)

    assert {one.does for one in again.steps} == {"nothing"}
    assert len(ledger.read(council, lookups.find_stream("C1"))) == before


def test_a_change_is_told_from_what_to_what_and_only_that_is_recorded(council, now):
    apply(council, FILE, now)

    changed = plan(council, "reference,team,name\nC1,South B,Asha\n", now)
    assert changed.steps[0].changes == [("team", "North A", "South B")]
    apply(council, "reference,team,name\nC1,South B,Asha\n", now)

    last = ledger.read(council, lookups.find_stream("C1"))[-1]
    assert (last.kind, last.data) == ("person_changed", {"team": "South B"})


def test_one_fault_anywhere_and_nothing_at_all_is_done(council, now):
    with pytest.raises(Refused, match="There is no role"):
        apply(council, FILE + "C3,Cara,,,wizard,,,,,,,\n", now)

    assert lookups.all_streams() == []


def test_unknown_managers_circles_and_missing_needs_are_faults_with_their_place(council, now):
    text = "reference,name,role,manager\nA,Ada,social_worker,B\nB,Bo,team_manager,A\nC,Cy,social_worker,nobody\nD,,,\n"
    found = messages(council, text, now)

    assert "step by step" in found[(2, "manager")]
    assert "step by step" in found[(3, "manager")]
    assert "Nobody has the reference nobody" in found[(4, "manager")]
    assert {(5, "name"), (5, "role")} <= set(found)


def test_a_circle_that_runs_through_people_already_here_is_found(council, now):
    apply(council, "reference,name,role,manager\nA,Ada,team_manager,\nB,Bo,social_worker,A\n", now)

    assert (2, "manager") in messages(council, "reference,manager\nA,B\n", now)
    assert messages(council, "reference,manager\nB,none\nA,B\n", now) == {}


def test_an_account_that_is_somebody_elses_is_a_fault(council, now):
    apply(council, FILE, now)

    found = messages(
        council, "reference,name,role,accounts\nC3,Cara,social_worker,https://moodle.example 112\n", now
    )

    assert "somebody else" in found[(2, "accounts")]


def test_days_that_cannot_be_are_faults(council, now):
    text = "reference,name,role,registration_checked_on,left_on\nC1,A,social_worker,2027-01-01,2031-01-01\n"

    assert {(2, "registration_checked_on"), (2, "left_on")} <= set(messages(council, text, now))


def test_a_plan_that_changed_since_it_was_shown_is_not_done(council, now):
    shown = plan(council, FILE, now)
    people.register(
        council, ref="C2", attributes={"name": "Rhys", "role": "team_manager"}, now=now, caused_by="test"
    )

    with pytest.raises(Refused) as refusal:
        apply(council, FILE, now, digest=shown.digest)

    assert refusal.value.code == "CHANGED_SINCE"
    assert lookups.find_stream("C1") is None


@pytest.mark.parametrize("days", [("2026-03-20", "2026-03-10"), ("2026-03-10", "2026-03-20")])
def test_a_leaving_day_can_be_put_right_either_way_and_taken_back(council, now, days):
    apply(council, FILE, now)
    for day in days:
        apply(council, f"reference,left_on\nC1,{day}\n", now)
        assert queries.find_person_by_ref(council, "C1").left_on == date.fromisoformat(day)

    apply(council, "reference,left_on\nC1,none\n", now)
    assert queries.find_person_by_ref(council, "C1").left_on is None


def test_a_look_takes_few_queries_however_many_lines_there_are(council, now, monkeypatch):
    many = "reference,name,role,accounts\n" + "".join(
        f"D{one},Person {one},social_worker,https://moodle.example {one}\n" for one in range(200)
    )
    apply(council, many, now)
    ran = []
    execute = council.db.execute_sql
    monkeypatch.setattr(
        council.db, "execute_sql", lambda *given, **more: ran.append(given[0]) or execute(*given, **more)
    )

    assert plan(council, many, now).count("nothing") == 200
    assert len([one for one in ran if one.lstrip().upper().startswith("SELECT")]) <= 3


def test_a_council_that_is_not_set_up_takes_in_nobody(store, now):
    with pytest.raises(Refused, match="not set up"):
        apply(store, FILE, now)


# The page


@pytest.fixture
def wendy(sqlite_store, clock, app):
    return workforce_town(sqlite_store, clock).signed_in(app, "wendy")


def upload(browser, text: str, status: int = 200):
    page = browser.get("/people/import")
    token = page.form("Check the file").find(".//input[@name='csrf_token']").get("value")
    return browser.post(
        "/people/import", {"csrf_token": token, "file": (_stream(text), "people.csv")}, status=status
    )


def _stream(text: str):
    return BytesIO(text.encode())


def test_a_file_is_looked_at_first_and_then_imported(sqlite_store, wendy):
    page = upload(wendy, FILE)
    assert "2 people would be added" in page.text
    assert queries.find_person_by_ref(sqlite_store, "C1") is None

    page = page.submit("Import these people")
    assert "2 added" in page.text
    assert queries.find_person_by_ref(sqlite_store, "C1").name == "Asha"
    assert "nothing to import" in upload(wendy, FILE).text


def test_faults_are_listed_with_line_and_column_and_nothing_can_be_imported(wendy):
    page = upload(wendy, "reference,name,role\nC9,=1,wizard\n")

    assert "Nothing was changed" in page.text
    assert "2 name" in page.text
    assert "Import these people" not in page.text


def test_no_file_at_all_is_asked_for_again(wendy):
    page = wendy.get("/people/import").submit("Check the file", status=400)

    assert "Choose a file." in page.text


def test_the_template_is_a_file_that_can_be_imported(wendy):
    answer = wendy.client.get("/people/template.csv", base_url="https://localhost")

    assert "attachment" in answer.headers["Content-Disposition"]
    assert "2 people would be added" in upload(wendy, answer.text).text


@pytest.mark.parametrize(
    "body", ["", "%%%", b64encode(b"no zlib").decode(), b64encode(zlib.compress(b"x" * 9_000_000)).decode()]
)
def test_a_second_step_that_was_made_up_does_no_harm(wendy, sqlite_store, body):
    before = len(lookups.all_streams())
    page = upload(wendy, FILE)
    token = page.form("Import these people").find(".//input[@name='csrf_token']").get("value")

    answer = wendy.client.post(
        "/people/import/apply", data={"csrf_token": token, "body": body, "digest": "x"}, base_url="https://localhost",
        headers={"Referer": "https://localhost/"},
    )  # fmt: skip

    assert answer.status_code in (302, 409)
    assert len(lookups.all_streams()) == before


# The command


def test_the_command_looks_first_and_applies_only_when_told_to(
    sqlite_store, settings, clock, tmp_path, monkeypatch
):
    workforce_town(sqlite_store, clock)
    here = _deployment(sqlite_store, settings, clock)
    monkeypatch.setattr("passport_service.commands.people.deployment_here", lambda: here)
    file = tmp_path / "people.csv"
    file.write_text(FILE)

    looked = CliRunner().invoke(passport, ["people", "import", str(file)])
    assert "Nothing was changed" in looked.output
    assert queries.find_person_by_ref(sqlite_store, "C1") is None
    done = CliRunner().invoke(passport, ["people", "import", str(file), "--apply"])
    assert "2 new, 0 changed, 0 as they were." in done.output
    assert "Asha" in CliRunner().invoke(passport, ["people", "list", "--search", "C1"]).output
    assert "working_towards" in CliRunner().invoke(passport, ["people", "show", "C1"]).output


def _deployment(store, settings, clock):
    return open_deployment(settings, store, now=clock)


def test_a_file_with_faults_ends_the_command_with_each_of_them(
    sqlite_store, settings, clock, tmp_path, monkeypatch
):
    here = _deployment(sqlite_store, settings, clock)
    monkeypatch.setattr("passport_service.commands.people.deployment_here", lambda: here)
    file = tmp_path / "people.csv"
    file.write_text(write_csv(["reference", "role"], [["C1", "wizard"]]))

    with pytest.raises(Refused):
        CliRunner().invoke(
            passport,
            ["people", "import", str(file), "--apply"],
            catch_exceptions=False,
            standalone_mode=False,
        )
