"""``passport restore``: makes the database out of a backup, and verifies it."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from passport_service.commands import settings_here
from passport_service.domain.errors import Refused
from passport_service.store.backups import BackupFailed, restore


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def command(file: Path) -> None:
    """Make the database that the settings name out of FILE. It must not be there yet (SQLite) or be empty (PostgreSQL)."""
    settings = settings_here()
    try:
        problems = restore(file, settings.database, now=datetime.now(UTC))
    except BackupFailed as failure:
        raise Refused("FAILED", f"{failure}.") from failure
    for one in problems:
        click.echo(one)
    if problems:
        sys.exit(1)
    click.echo("restored, brought up to date and verified")
