"""The ``passport`` command: finds its commands in ``passport_service.commands`` and loads only the one that is asked for."""

from importlib import import_module
from pkgutil import iter_modules

import click

from passport_service import __version__, commands, logs
from passport_service.commands import plain_words


class Commands(click.Group):
    """A group whose commands are the modules of a package; ``draw_keys.py`` is ``passport draw-keys``."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(module.name.replace("_", "-") for module in iter_modules(commands.__path__))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        found: click.Command = import_module(f"{commands.__name__}.{cmd_name.replace('-', '_')}").command
        return found


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="%(version)s")
def passport() -> None:
    """Training passports for statutory assessors."""
    logs.begin()


def main() -> None:
    """Runs the command line; errors that a person can do something about are one line each."""
    with plain_words():
        passport(prog_name="passport")
