"""``passport setup``: gives a new council its first policy, catalogue, case types and calendar, once."""

import click

from passport_service.commands import deployment_here
from passport_service.domain.errors import Refused
from passport_service.domain.parameters import PARAMETERS, PRESETS
from passport_service.domain.policy import read_setting
from passport_service.services import councils, setup


@click.command("setup", epilog=f"The names for --set: {', '.join(sorted(PARAMETERS))}.")
@click.option("--preset", type=click.Choice(sorted(PRESETS)), required=True, help="The policy to begin with.")
@click.option(
    "--set", "changes", multiple=True, metavar="NAME=VALUE", help="Another value; again for several."
)
def command(preset: str, changes: tuple[str, ...]) -> None:
    """Set a new council up; one that is set up already stays as it is."""
    here = deployment_here()
    if setup.is_set_up(here.store):
        version = councils.load(here.store).policies.latest.version
        click.echo(f"already set up; policy version {version} is the latest")
        return
    setup.set_up(
        here.store, now=here.clock(), preset=preset, overrides=overrides(changes), caused_by="command line"
    )
    click.echo(f"set up with {preset}")


def overrides(changes: tuple[str, ...]) -> dict[str, object]:
    """``name=value`` each. Raises click's UsageError for what has no value, Refused MALFORMED for what is no setting."""
    found = {}
    for one in changes:
        name, equals, value = one.partition("=")
        if not equals:
            raise click.UsageError(f"{one}: write NAME=VALUE")
        if (name := name.strip()) not in PARAMETERS:
            raise Refused(
                "MALFORMED", "There is no setting of that name; `passport setup --help` has all.", name
            )
        found[name] = read_setting(name, value.strip())
    return found
