"""Looking after accounts: invite, change, close."""

import pytest

from passport_service.services import accounts as services
from passport_service.store import accounts
from passport_service.store.tables.work import Outbox
from tests.people import town


@pytest.fixture
def here(sqlite_store, clock):
    made = town(sqlite_store, clock)
    made.person("wendy", "workforce_development", "Workforce")
    made.account("wendy", "workforce_development")
    made.account("ada", "administrator")
    made.person("asha")
    return made


@pytest.fixture
def wendy(here, app):
    return here.signed_in(app, "wendy")


def invite(pages, **fields):
    given = {"email": "asha@council.example", "name": "Asha Patel", "who": "asha", **fields}
    return pages.get("/accounts/new").submit("Send the invitation", **given)


def test_somebody_is_invited_and_linked_to_their_record(here, wendy):
    page = invite(wendy)

    assert "An invitation is on its way to asha@council.example." in page.text
    assert page.heading == "Asha Patel"
    assert "/account/link/" in Outbox.select().where(Outbox.address == "asha@council.example").get().text
    assert "Social worker" in wendy.get("/accounts").text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"email": ""}, "Enter the e-mail address."),
        ({"email": "asha"}, "in the form name@example.org"),
        ({"name": " "}, "Enter the name."),
        ({"who": "nobody"}, "Nobody has the reference nobody."),
        ({"who": "rhys"}, "This person has an account already."),
        ({"roles": ["administrator"]}, "Only an administrator gives or takes"),
    ],
)
def test_what_is_wrong_with_an_invitation_is_said_and_leaves_nothing(here, wendy, fields, words):
    assert words in invite(wendy, **fields).text
    assert accounts.find_by_email(here.store, "asha@council.example") is None


def test_roles_are_changed_and_the_person_signs_in_again(here, app, wendy):
    rhys = here.signed_in(app, "rhys")
    page = wendy.get("/accounts").follow("Rhys")

    page = page.submit("Save the changes", roles=["ccv_reviewer", "team_manager"])

    assert "The account is changed." in page.text
    assert rhys.get("/ccv").heading == "Sign in"
    assert accounts.find(here.store, here.accounts["rhys"].id).roles == ("ccv_reviewer", "team_manager")


def test_an_administrator_is_made_and_closed_by_administrators_alone(here, app, wendy):
    ada = f"/accounts/one?account={here.accounts['ada'].id}"
    assert "Only an administrator" in wendy.get(ada).submit("Save the changes", roles=[]).text
    wendy.get(ada).submit("Close this account", status=403)

    page = here.signed_in(app, "ada").get(f"/accounts/one?account={here.accounts['wendy'].id}")

    assert "changed" in page.submit("Save the changes", roles=["workforce_development", "administrator"]).text


def test_nobody_changes_or_closes_their_own(here, wendy):
    page = wendy.get(f"/accounts/one?account={here.accounts['wendy'].id}")
    assert "This is your own account." in page.text
    token = next(one.get("value") for one in page.every("input") if one.get("name") == "csrf_token")

    wendy.post("/accounts/close", {"csrf_token": token, "account": here.accounts["wendy"].id}, status=403)


def test_a_closed_account_stays_on_record(here, app, wendy):
    rhys = here.signed_in(app, "rhys")
    page = wendy.get("/accounts").follow("Rhys").submit("Close this account")

    assert "The account of Rhys is closed." in page.text
    assert rhys.get("/ccv").heading == "Sign in"
    assert "not opened again" in page.follow("Rhys").text


def test_an_invitation_is_posted_again_and_the_first_link_is_over(here, wendy, settings):
    page = invite(wendy)
    first = Outbox.select().where(Outbox.address == "asha@council.example").get().text
    page.submit("Post the invitation again")

    word = first.split("/account/link/")[1].split()[0]
    assert services.find_invited(here.store, word, now=here.now) is None


def test_inviting_an_address_again_says_that_the_link_before_is_over(wendy):
    assert "no longer works" not in invite(wendy).text
    assert "The one before no longer works." in invite(wendy).text


def test_an_account_that_is_none_is_not_there(here, wendy):
    wendy.get("/accounts/one?account=A0", status=404)
