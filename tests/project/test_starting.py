"""The service starts the same from a checkout and from a wheel, and its processes are those of the Procfile."""

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from passport_service.app import create_app
from passport_service.cli import passport
from passport_service.web import templating
from tests.project.files import ROOT

SHOW_A_PAGE = """
from passport_service.app import create_app
from passport_service.config import load_settings
print(create_app(load_settings()).test_client().get("/privacy", base_url="https://localhost").status)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def run(arguments, *, path: Path, at: Path):
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(path), "PASSPORT_SECRET_KEY": "x" * 32}
    return subprocess.run(
        [sys.executable, "-P", *arguments],
        cwd=at,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def processes() -> dict[str, str]:
    lines = (ROOT / "Procfile").read_text().splitlines()
    return {name: command.strip() for name, _, command in (line.partition(":") for line in lines)}


def test_the_wheel_holds_the_service_its_plug_ins_templates_assets_and_migrations(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())

    for wanted in (
        "passport_service/app.py",
        "passport_service/templates/base.html",
        "passport_service/static/service.css",
        "passport_service/static/service.js",
        "passport_service/data/bank_holidays.json",
        "integrations/__init__.py",
    ):
        assert wanted in names
    assert any(re.fullmatch(r"passport_service/store/migrations/\d+_\w+\.py", name) for name in names)
    assert not any(name.startswith(("tests/", "templates/", "benchmarks/", "assets/")) for name in names)


@pytest.mark.slow
def test_a_wheel_starts_away_from_the_checkout(wheel, tmp_path):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")

    migrated = run(["-m", "passport_service", "migrate"], path=tmp_path / "installed", at=tmp_path)
    shown = run(["-c", SHOW_A_PAGE], path=tmp_path / "installed", at=tmp_path)

    assert migrated.returncode == 0, migrated.stderr
    assert shown.stdout.strip() == "200 OK", shown.stderr


@pytest.mark.slow
def test_a_bare_checkout_starts_from_anywhere(tmp_path):
    migrated = run(["-m", "passport_service", "migrate"], path=ROOT, at=tmp_path)
    shown = run(["-c", SHOW_A_PAGE], path=ROOT, at=tmp_path)

    assert migrated.returncode == 0, migrated.stderr
    assert shown.stdout.strip() == "200 OK", shown.stderr


def test_the_procfile_names_release_web_and_worker():
    assert list(processes()) == ["release", "web", "worker"]
    assert processes()["web"].startswith("gunicorn --no-control-socket ")
    assert " --limit-request-line 8190 " in processes()["web"]  # gunicorn's most; `more` can be long
    assert " --worker-class passport_service.web_worker.Worker --threads 8 " in processes()["web"]
    assert processes()["web"].endswith(" passport_service.wsgi:app")


def test_the_master_of_the_web_processes_holds_nothing_that_a_reload_should_bring_anew():
    shown = subprocess.run(
        [sys.executable, "-c", "import sys, passport_service.web_worker; print(*sys.modules)"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    held = {name for name in shown.stdout.split() if name.startswith("passport_service")}

    assert held == {"passport_service", "passport_service.web_worker"}


@pytest.mark.parametrize("process", ["release", "worker"])
def test_a_process_of_the_procfile_is_a_command(process):
    name = processes()[process].removeprefix("python -m passport_service ").split()[0]

    assert CliRunner().invoke(passport, [name, "--help"]).exit_code == 0


def test_every_command_explains_itself():
    for name in passport.list_commands(None):
        result = CliRunner().invoke(passport, [name, "--help"])

        assert result.exit_code == 0, (name, result.output)
        assert result.output.count("\n") > 3


@pytest.mark.slow
def test_a_web_process_that_cannot_start_says_why_in_a_line_and_ends_for_good(tmp_path):
    result = run(["-c", "import passport_service.wsgi"], path=ROOT, at=tmp_path)

    assert result.returncode == 3  # gunicorn's WORKER_BOOT_ERROR: its master ends, too
    assert result.stderr == "PASSPORT_DATABASE_URL: no database there yet; run `passport migrate` first\n"


def test_pages_that_have_no_styles_are_told_at_the_start(
    app, settings, sqlite_store, tmp_path, monkeypatch, caplog
):
    create_app(settings, sqlite_store)
    assert "not built" not in caplog.text

    monkeypatch.setattr(templating, "PACKAGE", tmp_path)
    create_app(settings, sqlite_store)

    assert "not built: run `./run passport --version`" in caplog.text


def test_a_start_without_a_database_says_what_to_do(tmp_path):
    result = run(["-m", "passport_service", "serve"], path=ROOT, at=tmp_path)

    assert result.returncode == 2
    assert (
        result.stderr.strip() == "PASSPORT_DATABASE_URL: no database there yet; run `passport migrate` first"
    )
