"""``passport key`` and ``passport sample``: what an administrator types to let a learning system in and try it out."""

import json

import pytest
from click.testing import CliRunner

from passport_service.app import open_deployment
from passport_service.cli import passport
from passport_service.config import require_secret
from passport_service.domain.errors import Refused
from passport_service.services import authentication, keys, passports, statements, training
from tests.people import BY
from tests.workforce import MOODLE, link, workforce_town


@pytest.fixture
def here(sqlite_store, clock):
    return workforce_town(sqlite_store, clock)


@pytest.fixture
def run(here, settings, clock, monkeypatch):
    """Types a command; what it prints is returned, and a refusal is raised."""
    deployment = open_deployment(settings, here.store, now=clock)
    for name in ("key", "sample"):
        monkeypatch.setattr(f"passport_service.commands.{name}.deployment_here", lambda: deployment)

    def typed(*words: str) -> str:
        done = CliRunner().invoke(passport, words, catch_exceptions=False, standalone_mode=False)
        return str(done.stdout)

    return typed


def secret_in(text: str) -> tuple[str, str]:
    parts = dict(line.split(maxsplit=1) for line in text.splitlines() if line.startswith(("key", "secret")))
    return parts["key"], parts["secret"]


def test_a_key_is_made_with_its_rights_and_its_secret_opens_the_door(here, run, settings):
    key, secret = secret_in(
        run("key", "create", "--purpose", "xapi", "--label", "Moodle", "--home-page", MOODLE, "--may-void")
    )

    pepper = require_secret(settings)
    found = authentication.by_secret(here.store, key, secret, purpose="xapi", pepper=pepper, now=here.now)
    assert found is not None
    assert (found.label, found.home_pages, found.may_void, found.may_waive) == (
        "Moodle",
        (MOODLE,),
        True,
        False,
    )


def test_the_list_of_keys_never_shows_a_secret(run):
    key, secret = secret_in(
        run("key", "create", "--purpose", "api", "--label", "Case system", "--may-decide")
    )

    listed = run("key", "list")

    assert f"{key}\tapi\tCase system\tany\tmay-decide\tnever used" in listed
    assert secret not in listed


def test_a_key_is_made_for_a_kind_of_system_or_scope_by_scope(here, run):
    def scopes(*options):
        return (
            run("key", "create", "--purpose", "xapi", "--label", "LMS", *options).splitlines()[-1].split()[1:]
        )

    assert scopes() == ["statements/write", "statements/read/mine", "state", "profile"]
    assert scopes("--preset", "reader") == ["statements/read"]
    assert scopes("--preset", "sender", "--scope", "state") == ["statements/write", "state"]
    assert scopes("--scope", "all/read", "--scope", "profile") == ["profile", "all/read"]


def test_a_key_changes_what_it_may_do(here, run):
    key, _ = secret_in(run("key", "create", "--purpose", "xapi", "--label", "LMS"))
    said = run("key", "change", key, "--scope", "all", "--rate-limit", "0")

    assert said.strip() == f"{key} may all; no rate limit"
    assert (
        run("key", "change", key, "--default-rate-limit").strip()
        == f"{key} may all; the setting's rate limit"
    )


def test_a_secret_is_changed_without_a_gap(here, run, settings):
    pepper = settings.secret_key.get_secret_value()
    key, first = secret_in(run("key", "create", "--purpose", "xapi", "--label", "Moodle"))
    _, second = secret_in(run("key", "rotate", key))

    def opens(secret):
        return (
            authentication.by_secret(here.store, key, secret, purpose="xapi", pepper=pepper, now=here.now)
            is not None
        )

    assert (opens(first), opens(second)) == (True, True)
    assert "secret 1 of" in run("key", "end-secret", key, "1")
    assert (opens(first), opens(second)) == (False, True)
    shown = run("key", "show", key)
    assert [line.split("\t")[-1].split()[0] for line in shown.splitlines() if line.startswith("secret")] == [
        "ended",
        "live",
    ]
    assert second not in shown


def test_a_key_that_was_ended_opens_nothing(here, run, settings):
    key, secret = secret_in(run("key", "create", "--purpose", "xapi", "--label", "Moodle"))
    run("key", "revoke", key)

    pepper = require_secret(settings)
    assert (
        authentication.by_secret(here.store, key, secret, purpose="xapi", pepper=pepper, now=here.now) is None
    )
    assert "ended" in run("key", "list")
    with pytest.raises(Refused):
        run("key", "revoke", key)


@pytest.mark.parametrize("generation", ["", "current", "4", "3"])
def test_a_sample_of_moodle_completes_all_core_training(here, run, generation):
    link(here, "ben", "45")
    batch = json.loads(
        run("sample", "moodle", "--person", "ben", *(["--generation", generation] if generation else []))
    )
    key = keys.create(here.store, label="Moodle", purpose="xapi", pepper="p" * 32, by=BY, now=here.now).key

    statements.accept_values(here.store, key=key, values=batch, now=here.now)

    assert len(batch) == 7
    found = passports.standpoint(here.store, here.streams["ben"], now=here.now)
    assert found.criteria.outstanding == ()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("sample", "moodle", "--person", "nobody"), "Nobody has the reference"),
        (("sample", "moodle", "--person", "ben"), "no account in a learning system"),
        (("sample", "moodle", "--person", "asha", "--generation", "9"), "no generation"),
        (("sample", "abacus", "--person", "asha"), "no sample of abacus"),
    ],
)
def test_a_sample_that_cannot_be_made_says_why(run, words, says):
    with pytest.raises(Refused, match=says):
        run(*words)


def test_a_sample_needs_an_activity_for_every_core_course(here, run):
    activity = "https://moodle.example/course/view.php?id=8"
    training.unmap_activity(
        here.store, activity=activity, course="mca", now=here.now, caused_by=BY, cancel=True
    )

    with pytest.raises(Refused, match="Mental Capacity Act"):
        run("sample", "moodle", "--person", "asha")
