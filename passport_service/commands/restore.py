"""``passport restore``: makes the database out of a backup, and verifies it."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from passport_service.app import open_database
from passport_service.commands import settings_here
from passport_service.domain.errors import Refused
from passport_service.services import councils, draw_keys
from passport_service.store.backups import BackupFailed, restore


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def command(file: Path) -> None:
    """Make the database that the settings name out of FILE. It must not be there yet (SQLite) or be empty (PostgreSQL)."""
    settings = settings_here()
    if not settings.database.startswith("sqlite:"):
        open_database(settings).close()  # or it says that there is none to restore into
    try:
        problems = restore(file, settings.database, now=datetime.now(UTC))
    except (BackupFailed, OSError) as failure:
        raise Refused("FAILED", f"{failure}.") from failure
    for one in problems:
        click.echo(one)
    if problems:
        sys.exit(1)
    click.echo("restored, brought up to date and verified")
    if not draw_keys.is_in_place(councils.load(open_database(settings)), settings.draw_key):
        click.echo(
            f"Put the draw key back before the worker starts, as {settings.draw_key}: the hash of its next secret is"
            " published, and the file is not there or another."
        )
