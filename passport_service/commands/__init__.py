"""The commands of ``passport``, one module each: a module ``draw.py`` holds a click command or group named ``command``.

Adding a module adds the command; there is no list to keep. What commands share stands here.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from passport_service.app import open_deployment
from passport_service.config import Settings, SettingsError, load_settings
from passport_service.domain.errors import Refused
from passport_service.doors import Deployment


@contextmanager
def plain_words() -> Iterator[None]:
    """Says what went wrong in one line each, without a traceback: 2 for settings, 1 for a refusal."""
    try:
        yield
    except SettingsError as error:
        for problem in error.problems:
            click.echo(problem, err=True)
        sys.exit(2)
    except Refused as refusal:
        where = f" ({refusal.where})" if refusal.where else ""
        click.echo(f"{refusal.code}: {refusal.message}{where}", err=True)
        sys.exit(1)


def settings_here(**given: Any) -> Settings:
    """The settings of this process, its data folder made. Raises SettingsError."""
    settings = load_settings(**given)
    settings.data_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return settings


def deployment_here(**given: Any) -> Deployment:
    """The deployment that the settings name, with its store open. Raises SettingsError."""
    return open_deployment(settings_here(**given))
