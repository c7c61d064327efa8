"""``passport key``: make, list, change and end the keys of machines and their secrets."""

from collections.abc import Iterable
from typing import Any

import click

from passport_service.commands import deployment_here
from passport_service.config import require_secret
from passport_service.services import keys
from passport_service.services.keys import PRESETS, PURPOSES, RIGHTS, Key, Made
from passport_service.xapi.scopes import Scope, scopes_text

BY = "command line"

scope_option = click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice([one.value for one in Scope]),
    help="What an xapi key may do; repeat it.",
)
preset_option = click.option(
    "--preset",
    type=click.Choice(list(PRESETS)),
    help="The scopes that such a system needs; lms if none is given.",
)
rate_option = click.option(
    "--rate-limit", type=int, help="Requests a minute, 0 for no limit; the setting's if none is given."
)


@click.group("key")
def command() -> None:
    """Make, list, change and end the keys of machines."""


@command.command("create")
@click.option(
    "--purpose",
    type=click.Choice(PURPOSES),
    required=True,
    help="Learning records (xapi) or case systems (api).",
)
@click.option("--label", required=True, help="What the key is for, in a few words.")
@click.option(
    "--home-page", "home_pages", multiple=True, help="A home page it speaks for; any if none is given."
)
@preset_option
@scope_option
@rate_option
@click.option("--may-void", is_flag=True, help="It may void its own statements.")
@click.option("--may-waive", is_flag=True, help="What it says was waived is waived.")
@click.option("--may-decide", is_flag=True, help="It may record decisions of CCV.")
@click.option("--may-confirm", is_flag=True, help="It may check and confirm for practitioners.")
@click.option("--may-read", is_flag=True, help="It may read how practitioners stand.")
def create(preset: str | None, scopes: tuple[str, ...], **given: Any) -> None:
    """Make a key. Its secret is shown here and never again."""
    here = deployment_here()
    made = keys.create(
        here.store, pepper=require_secret(here.settings), by=BY, now=here.clock(),
        scopes=_scopes(preset, scopes), **given,
    )  # fmt: skip
    _show(made)
    if made.key.purpose == "xapi":
        click.echo(f"address {here.settings.public_url}/xapi/")
        click.echo(f"scopes  {scopes_text(made.key.scopes)}")


@command.command("list")
def list_keys() -> None:
    """Print every key, without secrets."""
    for one in keys.every(deployment_here().store):
        pages = " ".join(one.home_pages) or "any"
        click.echo("\t".join([one.id, one.purpose, one.label, pages, _may(one), _state(one)]))


@command.command("show")
@click.argument("key")
def show(key: str) -> None:
    """Print the secrets of a key, by number, and where it was used from."""
    store = deployment_here().store
    found = keys.load(store, key)
    click.echo("\t".join([found.id, found.purpose, found.label, _may(found), _limit(found), _state(found)]))
    for secret in keys.secrets_of(store, key):
        used = secret.last_used_at.isoformat(timespec="minutes") if secret.last_used_at else "never"
        ended = f"ended {secret.ended_at.date().isoformat()}" if secret.ended_at else "live"
        made = secret.created_at.date().isoformat()
        click.echo(f"secret {secret.number}\tmade {made} by {secret.created_by}\tlast used {used}\t{ended}")
    for address in keys.addresses_of(store, key):
        click.echo(f"from {address.address}\tlast {address.last_at.isoformat(timespec='minutes')}")


@command.command("change")
@click.argument("key")
@preset_option
@scope_option
@rate_option
@click.option("--default-rate-limit", is_flag=True, help="Back to the setting's limit.")
def change(
    key: str, preset: str | None, scopes: tuple[str, ...], rate_limit: int | None, default_rate_limit: bool
) -> None:
    """Change what a key may do, from the next request on."""
    here = deployment_here()
    values: dict[str, Any] = {}
    if preset or scopes:
        values["scopes"] = _scopes(preset, scopes)
    if rate_limit is not None or default_rate_limit:
        values["rate_limit"] = None if default_rate_limit else rate_limit
    changed = keys.change(here.store, key, by=BY, now=here.clock(), **values)
    click.echo(f"{key} may {_may(changed)}; {_limit(changed)}")


@command.command("rotate")
@click.argument("key")
def rotate(key: str) -> None:
    """Make a second secret for a key. Both work until one is ended."""
    here = deployment_here()
    _show(keys.rotate(here.store, key, pepper=require_secret(here.settings), by=BY, now=here.clock()))


@command.command("end-secret")
@click.argument("key")
@click.argument("number", type=int)
def end_secret(key: str, number: int) -> None:
    """End one secret of a key at once, by its number."""
    here = deployment_here()
    keys.end_secret(here.store, key, number, by=BY, now=here.clock())
    click.echo(f"secret {number} of {key} has ended")


@command.command("revoke")
@click.argument("key")
def revoke(key: str) -> None:
    """End a key at once. What it sent stays."""
    here = deployment_here()
    keys.revoke(here.store, key, now=here.clock(), by=BY)
    click.echo(f"{key} has ended")


def _show(made: Made) -> None:
    click.echo(f"key     {made.key.id}")
    click.echo(f"secret  {made.secret}")
    if made.number > 1:
        click.echo(f"number  {made.number}")
    click.echo("Keep the secret now; it cannot be shown again.", err=True)


def _scopes(preset: str | None, scopes: Iterable[str]) -> frozenset[Scope] | None:
    """The scopes named and those of the preset; None when neither is given."""
    named = frozenset(Scope(one) for one in scopes)
    if preset is None:
        return named or None
    return named | PRESETS[preset]


def _may(key: Key) -> str:
    rights = " ".join(name.replace("_", "-") for name in RIGHTS if getattr(key, name))
    return " ".join([*scopes_text(key.scopes).split(), rights]).strip() or "no further rights"


def _limit(key: Key) -> str:
    match key.rate_limit:
        case None:
            return "the setting's rate limit"
        case 0:
            return "no rate limit"
        case limit:
            return f"{limit} requests a minute"


def _state(key: Key) -> str:
    if key.revoked_at is not None:
        return f"ended {key.revoked_at.date().isoformat()}"
    return f"last used {key.last_used_at.date().isoformat()}" if key.last_used_at else "never used"
