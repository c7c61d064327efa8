"""The commands of ``passport``, one module each: a module ``draw.py`` holds a click command or group named ``command``.

Adding a module adds the command; there is no list to keep. What commands share stands here.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from passport_service.app import open_deployment
from passport_service.config import PREFIX, Settings, SettingsError, load_settings
from passport_service.demo import making
from passport_service.demo.county import COUNCIL
from passport_service.domain.errors import Refused
from passport_service.doors import Deployment
from passport_service.store.failures import DATABASE_ERRORS, trouble_of


@contextmanager
def plain_words() -> Iterator[None]:
    """Says what went wrong in one line each, without a traceback: 2 for settings, 1 for a refusal or the database's."""
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
    except DATABASE_ERRORS as fault:
        if (trouble := trouble_of(fault)) is None:
            raise
        click.echo(f"{trouble.name}: {trouble.value}", err=True)
        sys.exit(1)


def settings_here(**given: Any) -> Settings:
    """The settings of this process, its data folder made. Raises SettingsError."""
    folder = given.get("data_folder") or data_folder()
    if demo_settings := _of_demonstration(Path(folder)):
        given = {**demo_settings, **given}
    settings = load_settings(**given)
    settings.data_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return settings


def data_folder() -> Path:
    """The data folder that the environment names, or the default; asked before the settings can be complete."""
    return Path(os.environ.get(f"{PREFIX}DATA_FOLDER") or Settings.model_fields["data_folder"].default)


def _of_demonstration(folder: Path) -> dict[str, Any]:
    """What a folder with a demonstration says of itself, unless the environment names a database of its own.

    So that `passport verify` and its like look at the demonstration that was just made.
    """
    if any(name in os.environ for name in (f"{PREFIX}DATABASE_URL", "DATABASE_URL")) or not making.is_made(
        folder
    ):
        return {}
    return {
        "demo": True,
        "council_name": COUNCIL,
        "database_url": f"sqlite:///{(folder / making.DATABASE).resolve()}",
        "secret_key": making.facts_of(folder)["secret_key"],
        "public_url": os.environ.get(f"{PREFIX}PUBLIC_URL") or making.address_of(folder),
    }


def deployment_here(**given: Any) -> Deployment:
    """The deployment that the settings name, with its store open. Raises SettingsError."""
    return open_deployment(settings_here(**given))
