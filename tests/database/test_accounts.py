"""Accounts: by invitation, with a password of one's own, limited in tries, ended with the job."""

import re
from datetime import date, timedelta
from functools import partial

import pytest

from passport_service.config import Settings
from passport_service.domain.errors import Refused
from passport_service.services import accounts as services
from passport_service.services import people, signing_in
from passport_service.store import accounts, security_log
from passport_service.store.tables.work import Outbox
from tests.database.together import meanwhile, together
from tests.people import town

PASSWORD = "blue kettle mountain"


@pytest.fixture
def here(store, clock):
    return town(store, clock)


@pytest.fixture
def settings(tmp_path):
    return Settings(data_folder=tmp_path, secret_key="a secret that is only ever used in tests")


def invite(here, settings, email="asha@council.example", **more):
    given = {"name": "Asha Patel", "roles": [], "by": "test", "now": here.now, **more}
    return services.invite(here.store, settings, email=email, **given)


def letters():
    return list(Outbox.select().where(Outbox.notice.startswith("A")).order_by(Outbox.id))


def token():
    """The word in the latest link."""
    return re.search(r"/account/link/(\S+)", letters()[-1].text).group(1)


def with_password(here, settings, **more):
    account = invite(here, settings, **more)
    services.set_password(here.store, settings, token(), PASSWORD, now=here.now)
    return account


def sign_in(here, settings, email="asha@council.example", password=PASSWORD, address="192.0.2.1"):
    return signing_in.sign_in(
        here.store, settings, email=email, password=password, address=address, now=here.now
    )


def test_an_invitation_is_a_link_in_the_outbox_that_sets_a_password(here, settings):
    account = invite(here, settings)
    assert not accounts.find(here.store, account.id).has_password
    assert "blue" not in letters()[-1].text
    assert "Choose a password" in letters()[-1].html

    services.set_password(here.store, settings, token(), PASSWORD, now=here.now)

    assert sign_in(here, settings).account.id == account.id


def test_the_word_of_a_link_is_kept_only_as_a_digest(here, settings):
    invite(here, settings)

    held = here.store.execute("SELECT token_hash FROM account WHERE token_hash IS NOT NULL").fetchall()

    assert all(token().encode() not in bytes(row[0]) for row in held)


def test_a_link_works_once(here, settings):
    with_password(here, settings)
    link = re.search(r"/account/link/(\S+)", letters()[0].text).group(1)

    with pytest.raises(Refused) as refused:
        services.set_password(here.store, settings, link, "another long word", now=here.now)
    assert refused.value.code == "NOT_FOUND"


def test_an_invitation_runs_out_after_a_week(here, settings):
    invite(here, settings)
    word = token()
    here.clock.move(days=7)

    assert services.find_invited(here.store, word, now=here.now) is None


def test_a_link_for_a_new_password_runs_out_after_an_hour_and_leaves_the_old_one_alone(here, settings):
    account = with_password(here, settings)
    services.ask_reset(here.store, settings, accounts.find(here.store, account.id), now=here.now)
    word = token()
    assert sign_in(here, settings).account
    here.clock.move(hours=1)

    assert services.find_invited(here.store, word, now=here.now) is None
    assert sign_in(here, settings).account


def test_who_was_invited_may_be_invited_again_until_there_is_a_password(here, settings):
    first = invite(here, settings)
    assert invite(here, settings).id == first.id
    services.set_password(here.store, settings, token(), PASSWORD, now=here.now)

    with pytest.raises(Refused) as refused:
        invite(here, settings)
    assert refused.value.code == "ID_CONFLICT"


def test_an_invitation_again_takes_back_the_letter_that_waits_but_not_one_that_is_sent(here, settings):
    account, other = invite(here, settings), invite(here, settings, email="b@council.example")
    first = letters_to(account)
    assert invite(here, settings).invited_at == here.now
    [second] = letters_to(account)
    assert (len(first), first[0] != second, len(letters_to(other))) == (1, True, 1)
    Outbox.update(state="sent", sent_at=here.now).execute()
    invite(here, settings)
    assert len(letters_to(account)) == 2


