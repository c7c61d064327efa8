"""``passport person``: what is held of somebody, practitioner or not: find it, give it, hold it, erase it (D.18.2)."""

from collections.abc import Iterable
from pathlib import Path

import click

from passport_service.commands import deployment_here
from passport_service.domain.errors import Refused
from passport_service.services import erasures, exports, holds
from passport_service.services.erasures import Extent, Why
from passport_service.services.known import known_by, stream_of
from passport_service.store import exports as made_exports
from passport_service.store import holds as hold_rows
from passport_service.store import queries
from passport_service.store.database import Store
from passport_service.store.holds import Kind

BY = "command line"


@click.group("person")
def command() -> None:
    """What is held of one person: find it, give it to them, hold it, erase it.

    WHO is a staff reference, or an identifier in a learning system: ``mbox|mailto:name@example.org``,
    ``account|https://lms.example.org|name``, ``mbox_sha1sum|…`` or ``openid|…``.
    """


@command.command("find")
@click.argument("who")
def find(who: str) -> None:
    """Say how much is held of WHO, and under which identifiers."""
    here = deployment_here()
    known = known_by(here.store, who)
    for one in known.held:
        since = f" from {one.since.isoformat()}" if one.since else ""
        click.echo(f"{one.key}{since}" + (f" until {one.until.isoformat()}" if one.until else ""))
    click.echo(in_words(erasures.extent(here.store, known)))


@command.command("export")
@click.argument("who")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export(who: str, file: Path) -> None:
    """Write all that is held of WHO into FILE, a zip that the person can read; a copy is kept for 90 days."""
    here = deployment_here()
    if file.exists():
        raise Refused("MALFORMED", f"{file} is there already; an export never overwrites one.", "file")
    made = exports.make(
        here.store, here.settings.incoming_folder, known_by(here.store, who), home=here.settings.public_url,
        now=here.clock(), by=BY,
    )  # fmt: skip
    write(file, made_exports.pieces(here.store, made))
    click.echo(f"statements: {made.statements}, bytes: {made.size}")


def write(file: Path, pieces: Iterable[bytes]) -> None:
    """A new file for its owner's eyes alone, of which nothing is left when it cannot be finished."""
    file.touch(mode=0o600, exist_ok=False)
    try:
        with file.open("wb") as out:
            out.writelines(pieces)
    except BaseException:
        file.unlink()
        raise


@command.command("hold")
@click.argument("who")
@click.option("--reason", required=True, help="Why nothing of it may go; it is kept.")
def hold(who: str, reason: str) -> None:
    """Put WHO under legal hold: a staff reference, an identifier, or `key:ID` for all that a key sent."""
    here = deployment_here()
    kind, name = held_by(here.store, who)
    number = holds.set_hold(here.store, kind, name, reason=reason, now=here.clock(), by=BY)
    click.echo(f"hold {number}")


@command.command("holds")
def list_holds() -> None:
    """Print the holds that stand, one a line: number, day, what it is, whose (a person by staff reference), why."""
    store = deployment_here().store
    found = hold_rows.standing(store)
    if not found:
        click.echo("Nothing is under legal hold.", err=True)
    known = queries.people_by_stream(store, [one.name for one in found if one.kind is Kind.PERSON])
    for one in found:
        name = known[one.name].ref if one.name in known else one.name
        click.echo(f"{one.id}\t{one.set_at.date().isoformat()}\t{one.kind}\t{name}\t{one.reason}")


@command.command("release")
@click.argument("number", type=int)
@click.option("--reason", required=True, help="Why it is lifted; it is kept.")
def release(number: int, reason: str) -> None:
    """Lift the legal hold of this NUMBER: from now on the schedule applies again."""
    here = deployment_here()
    holds.lift(here.store, number, why=reason, now=here.clock(), by=BY)
    click.echo(f"hold {number} is lifted")


@command.command("erase")
@click.argument("who")
@click.option(
    "--why",
    type=click.Choice([str(one) for one in Why]),
    required=True,
    help="The ground, as it is kept in the security log.",
)
@click.option("--yes", is_flag=True, help="Do it. Otherwise only say what would go.")
def erase(who: str, why: str, yes: bool) -> None:
    """Erase WHO for good: nobody can bring it back, except from a backup."""
    here = deployment_here()
    known = known_by(here.store, who)
    click.echo(in_words(erasures.extent(here.store, known)))
    if not yes:
        erasures.refuse_erasure(here.store, who)
        click.echo("Nothing was changed; use --yes to erase it.")
        return
    erasures.erase(here.store, who, why=Why(why), now=here.clock(), by=BY)
    click.echo("Erased.")


def held_by(store: Store, who: str) -> tuple[Kind, str]:
    """What a hold is put on."""
    if who.startswith("key:"):
        return Kind.KEY, who.removeprefix("key:")
    return (Kind.IDENTIFIER, who) if "|" in who else (Kind.PERSON, stream_of(store, who))


def in_words(found: Extent) -> str:
    return (
        f"statements of their own: {found.own}, of others that name them: {found.named}, documents: {found.documents},"
        f" refused batches: {found.refused}, events: {found.events}"
    )
