"""``passport jobs``: the scheduled jobs, when each ran and runs next, and how it went."""

import sys

import click

from passport_service.commands import deployment_here
from passport_service.domain.calendar import LONDON
from passport_service.jobs import running
from passport_service.jobs.overview import Line, outcome_text, overview, workers
from passport_service.jobs.table import find_job
from passport_service.store import job_runs

BY_HAND = "command line"
SHOWN = 10


@click.group("jobs", invoke_without_command=True)
@click.pass_context
def command(context: click.Context) -> None:
    """Show the scheduled jobs; exits 1 if the last run of any failed, one is late, or no worker runs."""
    if context.invoked_subcommand is None:
        sys.exit(1 if _show() else 0)


@command.command("run")
@click.argument("name")
def run(name: str) -> None:
    """Run the job NAME now, whatever its time."""
    job, here = find_job(name), deployment_here()
    done = running.run_now(here, job, holder=BY_HAND)
    if done is None or done.state != "done":
        click.echo(f"{name} failed: {done.error if done else 'it could not be started'}", err=True)
        sys.exit(1)
    click.echo(f"{name}: {outcome_text(done) or 'done'}")


@command.command("show")
@click.argument("name")
def show(name: str) -> None:
    """Show the last runs of the job NAME."""
    job, here = find_job(name), deployment_here()
    click.echo(job.does)
    for one in job_runs.recent_runs(here.store, job.name, limit=SHOWN):
        took = "" if one.seconds is None else f"{one.seconds:.1f} s"
        click.echo(f"{one.period:<39}{one.state:<9}{took:>9}  {outcome_text(one)}")


def _show() -> bool:
    """Prints the table; whether something is wrong in it."""
    here = deployment_here()
    now = here.clock()
    lines = overview(here, now)
    click.echo(f"{'job':<13}{'when':<48}{'state':<9}{'last run':<18}{'took':>8}  {'next run':<18}outcome")
    for one in lines:
        click.echo(_line(one))
    alive = workers(here, now)
    click.echo(f"{alive} worker{'' if alive == 1 else 's'} alive" if alive else "no worker is running")
    return not alive or any(one.state in ("failed", "late") for one in lines)


def _line(one: Line) -> str:
    last = "" if one.last is None else f"{one.last.started_at.astimezone(LONDON):%d %b %Y %H:%M}"
    took = "" if one.last is None or one.last.seconds is None else f"{one.last.seconds:.1f} s"
    after = "" if one.next_at is None else f"{one.next_at.astimezone(LONDON):%d %b %Y %H:%M}"
    return f"{one.name:<13}{one.when:<48}{one.state:<9}{last:<18}{took:>8}  {after:<18}{one.outcome}"
