"""``passport verify``: is the ledger as it was written, link by link?"""

import sys

import click

from passport_service.commands import deployment_here
from passport_service.services import ledgers
from passport_service.store import ledger


@click.command("verify")
def command() -> None:
    """Verify the chain of every stream, the seals, and that no confirmed item escaped the draws."""
    store = deployment_here().store
    problems = ledgers.verify(store)
    problems += [f"{item} was confirmed and is in no draw's pool" for item in ledgers.unpooled(store)]
    for one in problems:
        click.echo(one)
    if problems:
        sys.exit(1)
    sizes = ledger.stream_sizes(store)
    click.echo(f"{sum(sizes.values())} events in {len(sizes)} streams: nothing was changed")
