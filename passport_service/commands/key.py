"""``passport key``: make, list and end the keys of machines."""

import click

from passport_service.commands import deployment_here
from passport_service.config import require_secret
from passport_service.services import keys
from passport_service.services.keys import PURPOSES, Key
from passport_service.store import security_log

RIGHTS = ("may_void", "may_waive", "may_decide", "may_confirm", "may_read")
BY = "command line"


@click.group("key")
def command() -> None:
    """Make, list and end the keys of machines."""


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
@click.option("--may-void", is_flag=True, help="It may void its own statements.")
@click.option("--may-waive", is_flag=True, help="What it says was waived is waived.")
@click.option("--may-decide", is_flag=True, help="It may record decisions of CCV.")
@click.option("--may-confirm", is_flag=True, help="It may check and confirm for practitioners.")
@click.option("--may-read", is_flag=True, help="It may read how practitioners stand.")
def create(purpose: str, label: str, home_pages: tuple[str, ...], **rights: bool) -> None:
    """Make a key. Its secret is shown here and never again."""
    here = deployment_here()
    made = keys.create(
        here.store, label=label, purpose=purpose, pepper=require_secret(here.settings), by=BY, now=here.clock(),
        home_pages=home_pages, **rights,
    )  # fmt: skip
    with here.store.writing():
        security_log.note(here.store, "key_made", at=here.clock(), who=BY, key=made.key.id, purpose=purpose)
    click.echo(f"key     {made.key.id}")
    click.echo(f"secret  {made.secret}")
    if purpose == "xapi":
        click.echo(f"address {here.settings.public_url}/xapi/")
    click.echo("Keep the secret now; it cannot be shown again.", err=True)


@command.command("list")
def list_keys() -> None:
    """Print every key, without secrets."""
    for one in keys.every(deployment_here().store):
        click.echo(
            "\t".join(
                [one.id, one.purpose, one.label, " ".join(one.home_pages) or "any", _rights(one), _state(one)]
            )
        )


@command.command("revoke")
@click.argument("key")
def revoke(key: str) -> None:
    """End a key at once. What it sent stays."""
    here = deployment_here()
    with here.store.writing():
        keys.revoke(here.store, key, now=here.clock())
        security_log.note(here.store, "key_ended", at=here.clock(), who=BY, key=key)
    click.echo(f"{key} has ended")


def _rights(key: Key) -> str:
    return " ".join(name.replace("_", "-") for name in RIGHTS if getattr(key, name)) or "no further rights"


def _state(key: Key) -> str:
    if key.revoked_at is not None:
        return f"ended {key.revoked_at.date().isoformat()}"
    return f"last used {key.last_used_at.date().isoformat()}" if key.last_used_at else "never used"