def letters_to(account):
    return [one.text for one in Outbox.select().where(Outbox.address == account.email)]


def test_of_several_invitations_at_once_one_makes_the_account(here, settings):
    found = together(here.store, [partial(invite, here, settings)] * 4)
    made = [one for one in found if not isinstance(one, Refused)]
    assert {one.id for one in made} == {accounts.find_by_email(here.store, "asha@council.example").id}
    assert {one.code for one in found if isinstance(one, Refused)} <= {"ID_CONFLICT"}


def test_of_two_accounts_linked_to_a_person_at_once_one_is(here, settings):
    here.person("asha")
    one, other = (invite(here, settings, email=f"{name}@council.example") for name in ("a", "b"))
    link = partial(services.link, here.store, other.id, "asha", now=here.now, by="test")
    with pytest.raises(Refused) as refused, meanwhile(here.store, link):
        services.link(here.store, one.id, "asha", now=here.now, by="test")
    assert refused.value.code == "ID_CONFLICT"
    assert accounts.find_by_stream(here.store, here.streams["asha"]).id == one.id


@pytest.mark.parametrize(
    "email", ["", "asha", "@council.example", "asha@", "a b@council.example", "a@b\x00c"]
)
def test_an_address_has_the_form_of_one(here, settings, email):
    with pytest.raises(Refused) as refused:
        invite(here, settings, email=email)
    assert refused.value.where == "email"


def test_a_role_that_is_none_is_refused(here, settings):
    with pytest.raises(Refused) as refused:
        invite(here, settings, roles=["emperor"])
    assert refused.value.code == "MALFORMED"


def test_a_password_that_is_the_persons_name_is_refused_and_the_link_still_works(here, settings):
    invite(here, settings)
    with pytest.raises(Refused):
        services.set_password(here.store, settings, token(), "ashapatelasha", now=here.now)

    services.set_password(here.store, settings, token(), PASSWORD, now=here.now)


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("asha@council.example", "wrong"),
        ("nobody@council.example", PASSWORD),
        ("", ""),
        ("asha@council.example", "\ud800"),
    ],
)
def test_whoever_is_not_there_gets_the_same_answer(here, settings, email, password):
    with_password(here, settings)

    assert sign_in(here, settings, email, password) == signing_in.Answer()


def test_signing_in_does_not_mind_capital_letters_or_spaces_around_the_address(here, settings):
    with_password(here, settings)

    assert sign_in(here, settings, "  Asha@Council.Example ").account


def test_an_account_without_a_password_opens_for_no_password(here, settings):
    invite(here, settings)

    assert sign_in(here, settings, password="").account is None


@pytest.mark.parametrize("email", ["asha@council.example", "nobody@council.example"])
def test_ten_failures_close_the_door_for_a_while_whether_or_not_the_account_exists(here, settings, email):
    with_password(here, settings)
    for _ in range(signing_in.TRIES_AN_ACCOUNT):
        assert not sign_in(here, settings, email, "wrong").too_many

    assert sign_in(here, settings, email, PASSWORD).too_many
    here.clock.move(minutes=15)
    assert not sign_in(here, settings, email, PASSWORD).too_many


def test_one_address_cannot_try_many_accounts(here, settings, monkeypatch):
    monkeypatch.setattr(signing_in, "TRIES_AN_ADDRESS", 3)
    for number in range(3):
        assert not sign_in(here, settings, f"{number}@council.example", "wrong").too_many

    assert sign_in(here, settings, "4@council.example", "wrong").too_many
    assert not sign_in(here, settings, "4@council.example", "wrong", address="192.0.2.2").too_many


def test_signing_in_rightly_does_not_use_tries_up(here, settings):
    with_password(here, settings)
    for _ in range(signing_in.TRIES_AN_ACCOUNT + 2):
        assert sign_in(here, settings).account


