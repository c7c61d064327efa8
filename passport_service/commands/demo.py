"""``passport demo``: a county with two years of history, served on this machine."""

import logging
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import click
from waitress import serve

from passport_service.app import create_app, open_plugins
from passport_service.commands import data_folder, settings_here
from passport_service.config import Settings, load_settings
from passport_service.demo.making import facts_of, is_made, make, note_address
from passport_service.durable import alone_at
from passport_service.services.draw_keys import read_or_make

THREADS = 8


@click.command("demo")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--data", default=None, type=click.Path(path_type=Path), help="Folder for the demonstration's data."
)
@click.option("--only-make", is_flag=True, help="Make the data, and do not serve.")
def command(port: int, data: Path | None, only_make: bool) -> None:
    """Make the demonstration if it is not there, then serve it until Ctrl-C."""
    folder = (data or data_folder()).resolve()
    if not is_made(folder):
        _make(folder)
    note_address(folder, f"http://127.0.0.1:{port}")
    settings = _settings(folder, port)
    _say_where(folder, port, data is not None)
    if only_make:
        return
    # Told to end, Python would leave without ending the worker; an exit passes through the `finally` below.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    worker = subprocess.Popen(
        [sys.executable, "-m", "passport_service", "worker"], env=_environment(folder, port)
    )
    try:
        serve(
            create_app(settings),
            host="127.0.0.1",
            port=port,
            threads=THREADS,
            ident=None,
            max_request_body_size=settings.largest_body + 1,
        )
    finally:
        worker.terminate()
        worker.wait(timeout=30)


def _settings(folder: Path, port: int) -> Settings:
    return settings_here(data_folder=folder, public_url=f"http://127.0.0.1:{port}")


def _environment(folder: Path, port: int) -> dict[str, str]:
    """What the worker of the demonstration is told; the folder says the rest."""
    return {
        **os.environ,
        "PASSPORT_DATA_FOLDER": str(folder),
        "PASSPORT_PUBLIC_URL": f"http://127.0.0.1:{port}",
    }


def _make(folder: Path) -> None:
    click.echo("Making an invented county with two years of history; this takes about a minute, once.")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    settings = load_settings(demo=True, public_url="http://127.0.0.1", data_folder=folder)
    open_plugins(settings)
    key = read_or_make(settings.draw_key)
    with alone_at(settings.draw_key):
        if is_made(folder):  # by somebody in another terminal, whom this one has waited for
            return
        began = time.monotonic()
        logging.getLogger("peewee.migrations").setLevel(logging.WARNING)
        with click.progressbar(length=728, label="Playing two years") as bar:
            make(folder, draw_key=key, now=datetime.now(UTC), progress=lambda done, _: bar.update(1))
        click.echo(f"Made in {time.monotonic() - began:.0f} seconds.")


def _say_where(folder: Path, port: int, elsewhere: bool) -> None:
    facts = facts_of(folder)
    prefix = f"PASSPORT_DATA_FOLDER={folder} " if elsewhere else ""
    click.echo(
        f"""
Open      http://127.0.0.1:{port}/
Sign in   by one click as any of the people on the sign-in page: practitioners in every state, workforce
          development, CCV, managers, administrators of the LMS and of the site.
Key       {facts["key"]}:{facts["key_secret"]}   (xAPI, speaks for the county's Moodle)
Try       {prefix}./run passport sample moodle --person {facts["try_with"]} > batch.json
          curl -u '{facts["key"]}:{facts["key_secret"]}' -H 'X-Experience-API-Version: 1.0.3' \\
            -H 'Content-Type: application/json' --data-binary @batch.json http://127.0.0.1:{port}/xapi/statements
          then sign in as a CCV reviewer, approve {facts["try_item"]}, and look at the passport of {facts["try_name"]}.
Look      {prefix}./run passport verify    {prefix}./run passport rebuild
"""
    )
