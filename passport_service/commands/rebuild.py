"""``passport rebuild``: fold every fact again and compare with what is stored."""

import sys
import time

import click

from passport_service.commands import deployment_here
from passport_service.services import ledgers


@click.command("rebuild")
@click.option("--write", is_flag=True, help="Put right what differs; otherwise only say it.")
def command(write: bool) -> None:
    """Fold everything again and report each difference from the stored copies."""
    store, began = deployment_here().store, time.perf_counter()
    done = ledgers.rebuild(store, write=write)
    differences = done.differences or []
    for one in differences:
        click.echo(str(one))
    seconds = time.perf_counter() - began
    rate = done.events / seconds if seconds else 0
    click.echo(
        f"{done.events} events of {done.streams} people folded in {seconds:.1f} s ({rate:,.0f} a second): "
        f"{len(differences) or 'no'} difference{'' if len(differences) == 1 else 's'}"
        + (", put right" if write and differences else "")
    )
    if differences and not write:
        sys.exit(1)
