"""``passport people``: bring people in from a file, list them, show one."""

from pathlib import Path

import click

from passport_service.commands import deployment_here
from passport_service.domain.errors import Refused
from passport_service.services import importing, passports
from passport_service.services.importing import Plan, Step
from passport_service.store import queries, workforce_queries


@click.group("people")
def command() -> None:
    """Bring people in from a file, list them, show one."""


@command.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--apply", "do", is_flag=True, help="Do it: all of it or nothing. Otherwise only say what would happen."
)
def import_file(file: Path, do: bool) -> None:
    """Say what each line of FILE would do; with --apply, do it."""
    here = deployment_here()
    body, now = file.read_bytes(), here.clock()
    plan = importing.plan(here.store, body, now=now)
    for fault in plan.faults:
        column = f", {fault.column}" if fault.column else ""
        click.echo(f"line {fault.line}{column}: {fault.message}", err=True)
    if plan.faults:
        raise Refused("MALFORMED", "Nothing was changed.")
    if do:
        plan = importing.apply(here.store, body, now=now, caused_by="command line")
    for step in plan.steps:
        click.echo(f"line {step.line.line} {step.line.ref}: {_in_words(step)}")
    click.echo(_summary(plan) + ("" if do else " Nothing was changed; use --apply to do it."))


@command.command("list")
@click.option("--search", default=None, help="Part of a name, reference or e-mail address.")
def list_people(search: str | None) -> None:
    """Print everybody who is on record, one a line."""
    here = deployment_here()
    page = workforce_queries.people(here.store, search, size=1_000_000)
    for one in page.lines:
        left = f"left {one.left_on.isoformat()}" if one.left_on else ""
        click.echo(
            "\t".join(
                [one.ref, one.name or "", one.role or "", one.team or "", one.passport_state, left]
            ).rstrip()
        )


@command.command("show")
@click.argument("reference")
def show(reference: str) -> None:
    """Print how the person with this staff reference stands."""
    here = deployment_here()
    person = queries.find_person_by_ref(here.store, reference)
    if person is None:
        raise Refused("NOT_FOUND", f"Nobody has the reference {reference}.")
    found = passports.standpoint(here.store, person.stream, now=here.clock())
    click.echo(f"{person.ref} {person.name}, {person.role}, {person.team or 'no team'}")
    click.echo(f"passport {found.state}: {', '.join(found.reasons) or 'no reason'}")
    for one in queries.identifiers_of(here.store, person.stream):
        click.echo(f"known as {one.key}" + (f" until {one.until_at.isoformat()}" if one.until_at else ""))


def _in_words(step: Step) -> str:
    if step.does == "nothing":
        return "nothing to do"
    parts = [
        f"{name} {to!r}" if step.is_new else f"{name} {was!r} -> {to!r}" for name, was, to in step.changes
    ]
    return ("new: " if step.is_new else "change: ") + "; ".join([*parts, *step.more])


def _summary(plan: Plan) -> str:
    return f"{plan.count('new')} new, {plan.count('change')} changed, {plan.count('nothing')} as they were."