def test_an_account_that_was_closed_opens_no_more(here, settings):
    account = with_password(here, settings)
    before = accounts.find(here.store, account.id).session_version

    services.deactivate(here.store, account.id, now=here.now, by="test")

    assert sign_in(here, settings).account is None
    assert accounts.find(here.store, account.id).session_version > before
    with pytest.raises(Refused):
        invite(here, settings)


def test_a_leaver_cannot_sign_in_from_the_day_they_leave(here, settings):
    stream = here.person("asha")
    account = with_password(here, settings, who="asha")
    people.leave(here.store, stream, on=date(2026, 3, 10), now=here.now, caused_by="test")
    assert sign_in(here, settings).account
    here.clock.move(days=8)

    assert sign_in(here, settings).account is None
    assert services.deactivate_leavers(here.store, now=here.now) == 1
    assert not accounts.find(here.store, account.id).active


def test_an_account_is_linked_to_one_person_and_a_person_to_one_account(here, settings):
    here.person("asha")
    invite(here, settings, who="asha")
    other = invite(here, settings, email="other@council.example")

    with pytest.raises(Refused) as refused:
        services.link(here.store, other.id, "asha", now=here.now, by="test")
    assert refused.value.code == "ID_CONFLICT"
    with pytest.raises(Refused) as refused:
        services.link(here.store, other.id, "nobody", now=here.now, by="test")
    assert refused.value.code == "NOT_FOUND"


def test_the_work_of_a_practitioner_is_theirs_by_their_record_not_by_grant(here, settings):
    stream = here.person("asha")
    account = invite(here, settings, who="asha", roles=["occupational_therapist", "team_manager"])
    assert services.roles_of(here.store, services.load(here.store, account.id)) == {
        "social_worker",
        "team_manager",
    }

    people.change(here.store, stream, {"role": "team_manager"}, now=here.now, caused_by="test")

    assert services.roles_of(here.store, services.load(here.store, account.id)) == {"team_manager"}


def test_a_new_password_signs_everybody_out_and_says_so(here, settings):
    account = with_password(here, settings)
    before = accounts.find(here.store, account.id).session_version
    services.ask_reset(here.store, settings, accounts.find(here.store, account.id), now=here.now)

    services.set_password(here.store, settings, token(), "yellow paper boats", now=here.now)

    assert accounts.find(here.store, account.id).session_version > before
    assert letters()[-1].subject == "Your password was set"
    assert sign_in(here, settings).account is None
    assert sign_in(here, settings, password="yellow paper boats").account


def test_asking_for_a_new_password_posts_only_to_those_who_are_there_and_not_too_often(here, settings):
    with_password(here, settings)
    before = len(letters())
    for email in ["nobody@council.example", *["asha@council.example"] * 5]:
        signing_in.forgotten(here.store, settings, email=email, address="192.0.2.1", now=here.now)

    assert len(letters()) - before == signing_in.RESETS_AN_ACCOUNT


def test_the_security_log_knows_who_came_and_who_tried_but_no_secret(here, settings):
    account = with_password(here, settings)
    sign_in(here, settings, password="a wrong guess")
    sign_in(here, settings, email="nobody@council.example", password="a wrong guess")
    sign_in(here, settings)

    entries = security_log.latest(here.store, limit=100)
    kinds = [(one.kind, one.who) for one in entries]

    assert kinds[0] == ("signed_in", account.id)
    assert ("sign_in_failed", account.id) in kinds
    assert ("sign_in_failed", None) in kinds
    written = " ".join(str(one.detail) for one in entries)
    assert "nobody@" not in written
    assert "guess" not in written
    assert "link" not in written


def test_tries_of_an_earlier_time_are_forgotten(here, settings):
    sign_in(here, settings)
    here.clock.now += timedelta(hours=2)
    sign_in(here, settings)

    (windows,) = here.store.execute("SELECT count(DISTINCT window_at) FROM rate").fetchone()
    assert windows == 1
