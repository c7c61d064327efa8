"""Settings: every one documented, a wrong one named, and defaults that are safe in production."""

import pytest
from click.testing import CliRunner

from passport_service.commands.settings import command
from passport_service.config import SettingsError, load_settings, require_secret
from tests.project.files import ROOT


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("PASSPORT_SMTP_PORT", "post", "valid integer"),
        ("PASSPORT_SESSION_HOURS", "99", "less than or equal to 24"),
        ("PASSPORT_DATABASE_URL", "mysql://there", "postgresql://"),
        ("DATABASE_URL", "mysql://there", "postgresql://"),
        ("PASSPORT_PUBLIC_URL", "http://there", "https://"),
        ("PASSPORT_PUBLIC_URL", "https://there/passports", "no path"),
        ("PASSPORT_PUBLIC_URL", "https://there?a=b", "no path"),
        ("PASSPORT_INTEGRATIONS", "integrations.nowhere", "integrations.nowhere"),
        ("PASSPORT_SECRET_KEY", "short", "32"),
        ("PASSPORT_XAPI_VERSION", "0.95", "1.0.3"),
        ("PASSPORT_SMPT_HOST", "mail", "no such setting"),
    ],
)
def test_a_wrong_setting_stops_the_start_and_is_named(monkeypatch, name, value, says):
    monkeypatch.setenv(name, value)

    with pytest.raises(SettingsError) as stopped:
        load_settings()

    [problem] = stopped.value.problems
    named, _, reason = problem.partition(": ")
    assert name in named.split(" or ")
    assert says in reason


def test_mail_without_a_sender_stops_the_start(monkeypatch):
    monkeypatch.setenv("PASSPORT_SMTP_HOST", "mail")

    with pytest.raises(SettingsError, match="PASSPORT_MAIL_FROM"):
        load_settings()


def test_the_site_has_no_key_by_default():
    with pytest.raises(SettingsError, match="PASSPORT_SECRET_KEY"):
        require_secret(load_settings())


def test_every_setting_is_in_the_documentation_as_it_is():
    printed = CliRunner().invoke(command).output

    assert printed.strip() in (ROOT / "docs" / "settings.md").read_text()


def test_plug_ins_get_their_settings_and_not_the_key_that_signs_sessions(monkeypatch):
    monkeypatch.setenv("PASSPORT_PLUGIN_LRS_URL", "https://lrs.example")
    monkeypatch.setenv("PASSPORT_SMTP_PASSWORD", "word")

    given = load_settings().for_plugins()

    assert given["lrs_url"] == "https://lrs.example"
    assert given["smtp_password"] == "word"
    assert "secret_key" not in given
