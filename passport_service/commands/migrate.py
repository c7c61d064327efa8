"""``passport migrate``: brings the database to the shape that this release needs."""

import click

from passport_service.app import open_database
from passport_service.commands import settings_here
from passport_service.services import setup
from passport_service.store.database import migrate


@click.command("migrate")
def command() -> None:
    """Bring the database up to date; safe to run again."""
    store = open_database(settings_here(), create=True)
    try:
        applied = migrate(store)
        is_set_up = setup.is_set_up(store)
    finally:
        store.close()
    for name in applied:
        click.echo(f"applied {name}")
    if not applied:
        click.echo("nothing to apply")
    if not is_set_up:
        click.echo("this council is not set up yet: run `passport setup --preset …` once", err=True)
