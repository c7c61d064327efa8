"""``passport sample``: print what a learning system would send for somebody."""

import json

import click

from passport_service.commands import deployment_here
from passport_service.domain.errors import Refused
from passport_service.services import samples


@click.command("sample")
@click.argument("platform")
@click.option("--person", required=True, help="Staff reference of the person.")
@click.option(
    "--generation",
    default="",
    help="Which generation of the platform's plug-in; its own default if not given.",
)
def command(platform: str, person: str, generation: str) -> None:
    """Print a batch that PLATFORM would send: the core courses completed by a person, as JSON."""
    here = deployment_here()
    sample = here.plugins.samples.get(platform)
    if sample is None:
        known = ", ".join(sorted(here.plugins.samples)) or "none"
        raise Refused("NOT_FOUND", f"There is no sample of {platform}; those there are: {known}.")
    batch = samples.core_completions(here.store, sample, ref=person, now=here.clock(), generation=generation)
    click.echo(json.dumps(batch, indent=2, ensure_ascii=False))
