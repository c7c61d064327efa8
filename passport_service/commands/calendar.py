"""``passport calendar``: bank holidays and closure days."""

from datetime import UTC, date, datetime
from pathlib import Path

import click

from passport_service.commands import deployment_here
from passport_service.services import calendars, councils

BY = "command"


@click.group("calendar")
def command() -> None:
    """The working-day calendar."""


@command.command("show")
@click.option("--year", type=int, default=None, help="One year only.")
def show(year: int | None) -> None:
    """List the bank holidays and closure days, and what is missing."""
    store = deployment_here().store
    calendar = councils.load(store).calendar
    click.echo(f"version: {calendar.version}")
    days = [(day, "bank holiday") for day in calendar.holidays] + [
        (day, "closure") for day in calendar.closures
    ]
    for day, what in sorted(days):
        if year in (None, day.year):
            click.echo(f"{day:%a %d %B %Y}  {what}")
    for warning in calendars.warnings(store, now=datetime.now(UTC)):
        click.echo(warning, err=True)


@command.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_(file: Path) -> None:
    """Import bank holidays from the government's JSON file."""
    found = calendars.import_bank_holidays(
        deployment_here().store, file.read_text(encoding="utf-8"), now=datetime.now(UTC), caused_by=BY
    )
    for warning in found:
        click.echo(warning, err=True)
    click.echo("imported")


@command.command("closures")
@click.argument("days", nargs=-1, type=click.DateTime(["%Y-%m-%d"]))
def closures(days: tuple[datetime, ...]) -> None:
    """Set the council's own closure days (YYYY-MM-DD …); none clears them."""
    wanted: list[date] = [one.date() for one in days]
    calendars.set_closures(deployment_here().store, wanted, now=datetime.now(UTC), caused_by=BY)
    click.echo(f"{len(wanted)} closure days")
