"""``passport account``: invite people, link them to their staff record, close their accounts."""

import click

from passport_service.commands import deployment_here
from passport_service.services import accounts as services
from passport_service.store import accounts

BY = "command line"


@click.group("account")
def command() -> None:
    """Accounts of people who sign in."""


@command.command("invite")
@click.argument("email")
@click.option("--name", required=True, help="The person's name, as the pages show it.")
@click.option(
    "--role", "roles", multiple=True, help="A role beyond that of a practitioner; again for several."
)
@click.option("--who", help="Staff reference of the person whose account it is.")
def invite(email: str, name: str, roles: tuple[str, ...], who: str | None) -> None:
    """Make an account and post the link that sets its password; again while it has none."""
    here = deployment_here()
    made = services.invite(
        here.store, here.settings, email=email, name=name, roles=roles, now=here.clock(), by=BY, who=who
    )
    again = "invited again; the earlier link has ended; " if made.invited_at else ""
    then = "mails it" if here.settings.smtp_host else f"writes it into {here.settings.outbox}"
    click.echo(f"{made.id}: {again}an invitation to {made.email} waits in the outbox; the worker {then}")


@command.command("link")
@click.argument("email")
@click.argument("who")
def link(email: str, who: str) -> None:
    """Say whose account it is, by staff reference."""
    here = deployment_here()
    account = services.load_by_email(here.store, email)
    services.link(here.store, account.id, who, now=here.clock(), by=BY)
    click.echo(f"{account.id} is {who}")


@command.command("roles")
@click.argument("email")
@click.argument("roles", nargs=-1)
def roles(email: str, roles: tuple[str, ...]) -> None:
    """Replace the roles of an account; none takes all away."""
    here = deployment_here()
    account = services.load_by_email(here.store, email)
    services.grant(here.store, account.id, roles, now=here.clock(), by=BY)
    click.echo(f"{account.id}: {', '.join(roles) or 'no roles'}")


@command.command("deactivate")
@click.argument("email")
def deactivate(email: str) -> None:
    """Close an account; whoever is signed in with it is out at once."""
    here = deployment_here()
    account = services.load_by_email(here.store, email)
    services.deactivate(here.store, account.id, now=here.clock(), by=BY)
    click.echo(f"{account.id} is closed")


@command.command("list")
def listing() -> None:
    """Every account: id, state, address, staff record, roles."""
    here = deployment_here()
    for one in accounts.every(here.store):
        state = "closed" if not one.active else "open" if one.has_password else "invited"
        roles = ", ".join(one.roles) or "-"
        click.echo(f"{one.id}  {state:<8}{one.email}  {one.stream or '-'}  {roles}")
