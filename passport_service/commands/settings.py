"""``passport settings``: every setting with its default and meaning, as the documentation has it."""

import click

from passport_service.config import settings_table


@click.command("settings")
def command() -> None:
    """Print the table of settings in Markdown."""
    click.echo("| Variable | Default | Meaning |\n|---|---|---|")
    for name, default, meaning in settings_table():
        shown = f"`{default}`" if default else ""
        click.echo(f"| `{name}` | {shown} | {meaning.replace('|', chr(92) + '|')} |")
