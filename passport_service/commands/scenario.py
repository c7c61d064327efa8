"""``passport scenario``: plays stories through the real services and checks what they expect."""

import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import orjson

from passport_service.config import load_settings
from passport_service.evidence import Recognisers
from passport_service.plugins import load
from passport_service.scenarios.player import IN_MEMORY, Played, play
from passport_service.scenarios.reading import read_file
from passport_service.scenarios.story import Malformed, NotBuilt

FAILED = 1
MALFORMED = 2


@click.command("scenario")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print every answer as JSON.")
@click.option(
    "--keep",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Leave the database in this file (one story only).",
)
def command(files: Sequence[Path], as_json: bool, keep: Path | None) -> None:
    """Play the stories in FILES, each on a fresh database with the clock set by the story.

    Prints one line for each failed expectation. Exits 1 if any failed, 2 if a file is malformed or asks for what is
    not built yet.
    """
    if keep is not None and (len(files) > 1 or keep.exists()):
        raise click.UsageError("--keep needs one story and a file that does not exist yet")
    logging.getLogger("peewee.migrations").setLevel(logging.WARNING)
    recognisers = load(load_settings().integrations).recognisers
    results = [_one(file, keep, recognisers) for file in files]
    for one in results:
        _report(one, as_json)
    if as_json:
        click.echo(orjson.dumps(results, option=orjson.OPT_INDENT_2).decode())
    if any("malformed" in one for one in results):
        sys.exit(MALFORMED)
    if any(one["failures"] for one in results):
        sys.exit(FAILED)


def _one(file: Path, keep: Path | None, recognisers: Recognisers) -> dict[str, Any]:
    """Play one file; what came of it as plain values."""
    try:
        played = play(read_file(file), recognisers, f"sqlite:///{keep.resolve()}" if keep else IN_MEMORY)
    except Malformed as fault:
        told = {
            "step": fault.step,
            "key": fault.key,
            "message": str(fault),
            "not_built": isinstance(fault, NotBuilt),
        }
        return {"file": str(file), "malformed": told, "failures": [], "answers": []}
    return _told(file, played)


def _told(file: Path, played: Played) -> dict[str, Any]:
    return {
        "file": str(file),
        "name": played.story.name,
        "failures": played.failures,
        "answers": played.answers,
    }


def _report(result: dict[str, Any], as_json: bool) -> None:
    """Failures on standard output, unless that is JSON; what cannot be played always on standard error."""
    if "malformed" in result:
        click.echo(f"{result['file']}: {result['malformed']['message']}", err=True)
    for failure in result["failures"]:
        click.echo(f"{result['file']}: {failure}", err=as_json)
    if not as_json and "malformed" not in result and not result["failures"]:
        click.echo(f"{result['file']}: {len(result['answers'])} answers as expected", err=True)
