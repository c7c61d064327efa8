"""``passport backup``: a copy of the whole database while it is in use."""

from pathlib import Path

import click

from passport_service.app import open_database
from passport_service.commands import settings_here
from passport_service.domain.errors import Refused
from passport_service.store.backups import BackupFailed, backup


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def command(file: Path) -> None:
    """Write everything committed so far to FILE, which must not exist. The service may go on meanwhile."""
    settings = settings_here()
    try:
        backup(open_database(settings), file)  # also one that a new release has yet to bring up to date
    except (BackupFailed, OSError) as failure:
        raise Refused("FAILED", f"{failure}.") from failure
    click.echo(
        f"{file}: {file.stat().st_size:,} bytes. The draw key ({settings.draw_key}) is not in it: keep it apart."
    )
