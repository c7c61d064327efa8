"""``passport worker``: the process that runs the scheduled jobs; one is enough, several do no harm."""

import click

from passport_service.commands import deployment_here
from passport_service.jobs.worker import Worker


@click.command("worker")
def command() -> None:
    """Run the scheduled jobs until stopped; the current job ends first."""
    Worker(deployment_here()).work()
