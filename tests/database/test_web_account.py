"""Coming in and going out, as a person in a browser does it."""

import re

import pytest

from passport_service.app import create_app
from passport_service.config import Settings
from passport_service.services import accounts, people
from passport_service.store.tables.work import Outbox
from passport_service.web.users import session_name
from tests.pages import Pages
from tests.people import town

PASSWORD = "blue kettle mountain"


@pytest.fixture
def here(sqlite_store, clock):
    made = town(sqlite_store, clock)
    made.person("asha")
    return made


def link():
    text = Outbox.select().where(Outbox.text.contains("/account/link/")).order_by(Outbox.id.desc()).get().text
    return re.search(r"(/account/link/\S+)", text).group(1)


def invite(here, settings):
    return accounts.invite(
        here.store,
        settings,
        email="asha@council.example",
        name="Asha Patel",
        roles=[],
        who="asha",
        now=here.now,
        by="test",
    )


def set_password(here, pages, settings):
    invite(here, settings)
    return pages.get(link()).submit("Set the password", password=PASSWORD)


def sign_in(pages, email="asha@council.example", password=PASSWORD, status=200):
    return pages.get("/sign-in").submit("Sign in", email=email, password=password, status=status)


def test_from_the_invitation_to_the_first_page(here, pages, settings):
    page = set_password(here, pages, settings)
    assert page.heading == "Sign in"
    assert "Your password is set" in page.text

    page = sign_in(pages)

    assert page.path == "/passport"
    assert page.links["Asha Patel: your account"] == "/account"


def test_the_word_of_the_link_leaves_the_address(here, pages, settings):
    invite(here, settings)

    assert pages.get(link()).path == "/account/password"


def test_a_link_that_was_used_says_so(here, pages, settings):
    set_password(here, pages, settings)

    page = pages.get(link(), status=404)

    assert page.heading == "This link no longer works"


def test_a_password_that_is_too_short_is_said_beside_the_field(here, pages, settings):
    invite(here, settings)

    page = pages.get(link()).submit("Set the password", password="short")

    assert "at least 12 characters" in page.text
    assert page.answer.text.count('href="#password"') == 1


def test_a_wrong_password_and_an_unknown_address_read_alike(here, pages, settings):
    set_password(here, pages, settings)

    wrong = sign_in(pages, password="not this one at all").text
    unknown = sign_in(pages, email="nobody@council.example").text

    assert "The e-mail address or the password is not right." in wrong
    assert wrong == unknown


def test_too_many_tries_are_told_to_wait(here, pages, settings):
    for _ in range(10):
        sign_in(pages)

    assert "Wait 15 minutes" in sign_in(pages, status=429).text


def test_who_asks_for_a_new_password_is_told_the_same_whoever_they_are(here, pages, settings):
    set_password(here, pages, settings)
    known = pages.get("/account/forgotten").submit("Post me a link", email="asha@council.example").text
    unknown = pages.get("/account/forgotten").submit("Post me a link", email="nobody@council.example").text

    assert known == unknown
    assert pages.get(link()).heading == "Choose a password"


def test_signing_out_is_a_post_and_ends_the_session(here, app, pages, settings):
    set_password(here, pages, settings)
    sign_in(pages)
    assert pages.client.get("/sign-out", base_url="https://localhost").status_code == 405

    form = pages.get("/passport").every("form")[0]
    token = next(field.get("value") for field in form.iter("input"))
    page = pages.post("/sign-out", {"csrf_token": token})

    assert page.heading == "Sign in"
    assert pages.get("/passport").heading == "Sign in"


def test_after_signing_in_the_person_is_where_they_wanted_to_be(here, pages, settings):
    set_password(here, pages, settings)
    page = pages.get("/passport/training?from=letter")
    assert page.heading == "Sign in"

    page = page.submit("Sign in", email="asha@council.example", password=PASSWORD)

    assert page.path == "/passport/training"


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "\n//x",
    ],
)
def test_signing_in_never_leads_elsewhere(here, pages, settings, wanted):
    set_password(here, pages, settings)
    page = pages.get("/sign-in")

    page = page.submit("Sign in", email="asha@council.example", password=PASSWORD, next=wanted)

    assert page.path == "/passport"


def test_a_session_ends_after_its_hours_however_busy_it_was(here, app, settings, clock):
    pages = here.signed_in(app, "asha")
    for _ in range(8):
        clock.move(hours=1)
        assert pages.get("/passport").heading == "My passport"
    clock.move(hours=1)

    assert pages.get("/passport").heading == "Sign in"


def test_a_closed_account_is_out_at_once(here, app):
    pages = here.signed_in(app, "asha")
    assert pages.get("/passport").heading == "My passport"

    accounts.deactivate(here.store, here.accounts["asha"].id, now=here.now, by="test")

    assert pages.get("/passport").heading == "Sign in"


def test_a_leaver_is_out_at_once(here, app):
    pages = here.signed_in(app, "asha")
    people.leave(here.store, here.streams["asha"], on=here.now.date(), now=here.now, caused_by="test")

    assert pages.get("/passport").heading == "Sign in"


def test_a_session_with_an_old_version_or_from_the_future_is_none(here, app, clock):
    account = here.account("asha")
    name = session_name(account, here.now)
    old = name.replace(f".{account.session_version}.", f".{account.session_version - 1}.")
    for broken in (old, name + "0", "nobody", "a.b.c", f"{account.id}.{account.session_version}"):
        assert Pages(app).sign_in_as(broken).get("/passport").heading == "Sign in"


def test_ones_own_account_shows_what_one_may_do_and_what_happened(here, app):
    page = here.signed_in(app, "rhys").get("/account")

    assert "CCV reviewer" in page.text
    assert "Account made" in page.text


def test_an_account_that_is_linked_to_nobody_is_told_whom_to_ask(here, app):
    here.account("ghost", "ccv_reviewer")

    page = here.signed_in(app, "ghost").get("/ccv/decide?item=A-1", status=403)

    assert "not linked to a staff record" in page.text


def test_one_click_signs_in_only_in_the_demonstration(here, app, settings, tmp_path):
    account = here.account("asha")
    pages = Pages(app)
    page = pages.get("/sign-in")
    token = next(one.get("value") for one in page.every("input") if one.get("name") == "csrf_token")
    assert "demonstration" not in page.text
    pages.post("/sign-in/demo", {"csrf_token": token, "account": account.id}, status=404)

    demo = Settings(
        demo=True,
        public_url="http://localhost",
        data_folder=tmp_path,
        secret_key=settings.secret_key.get_secret_value(),
    )
    demo_pages = Pages(create_app(demo, here.store, now=here.clock))

    page = demo_pages.get("/sign-in").submit("Asha")

    assert page.heading == "My passport"


def test_nobody_comes_near_the_demonstration_from_another_machine(here, settings, tmp_path):
    demo = Settings(demo=True, public_url="http://localhost", data_folder=tmp_path, secret_key="x" * 32)
    client = create_app(demo, here.store, now=here.clock).test_client()

    assert client.get("/sign-in", environ_base={"REMOTE_ADDR": "192.0.2.7"}).status_code == 403
