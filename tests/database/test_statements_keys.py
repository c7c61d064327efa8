"""Keys: a secret shown once, checked cheaply, ended at once."""

from datetime import timedelta
from typing import Any

import pytest
from playhouse.migrations import Runner

from passport_service.domain.errors import Refused
from passport_service.services import authentication, keys
from passport_service.services.keys import Key, Made
from passport_service.store.database import MIGRATIONS, Store, migrate
from passport_service.store.keys import stamp
from passport_service.xapi.scopes import Scope
from tests.database.sending import PEPPER, START


def make(store: Store, **more: Any) -> Made:
    asked = {"label": "Moodle", "purpose": "xapi"} | more
    return keys.create(store, pepper=PEPPER, by="admin", now=START, **asked)


def open_with(store: Store, key_id: str, secret: str, **more: Any) -> Key | None:
    asked = {"purpose": "xapi", "pepper": PEPPER, "now": START} | more
    return authentication.by_secret(store, key_id, secret, **asked)


def test_a_key_opens_with_its_secret_and_nothing_else(store: Store) -> None:
    made = make(store, may_void=True, home_pages=["https://moodle.example/"])
    key = open_with(store, made.key.id, made.secret)
    assert key is not None
    assert (key.id, key.may_void, key.may_waive, key.home_pages) == (
        made.key.id,
        True,
        False,
        ("https://moodle.example",),
    )
    for key_id, secret in [
        (made.key.id, made.secret + "x"),
        (made.key.id, ""),
        ("k0000000", made.secret),
        ("", ""),
        ("k\x00", made.secret),
        (made.key.id, "\ud800"),
    ]:
        assert open_with(store, key_id, secret) is None


def test_a_key_is_of_no_use_elsewhere(store: Store) -> None:
    made = make(store)
    assert open_with(store, made.key.id, made.secret, purpose="api") is None
    assert open_with(store, made.key.id, made.secret, pepper="another deployment's secret") is None


def test_a_secret_is_long_random_and_not_kept(store: Store) -> None:
    made, other = make(store), make(store)
    assert made.secret != other.secret
    assert len(made.secret) >= 43
    row = store.execute("SELECT * FROM key_secret WHERE key_id = ?", (made.key.id,)).fetchone()
    assert not any(
        made.secret in str(value) or made.secret.encode() in bytes(str(value), "utf-8") for value in row
    )


def test_a_secret_is_never_taken_for_an_option_of_a_command() -> None:
    assert not any(keys.new_secret().startswith("-") for _ in range(1000))


def test_a_revoked_key_is_ended_at_once(store: Store) -> None:
    made = make(store)
    keys.revoke(store, made.key.id, now=START)
    assert open_with(store, made.key.id, made.secret) is None
    assert keys.load(store, made.key.id).revoked_at == START
    with pytest.raises(Refused):
        keys.revoke(store, made.key.id, now=START)


def test_use_is_noted_now_and_then(store: Store) -> None:
    made = make(store)
    for minutes in (0, 4, 6, 10):
        open_with(store, made.key.id, made.secret, now=START + timedelta(minutes=minutes))
    assert keys.load(store, made.key.id).last_used_at == START + timedelta(minutes=6)


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"label": " "}, "label"),
        ({"purpose": "web"}, "purpose"),
        ({"home_pages": ["moodle.example"]}, "home_pages"),
    ],
)
def test_a_key_that_makes_no_sense_is_not_made(store: Store, wrong: dict[str, Any], where: str) -> None:
    with pytest.raises(Refused) as refusal:
        make(store, **wrong)
    assert (refusal.value.code, refusal.value.where) == ("MALFORMED", where)
    assert keys.every(store) == []


def test_a_key_that_does_not_exist_is_not_found(store: Store) -> None:
    with pytest.raises(Refused) as refusal:
        keys.load(store, "k0000000")
    assert refusal.value.code == "NOT_FOUND"


def test_a_key_has_two_secrets_at_most_and_one_at_least(store: Store) -> None:
    made = make(store)
    with pytest.raises(Refused) as refusal:
        keys.end_secret(store, made.key.id, 1, by="admin", now=START)
    assert refusal.value.code == "LAST_SECRET"
    keys.rotate(store, made.key.id, pepper=PEPPER, by="admin", now=START)
    with pytest.raises(Refused) as refusal:
        keys.rotate(store, made.key.id, pepper=PEPPER, by="admin", now=START)
    assert refusal.value.code == "TWO_SECRETS"
    with pytest.raises(Refused) as refusal:
        keys.end_secret(store, made.key.id, 3, by="admin", now=START)
    assert refusal.value.code == "NOT_FOUND"


def test_every_change_of_a_key_raises_the_stamp_and_use_does_not(store: Store) -> None:
    stamps = [stamp(store)]
    made = make(store)
    stamps.append(stamp(store))
    keys.change(store, made.key.id, by="admin", now=START, label="Moodle 4.5")
    stamps.append(stamp(store))
    second = keys.rotate(store, made.key.id, pepper=PEPPER, by="admin", now=START)
    stamps.append(stamp(store))
    assert open_with(store, made.key.id, second.secret, now=START + timedelta(hours=1)) is not None
    assert stamp(store) == stamps[-1]
    keys.end_secret(store, made.key.id, 1, by="admin", now=START)
    stamps.append(stamp(store))
    keys.revoke(store, made.key.id, now=START)
    stamps.append(stamp(store))
    assert stamps == sorted(set(stamps))
    assert stamps[0] == 0


def test_keys_that_were_there_before_go_on_with_their_secret_and_what_they_could_do(store: Store) -> None:
    runner = Runner(store.db, str(MIGRATIONS))
    made, case = make(store), make(store, purpose="api")
    runner.down("0009_key_scopes")
    migrate(store)
    key = open_with(store, made.key.id, made.secret)
    assert key is not None
    assert key.scopes == {Scope.STATEMENTS_WRITE, Scope.STATEMENTS_READ_MINE}
    other = open_with(store, case.key.id, case.secret, purpose="api")
    assert other is not None
    assert other.scopes == frozenset()
