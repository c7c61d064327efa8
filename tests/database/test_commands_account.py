"""``passport account`` as an administrator types it."""

import pytest
from click.testing import CliRunner

from passport_service.cli import passport
from passport_service.store.tables.work import Outbox


@pytest.fixture
def run(sqlite_url, tmp_path):
    environment = {
        "PASSPORT_DATABASE_URL": sqlite_url, "PASSPORT_DATA_FOLDER": str(tmp_path), "PASSPORT_SECRET_KEY": "x" * 32,
        "PASSPORT_PUBLIC_URL": "https://passport.council.example",
    }  # fmt: skip

    def command(*words):
        return CliRunner(env=environment).invoke(passport, ["account", *words])

    return command


def test_an_invitation_names_the_address_of_the_service(run):
    said = run("invite", "ada@council.example", "--name", "Ada Marsh", "--role", "administrator")

    assert said.exit_code == 0, said.output
    assert "waits in the outbox" in said.output
    assert "https://passport.council.example/account/link/" in Outbox.select().get().text
    assert "/account/link/" not in said.output


def test_the_list_shows_state_and_roles(run):
    run("invite", "ada@council.example", "--name", "Ada Marsh", "--role", "administrator")
    run("roles", "ada@council.example", "ccv_lead")
    assert "invited ada@council.example  -  ccv_lead" in run("list").output
    run("deactivate", "ada@council.example")

    assert "closed  ada@council.example" in run("list").output


def test_what_cannot_be_is_refused(run):
    said = run("link", "nobody@council.example", "S1")

    assert said.exit_code != 0
    assert "There is no account with this address." in str(said.exception)


def test_inviting_again_takes_the_unsent_letter_back_and_says_so(run):
    invitation = ("invite", "ada@council.example", "--name", "Ada Marsh")
    assert "invited again" not in run(*invitation).output
    first = Outbox.select().get().text
    run("invite", "ben@council.example", "--name", "Ben Okafor")

    assert "invited again; the earlier link has ended" in run(*invitation).output
    assert first not in [one.text for one in Outbox.select()]
    assert sorted(one.address for one in Outbox.select()) == ["ada@council.example", "ben@council.example"]
