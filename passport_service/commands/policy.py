"""``passport policy``: the versions of the policy, and publishing another."""

from datetime import datetime

import click

from passport_service.commands import deployment_here
from passport_service.commands.setup import overrides
from passport_service.domain.calendar import business_date, start_of_day
from passport_service.domain.errors import Refused
from passport_service.domain.policy import Policy, differences, shown
from passport_service.services import councils, policies


@click.group("policy")
def command() -> None:
    """The versions of the policy, and publishing another."""


@command.command("show")
@click.option("--version", type=int, help="One version; the one in force now if none is named.")
def show(version: int | None) -> None:
    """List the versions, and every setting of one."""
    here = deployment_here()
    council = councils.load(here.store)
    if not council.versions:
        raise Refused("NOT_FOUND", "No policy yet: run `passport setup`.")
    for one in council.versions:
        click.echo(_heading(one))
    asked = [one for one in council.versions if one.version == version]
    if version is not None and not asked:
        raise Refused("NOT_FOUND", f"There is no version {version}.", "version")
    chosen = asked[0] if asked else council.policies.at(here.clock())
    click.echo(f"\nversion {chosen.version}")
    for name, value in chosen.settings.items():
        click.echo(f"  {name} = {shown(name, value)}")


def _heading(one: Policy) -> str:
    note = f", {one.note}" if one.note else ""
    since = business_date(one.effective_from).isoformat()
    return f"version {one.version}, in force from {since}, by {one.author}, approved by {one.approver}{note}"


@command.command("publish")
@click.option(
    "--set", "changes", multiple=True, required=True, metavar="NAME=VALUE", help="Again for several."
)
@click.option(
    "--from",
    "from_on",
    type=click.DateTime(["%Y-%m-%d"]),
    required=True,
    help="First day, YYYY-MM-DD; from 00:00.",
)
@click.option("--author", required=True, help="Who wrote it.")
@click.option("--approver", required=True, help="Who approved it: another person.")
@click.option("--note", default="", help="Why, in a sentence.")
def publish(changes: tuple[str, ...], from_on: datetime, author: str, approver: str, note: str) -> None:
    """Publish a version laid over the one in force then; never for the past."""
    here = deployment_here()
    effective_from = start_of_day(from_on.date())
    before = councils.load(here.store).policies.at(effective_from)
    version = policies.publish(
        here.store, overrides(changes), effective_from=effective_from, author=author, approver=approver, note=note,
        now=here.clock(),
    )  # fmt: skip
    after = councils.load(here.store).policies.at(effective_from)
    click.echo(f"version {version} is in force from {from_on.date().isoformat()}")
    for name, was, is_now in differences(before.settings, after.settings):
        click.echo(f"  {name}: {shown(name, was)} -> {shown(name, is_now)}")
